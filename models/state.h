/* state.h: the inside of a session, shared by session.c (life, caches), product.c (ternary products),
 * head.c (logits) and forward.c (the transformer). */
#ifndef TM_STATE_H
#define TM_STATE_H

#include "models/session.h"
#include "pool.h"
#include "registry.h"

/* A KV cache of one sequence: [layer][kv head][position][head_dim], K and V apart; for int8 also the scales
 * [layer][kv head][position][2]. */
typedef struct tm_cache {
    void *k, *v;
    float *scales;
    uint32_t length;
} tm_cache;

enum {
    TM_MOST_PRODUCTS = 3,
    TM_PICKS = 64,
    TM_TOKENS_AT_ONCE = 16
}; /* matrices in one round; tokens in one piece of attention */

typedef struct tm_ops { /* one variant of each float op */
    const tk_kernel *norm, *quant, *sums, *rope, *attention, *act, *head, *lora;
} tm_ops;

/* What was picked for a shape: deciding takes longer than a small product. */
typedef struct tm_pick {
    const tk_layout *layout;
    size_t m, k, n;
    const tk_kernel *kernel;
} tm_pick;

enum { TM_SCREEN_BEST = 128 }; /* logits wanted of a token, at most */

/* What a thread finds when it screens: the best lower bounds of its rows, a heap. */
typedef struct tm_screen_best {
    float heap[TM_SCREEN_TOKENS][TM_SCREEN_BEST];
    bool sound;
    size_t rescored;
} tm_screen_best;

typedef struct tm_screen {   /* of the head's rows, head.c */
    const tk_kernel *kernel; /* NULL: all logits are always computed */
    uint32_t type;           /* of rows: Q6_K or Q8_0 */
    const void *rows;        /* the head's own, or `copy` */
    void *copy;              /* NULL: there is none */
    size_t copy_bytes;
    void *scratch;
    size_t scratch_bytes;
    bool euclid;         /* 8-bit activations: reach is a norm */
    float *reach, *rest; /* [vocab], once `known`: at least the sum of |w| of a row, or its norm; |w - copy| */
    bool known;
    tm_screen_best *each; /* [threads] */
    uint64_t tokens, rescored;
} tm_screen;

struct tm_session {
    const tm_model *model;
    tm_config c;
    tk_pool *pool;
    tm_ops ops;
    const char *glob;
    tm_pick picks[TM_PICKS];
    size_t npicks;
    uint32_t context, pass;
    unsigned sequences;
    tm_cache_type cache_type;
    tm_head_type head_type;
    size_t element; /* bytes of a cached value */
    tm_cache *caches;
    size_t cache_rows; /* bytes of K (or V) of one sequence */

    /* Activations of a pass, [pass][...], in one mapping. */
    float *x, *h, *attended, *wide[TM_MOST_PRODUCTS], *angles, *turned;
    int8_t *q;
    float *q_scale;
    int32_t *q_sum;
    float *spread; /* [threads][TM_TOKENS_AT_ONCE][group][head_dim]: attention's answers */
    float *last;   /* [dim] of tokens whose logits are wanted, [pass][dim] */
    void *pages;
    size_t pages_bytes;
    float *low[TM_MOST_PRODUCTS]; /* [pass][rank]: A x of adapters */
    void *scratch[TM_MOST_PRODUCTS];
    size_t scratch_bytes[TM_MOST_PRODUCTS];
    void *head_scratch; /* of the head, for a whole pass */
    size_t head_scratch_bytes;
    tm_screen screen;
    char head_name[128]; /* of both variants */

    const tm_item *items; /* of the current pass */
    uint32_t *position;   /* of each */
    size_t n;

    double seconds[TM_PARTS];
    tm_trace *trace;
    void *trace_ctx;
};

/* y[i] = mats[i] * the pass's quantised activations, f32[n][m] each, and what adapters make of x, the
 * activations before that: y may be where x is. All mats have the same K. `next`: the first matrix of the
 * products after these, NULL: the head comes. False: no memory for scratch. */
bool tm_products(tm_session *, const tm_matrix *const *mats, size_t count, float *const *y, const float *x,
                 size_t n, const tm_matrix *next);
/* The variant for a matrix at n tokens; NULL: the glob fits none. */
const tk_kernel *tm_product_kernel(tm_session *, const tm_matrix *, size_t n);

/* Rows that threads read: `fixed` of them shared out evenly in steps, the others by who is done first. */
typedef struct tm_rows {
    const char *w;
    size_t fixed, step, bytes; /* of a row */
} tm_rows;

/* Of m rows, those that are shared out evenly: all, but for a single token on several threads. */
size_t tm_fixed_rows(const tm_session *, size_t m, size_t step, size_t n);
/* Thread i's first rows, for it to ask for while it waits. w NULL: nothing. */
void tm_rows_ahead(const tm_session *, const tm_rows *, unsigned i, unsigned threads);

/* Logits of the `wanted` tokens in s->last, f32[wanted][vocab]; best > 0: only so many of the largest of each
 * are needed, others may come out as -Inf. open: err (no memory, a screen
 * that there is not for this head). */
bool tm_head_open(tm_session *, const char *screen, tm_error *err);
void tm_head_close(tm_session *);
void tm_head(tm_session *, float *logits, size_t wanted, size_t best);
tm_rows tm_head_rows(const tm_session *); /* that a greedy token's threads read first; w NULL: not known */

/* Runs a pass of s->n items; logits gets the wanted ones. False: no memory. */
bool tm_forward(tm_session *, float *logits);

#endif
