/* net.c: memory, masters, quantised weights, and the order of a pass. */
#include "models/train/inside.h"

#include "models/random.h"
#include "models/ternary.h"
#include "registry.h"
#include "rope/rope.h"
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- units ----------------------------------------------------------------------------------------------- */
typedef struct shared_units {
    tm_net *net;
    void (*one)(tm_net *, size_t, tm_work *);
    size_t count;
    atomic_size_t next;
} shared_units;

static void take_units(void *ctx, unsigned i, unsigned threads) {
    shared_units *r = ctx;
    (void)threads;
    for (size_t unit; (unit = atomic_fetch_add(&r->next, 1)) < r->count;)
        r->one(r->net, unit, &r->net->work[i]);
}

void tm_units(tm_net *n, size_t count, void (*one)(tm_net *, size_t, tm_work *)) {
    shared_units r = {.net = n, .one = one, .count = count};
    tk_pool_run(n->pool, take_units, &r);
}

/* ---- memory ---------------------------------------------------------------------------------------------- */
enum { HELD = 64 };

/* NULL once anything has failed: one check at the end is enough. */
static void *hold(tm_net *n, size_t bytes) {
    if (n->nheld % HELD == 0) {
        void *grown = realloc(n->held, (n->nheld + HELD) * sizeof *n->held);
        if (!grown)
            return NULL;
        n->held = grown;
    }
    void *p = tm_pages(bytes + 64, true);
    if (p)
        n->held[n->nheld++] = (struct tm_pages_of){p, bytes + 64};
    return p;
}

static float *floats(tm_net *n, size_t rows, size_t columns, bool *good) {
    float *p = *good ? hold(n, rows * columns * sizeof *p) : NULL;
    *good = p != NULL;
    return p;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static tm_site site(tm_net *n, float *values, size_t k, bool *good) {
    int8_t *q = *good ? hold(n, n->most * k) : NULL;
    *good = q != NULL;
    return (tm_site){q, floats(n, n->most, 1, good), values, k};
}

static bool make_layers(tm_net *n) {
    const tm_preset *s = &n->shape;
    bool good = (n->layer = calloc((size_t)s->layers + 1, sizeof *n->layer)) != NULL;
    float *in = floats(n, n->most, s->dim, &good), *out = floats(n, n->most, n->wide, &good);
    float *ffn = floats(n, n->most, s->dim, &good), *down = floats(n, n->most, s->ffn, &good);
    for (size_t i = 0; good && i < s->layers; i++) {
        tm_layer_state *l = &n->layer[i];
        *l = (tm_layer_state){.x = floats(n, n->most, s->dim, &good),
                              .q = floats(n, n->most, n->wide, &good),
                              .k = floats(n, n->most, n->narrow, &good),
                              .v = floats(n, n->most, n->narrow, &good),
                              .attended = floats(n, n->most, n->wide, &good),
                              .x1 = floats(n, n->most, s->dim, &good),
                              .gate = floats(n, n->most, s->ffn, &good),
                              .up = floats(n, n->most, s->ffn, &good),
                              .in = site(n, in, s->dim, &good),
                              .out = site(n, out, n->wide, &good),
                              .ffn = site(n, ffn, s->dim, &good),
                              .down = site(n, down, s->ffn, &good)};
    }
    if (good)
        n->layer[s->layers].x = floats(n, n->most, s->dim, &good);
    return good;
}

/* A chunk's product with a matrix. */
static tk_shape product_shape(const tm_param *p) {
    return (tk_shape){p->m, p->k, TM_CHUNK, 0};
}

/* The variant for a matrix, as inference picks it: gemm, but gemv where that is of a better ISA. */
static const tk_kernel *pick_product(const tm_param *p) {
    const tk_kernel *gemm = tk_dispatch("gemm", NULL, product_shape(p), NULL);
    const tk_kernel *gemv = tk_dispatch("gemv", NULL, product_shape(p), NULL);
    return !gemm || (gemv && gemv->isa->rank > gemm->isa->rank) ? gemv : gemm;
}

static bool make_packed(tm_net *n) {
    bool good = (n->packed = calloc(n->params, sizeof *n->packed)) != NULL;
    for (size_t i = 0; good && i < n->params; i++) {
        const tm_param *p = &n->param[i];
        const tk_kernel *k = p->kind == TM_PLAN_TERNARY ? pick_product(p) : NULL;
        if (p->kind == TM_PLAN_TERNARY)
            n->packed[i] = (struct tm_packed){k, k ? hold(n, k->layout->size(product_shape(p))) : NULL};
        good = p->kind != TM_PLAN_TERNARY || n->packed[i].w;
    }
    return good;
}

static bool make_scratch(tm_net *n) {
    const tm_preset *s = &n->shape;
    const size_t widest = larger(larger(s->ffn, s->dim), n->wide), threads = tk_pool_threads(n->pool);
    const size_t chunks = (n->most + TM_CHUNK - 1) / TM_CHUNK;
    size_t largest = 0, rows = 0, scratch = 64;
    bool good = (n->work = calloc(threads, sizeof *n->work)) != NULL;
    for (size_t i = 0; i < n->params; i++) {
        largest =
            n->param[i].kind == TM_PLAN_TERNARY ? larger(largest, n->param[i].m * n->param[i].k) : largest;
        rows = larger(rows, n->param[i].m);
        const tk_kernel *k = n->packed[i].kernel;
        if (k && k->scratch)
            scratch = larger(scratch, k->scratch(product_shape(&n->param[i])));
    }
    for (size_t i = 0; good && i < threads; i++) {
        tm_work *w = &n->work[i];
        for (size_t j = 0; j < 4; j++)
            w->block[j] = floats(n, TM_CHUNK, widest, &good);
        w->p = floats(n, TM_QUERIES, s->context, &good);
        w->dp = floats(n, TM_QUERIES, s->context, &good);
        w->soft = floats(n, 1, s->vocab, &good);
        w->ternary = good ? hold(n, largest) : NULL;
        w->rows = good ? hold(n, rows * sizeof(double)) : NULL;
        w->sum = good ? hold(n, TM_CHUNK * sizeof(int32_t)) : NULL;
        w->scratch = good ? hold(n, scratch) : NULL;
        good = w->ternary && w->rows && w->sum && w->scratch;
    }
    for (size_t i = 0; i < 4; i++)
        n->norm_part[i] = floats(n, chunks, widest, &good);
    n->loss_part = good ? hold(n, chunks * sizeof *n->loss_part) : NULL;
    n->position = good ? hold(n, n->most * sizeof *n->position) : NULL;
    return good && n->loss_part && n->position;
}

static bool make_arrays(tm_net *n) {
    const tm_preset *s = &n->shape;
    bool good = true;
    n->w = floats(n, n->total, 1, &good);
    n->grad = floats(n, n->total, 1, &good);
    n->used = floats(n, n->total, 1, &good);
    n->scale = floats(n, n->params, 1, &good);
    n->angles = floats(n, s->context, s->head_dim, &good);
    n->back = floats(n, s->context, s->head_dim, &good);
    n->logits = floats(n, n->most, s->vocab, &good);
    n->hidden = floats(n, n->most, s->dim, &good);
    n->dx = floats(n, n->most, s->dim, &good);
    n->dx1 = floats(n, n->most, s->dim, &good);
    n->dx0 = floats(n, n->most, s->dim, &good);
    n->dq = floats(n, n->most, n->wide, &good);
    n->dk = floats(n, n->most, n->narrow, &good);
    n->dv = floats(n, n->most, n->narrow, &good);
    n->dattended = floats(n, n->most, n->wide, &good);
    for (size_t i = 0; i < TM_LAYER_TENSORS && n->lora.rank; i++) {
        n->low[i] = floats(n, n->most, n->lora.rank, &good);
        n->dlow[i] = floats(n, n->most, n->lora.rank, &good);
    }
    return good && make_layers(n) && make_packed(n) && make_scratch(n);
}

void tm_add_param(tm_net *n, const char *name, tm_plan_kind kind, size_t m, size_t k) {
    tm_param *p = &n->param[n->all++];
    *p = (tm_param){.kind = kind, .m = m, .k = k, .at = n->total};
    snprintf(p->name, sizeof p->name, "%s", name);
    n->total += (m * k + 15) / 16 * 16; /* each starts on a cache line */
}

static bool make_params(tm_net *n) {
    const char *name;
    tm_plan *plan = malloc(tm_plan_most(&n->shape) * sizeof *plan);
    n->param = plan ? calloc(3 * tm_plan_most(&n->shape), sizeof *n->param) : NULL; /* A and B for each */
    if (n->param)
        tm_plan_make(plan, &n->shape, 0, 0, &n->params, &name);
    for (size_t i = 0; i < n->params; i++)
        tm_add_param(n, plan[i].name, plan[i].kind, plan[i].ne[1], plan[i].ne[0]);
    free(plan);
    if (n->param && n->lora.rank)
        tm_lora_params(n);
    return n->param != NULL;
}

static void fill_angles(tm_net *n) {
    const size_t dim = n->shape.head_dim;
    for (uint32_t i = 0; i < n->shape.context; i++) {
        tk_rope_table(n->angles + i * dim, i, dim, n->shape.rope_base);
        for (size_t j = 0; j < dim; j++)
            n->back[i * dim + j] = j < dim / 2 ? n->angles[i * dim + j] : -n->angles[i * dim + j];
    }
}

static bool pick_ops(tm_net *n) {
    const tm_preset *s = &n->shape;
    n->norm = tk_dispatch("rms_norm", NULL, (tk_shape){1, s->dim, 1, 0}, NULL);
    n->quant = tk_dispatch("quant_a8", NULL, (tk_shape){1, s->dim, 1, 0}, NULL);
    n->ternary = tk_dispatch("quant_w158", NULL, (tk_shape){s->dim, s->dim, 1, 0}, NULL);
    n->rope = tk_dispatch("rope_half", NULL, (tk_shape){1, s->head_dim, 1, 0}, NULL);
    n->act = tk_dispatch("relu2_mul", NULL, (tk_shape){1, s->ffn, 1, 0}, NULL);
    n->softmax = tk_dispatch("softmax", NULL, (tk_shape){1, s->vocab, 1, 0}, NULL);
    return n->norm && n->quant && n->ternary && n->rope && n->act && n->softmax;
}

tm_net *tm_net_new(const tm_preset *shape, const tm_lora_plan *lora, size_t most, unsigned threads,
                   tm_error *err) {
    tm_net *n = tm_blas_load(err) ? calloc(1, sizeof *n) : NULL;
    if (!n)
        return NULL;
    n->shape = *shape;
    n->lora = lora ? *lora : (tm_lora_plan){0};
    n->most = most;
    n->eps = 1e-5f;
    n->wide = (size_t)shape->heads * shape->head_dim;
    n->narrow = (size_t)shape->kv_heads * shape->head_dim;
    n->pool = tk_pool_new(threads);
    if (!n->pool || !make_params(n) || !make_arrays(n)) {
        tm_fail(err, "--batch: memory for batches of %zu tokens was expected, found none", most);
        tm_net_free(n);
        return NULL;
    }
    if (!pick_ops(n)) {
        tm_fail(err, "training: float kernels for this shape were expected, found none");
        tm_net_free(n);
        return NULL;
    }
    fill_angles(n);
    return n;
}

void tm_net_free(tm_net *n) {
    if (!n)
        return;
    tk_pool_free(n->pool);
    for (size_t i = 0; i < n->nheld; i++)
        tm_pages_free(n->held[i].p, n->held[i].bytes);
    free(n->held);
    free(n->param);
    free(n->layer);
    free(n->work);
    free(n->packed);
    free(n);
}

/* ---- masters --------------------------------------------------------------------------------------------- */
void tm_net_init(tm_net *n, uint64_t seed) {
    if (n->lora.rank)
        tm_lora_init(n, seed);
    for (size_t i = n->learned; i < n->params; i++) {
        const tm_param *p = &n->param[i];
        const float deviation = p->kind == TM_PLAN_FLOATS ? 0.02f : 1.0f / sqrtf(3 * (float)p->k);
        for (size_t j = 0; j < p->m * p->k; j++)
            n->w[p->at + j] = p->kind == TM_PLAN_NORM ? 1.0f : deviation * tm_random_normal(&seed);
    }
}

void tm_net_ternary(const tm_net *n, size_t param, int8_t *t, float *scale, double *scratch) {
    const tm_param *p = &n->param[param];
    const tk_args a = {.shape = {p->m, p->k, 1, 0},
                       .end = p->m,
                       .x = n->w + p->at,
                       .y = t,
                       .scale = scale,
                       .scratch = scratch};
    n->ternary->prepare(&a);
    n->ternary->run(&a);
}

void tm_net_use(tm_net *n, size_t param, const int8_t *t, float scale) {
    const tm_param *p = &n->param[param];
    n->scale[param] = scale;
    tm_from_i8(n->used + p->at, t, 1, p->m * p->k);
    n->packed[param].kernel->layout->pack(n->packed[param].w, t, product_shape(p));
}

static void refresh(tm_net *n, size_t param, tm_work *work) {
    const tm_param *p = &n->param[param];
    float scale, *used = n->used + p->at;
    const size_t count = p->m * p->k;
    if (p->kind != TM_PLAN_TERNARY)
        return;
    tm_net_ternary(n, param, work->ternary, &scale, work->rows);
    if (n->part < 1) {
        n->scale[param] = 1;
        memcpy(used, n->w + p->at, count * sizeof *used);
        tm_blend_i8(used, work->ternary, scale, n->part, count);
        return;
    }
    tm_net_use(n, param, work->ternary, scale);
}

void tm_net_refresh(tm_net *n, float part) {
    n->part = part;
    if (!n->learned)
        tm_units(n, n->params, refresh);
}

/* ---- a pass ---------------------------------------------------------------------------------------------- */
static void forward(tm_net *n, const tm_batch *b) {
    n->batch = *b;
    tm_embed(n);
    for (size_t i = 0; i < n->shape.layers; i++)
        tm_layer_forward(n, i);
    tm_head_logits(n);
}

double tm_net_forward(tm_net *n, const tm_batch *b) {
    forward(n, b);
    return tm_head_loss(n);
}

void tm_net_logits(tm_net *n, const tm_batch *b) {
    forward(n, b);
}

void tm_net_backward(tm_net *n) {
    tm_head_backward(n);
    for (size_t i = n->shape.layers; i--;)
        tm_layer_backward(n, i);
    tm_embed_backward(n);
}
