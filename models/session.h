/* session.h: a model running: threads, kernels that dispatch picked, KV caches of one or more sequences. One
 * call evaluates tokens; the same tokens give the same bits whatever the number of threads, the size of a pass,
 * and the variants of exact kernels. */
#ifndef TM_SESSION_H
#define TM_SESSION_H

#include "models/model.h"

typedef enum tm_cache_type { TM_CACHE_F16, TM_CACHE_I8 } tm_cache_type;

/* What the output head multiplies with: the activations as they are, or rounded to 16 bits (kernels/head/a16.h
 * says how, and bounds the error), for heads of Q6_K and Q8_0. */
typedef enum tm_head_type { TM_HEAD_F32, TM_HEAD_A16 } tm_head_type;

typedef struct tm_session_options {
    unsigned threads;   /* 0 = 1 */
    unsigned sequences; /* 0 = 1; each has a cache of its own */
    bool fewer;         /* than that, if memory cannot hold so many caches; else that is refused */
    uint32_t context;   /* positions of a cache; 0 = the model's */
    uint32_t pass;      /* most tokens in one pass; 0 = 128 */
    tm_cache_type cache;
    tm_head_type head;
    const char *screen;  /* what finds the largest logits where only they are wanted: "off", nothing: all are
                            computed; "q6_k", "q8_0": a copy of the head's rows; NULL: its own, of Q6_K, Q8_0 */
    const char *kernels; /* a glob: ternary products use these variants only; NULL: what dispatch picks */
} tm_session_options;

typedef struct tm_session tm_session;

/* NULL: err (no memory, no variant that fits the glob, a head that has no form with 16-bit activations). The
 * model must outlive the session. */
tm_session *tm_session_new(const tm_model *, const tm_session_options *, tm_error *err);
void tm_session_free(tm_session *); /* NULL is fine */

/* One token of a call. Those of a sequence follow one another; they are appended to it in this order. */
typedef struct tm_item {
    uint32_t token, sequence;
    bool logits;   /* are its logits wanted? */
    uint32_t best; /* 0: all of them; else only so many of the largest: others may come out as -Inf, which is
                      faster where the head is screened. Those that do not are the same, to the bit. */
} tm_item;

enum { TM_SCREEN_TOKENS = 16 }; /* that are screened at once; more are screened in turn */

/* Evaluates n items. logits (NULL if none are wanted) gets float[wanted][vocab], in order. False: err (a token
 * or sequence that there is not, no room in the cache); the sequences are as they were. */
bool tm_session_eval(tm_session *, const tm_item *, size_t n, float *logits, tm_error *err);

uint32_t tm_session_length(const tm_session *, unsigned sequence);     /* tokens in its cache */
void tm_session_cut(tm_session *, unsigned sequence, uint32_t length); /* forgets what is behind */
uint32_t tm_session_context(const tm_session *);
uint32_t tm_session_pass(const tm_session *); /* most tokens in one pass */
uint32_t tm_session_vocab(const tm_session *);
unsigned tm_session_sequences(const tm_session *);
unsigned tm_session_threads(const tm_session *);

/* The variants in use: gemv (one token) and gemm (more) of the first layer's q matrix, and the head's, with
 * the one that screens its rows if there is one: "A screened by B". */
const char *tm_session_kernel(tm_session *, bool many);
const char *tm_session_head(const tm_session *);
/* Rows a token that the head's own variant computed where another one screened; 0: all rows, every time. */
double tm_session_rescored(const tm_session *);
size_t tm_session_head_bytes(const tm_session *);  /* that a token reads: of the head's rows or their copy */
size_t tm_session_cache_bytes(const tm_session *); /* of one position of one sequence */

/* ---- where the time goes --------------------------------------------------------------------------------- */
typedef enum tm_part {
    TM_NORM_QUANT,
    TM_QKV,
    TM_ROPE_CACHE,
    TM_ATTENTION,
    TM_OUT,
    TM_GATE_UP,
    TM_DOWN,
    TM_HEAD,
    TM_PARTS
} tm_part;
extern const char *const tm_part_names[TM_PARTS];
/* Seconds since the session began or the last reset. */
void tm_session_times(const tm_session *, double seconds[TM_PARTS]);
void tm_session_times_reset(tm_session *);

/* ---- looking inside, for comparison with a reference ------------------------------------------------------
 * Called with the data of one pass after each step: `name` as in reference/model, layer -1 outside of layers,
 * float[n][k] (int8[n][k] where `bytes` is set). */
typedef void tm_trace(void *ctx, const char *name, int layer, const void *data, size_t n, size_t k, bool bytes);
void tm_session_trace(tm_session *, tm_trace *, void *ctx);

#endif
