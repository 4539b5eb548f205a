/* net.h: a bitnet-b1.58 network in training form: float32 masters, their gradients, and what a batch leaves on
 * the way forward for the way back.
 *
 * Forward is what inference computes (models/forward.c): the lab's own kernels for norms, quantisation, angles
 * and activation, and for ternary products. On a ramp and in float nets products are OpenBLAS's.
 * Back, quantisers count as the identity (straight-through: Bengio et al. 2013; BitNet b1.58): the gradient of
 * a product takes the quantised weights and activations, and goes to the masters as it is.
 *
 * Work is cut into units of fixed size that threads take as they come; every sum lies within one unit, so the
 * number of threads changes no bit. */
#ifndef TM_TRAIN_NET_H
#define TM_TRAIN_NET_H

#include "kernel.h"
#include "models/blueprint.h"
#include "models/ternary.h"
#include "pool.h"

enum { TM_CHUNK = 256 }; /* tokens of one unit; rows of a weight's gradient of one unit */

/* Documents one after the other; attention does not look beyond its own. */
typedef struct tm_batch {
    size_t n;              /* tokens */
    const uint32_t *token; /* [n] */
    const int32_t *target; /* [n]: the token that follows; -1: nothing is learned here */
    size_t documents;
    const uint32_t *start; /* [documents + 1] */
    size_t counted;        /* targets that are not -1 */
} tm_batch;

typedef struct tm_param {
    char name[48];
    tm_plan_kind kind;
    size_t m, k, at; /* rows, columns, first float in the arrays of all parameters */
} tm_param;

/* What one of the four quantisers of a layer makes of a batch. */
typedef struct tm_site {
    int8_t *q;      /* [most][k] */
    float *inverse; /* [most]: what they are to be divided by */
    float *values;  /* [most][k], one for all layers: what products read, for the gradients of weights */
    size_t k;
} tm_site;

typedef struct tm_layer_state { /* of a batch; [most][...] */
    float *x, *q, *k, *v, *attended, *x1, *gate, *up;
    tm_site in, out, ffn, down;
} tm_layer_state;

/* Adapters beside a frozen network (lora.c; models/lora.h has the formula). */
typedef struct tm_lora_plan {
    size_t rank;      /* 0: none, and nothing is frozen */
    uint32_t targets; /* 1 << TM_ATTN_Q, ...: the projections that have one */
    float alpha;
} tm_lora_plan;

typedef struct tm_net {
    tm_preset shape;
    size_t wide, narrow; /* columns of q, and of k and v */
    float eps;
    tm_param *param;           /* in the order of the file (blueprint.h), then A and B of every adapter */
    size_t params, all, total; /* without and with those of adapters; floats */
    size_t learned;            /* from this one on they are learned: 0, or `params` */
    float *w, *grad;           /* [total]; with adapters only parts are written to, which alone take memory */
    float *used; /* [total]: what products read, in place of w: ternary values or, on a ramp, blends */
    tm_lora_plan lora;
    uint32_t file;                /* check sum of the file that it was read from; 0: none */
    float *low[TM_LAYER_TENSORS]; /* [most][rank]: A x of the layer under way, and its gradient */
    float *dlow[TM_LAYER_TENSORS];
    float *scale; /* [params]: and what they are multiplied with */
    struct tm_packed {
        const tk_kernel *kernel;
        void *w;
    } * packed; /* [params]: the same for integer products */
    float part; /* how far quantisation goes: 0 not at all, 1 all ternary */

    size_t most; /* tokens of a batch */
    tk_pool *pool;
    const tk_kernel *norm, *quant, *ternary, *rope, *act, *softmax;
    tm_layer_state *layer; /* [layers + 1]: the last one has x only */
    float *angles, *back;  /* [context][head_dim], and with negated sines */
    float *logits, *hidden, *dx, *dx1, *dx0, *dq, *dk, *dv, *dattended;
    float *norm_part[4];  /* [chunks][widest]: gradients of a norm's weights, a row for each chunk */
    double *loss_part;    /* [chunks] */
    uint32_t *position;   /* [most]: of each token in its document */
    struct tm_work *work; /* a thread's scratch */
    struct tm_pages_of {
        void *p;
        size_t bytes;
    } * held; /* all memory above */
    size_t nheld;
    tm_batch batch;
    struct tm_net *teacher; /* NULL: none; see tm_net_forward */
    float share, heat;
    size_t now; /* the layer that units are about */
} tm_net;

/* A network of zeros for batches of `most` tokens, with adapters where the plan is not NULL. NULL: err (no
 * memory, no OpenBLAS). */
tm_net *tm_net_new(const tm_preset *, const tm_lora_plan *, size_t most, unsigned threads, tm_error *err);
void tm_net_free(tm_net *); /* NULL is fine */

/* What is learned: normal numbers of deviation 0.02 (embedding) and 1/sqrt(3 k) (matrices, A of adapters),
 * norms 1, B of adapters 0; a seed always gives the same. */
void tm_net_init(tm_net *, uint64_t seed);
/* Where the floats begin that are learned, and how many they are. */
static inline size_t tm_learned_at(const tm_net *n) {
    return n->param[n->learned].at;
}
static inline size_t tm_learned_count(const tm_net *n) {
    return n->total - tm_learned_at(n);
}

/* Quantises the masters, `part` of the way: after every change of w or of part. A frozen network's stay. */
void tm_net_refresh(tm_net *, float part);
/* Products with this matrix read these values from now on, times the scale. */
void tm_net_use(tm_net *, size_t param, const int8_t *t, float scale);
/* The ternary values of a matrix and their scale, as refresh uses them and files hold them. */
void tm_net_ternary(const tm_net *, size_t param, int8_t *t, float *scale, double *scratch);

/* The network of an open GGUF file of this architecture, for documents of at most `context` tokens: as a float
 * network, its weights as they are (ternary ones: values times scale), activations not quantised; or, where the
 * plan is not NULL, frozen as inference runs it, with adapters beside it. The file may be closed then. NULL:
 * err.
 */
tm_net *tm_net_read(const tm_gguf *, tm_reading, const tm_lora_plan *, size_t most, uint32_t context,
                    unsigned threads, tm_error *err);

/* Sum of the losses (natural logarithm) of all targets: cross-entropy; with a teacher, which has seen the same
 * batch, (1 - share) cross-entropy + share heat^2 KL(softmax(teacher / heat) || softmax(logits / heat))
 * (Hinton, Vinyals, Dean 2015). Keeps what the way back needs. */
double tm_net_forward(tm_net *, const tm_batch *);
/* Logits alone, in net->logits [n][vocab]: what a teacher does. */
void tm_net_logits(tm_net *, const tm_batch *);
/* Adds the gradients of that sum to grad. After tm_net_forward, once. */
void tm_net_backward(tm_net *);

#endif
