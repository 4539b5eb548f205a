/* product.c: ternary products through dispatch, rows shared among the threads. Several matrices of the same
 * activations (q, k, v; gate, up) run in one round of the pool, each thread its rows of every one. What an
 * adapter adds are two float products by the head's kernels, whose bits no split of rows changes: A x before
 * that round, B (A x) to the rows that are just done. */
#include "choice.h"
#include "models/lora.h"
#include "models/state.h"

#include <fnmatch.h>
#include <stdlib.h>

typedef struct job {
    const tm_matrix *mat;
    const tk_kernel *kernel;
    tk_args args;
} job;

typedef struct round {
    job jobs[TM_MOST_PRODUCTS];
    size_t count;
} round;

static const tk_kernel *pinned(const tm_session *s, const char *op, const tm_matrix *m, size_t n) {
    size_t count;
    const tk_kernel *const *all = tk_kernels(&count), *best = NULL;
    const tk_shape shape = {m->m, m->k, n, 0};
    for (size_t i = 0; i < count; i++)
        if (!strcmp(all[i]->op, op) && all[i]->layout == m->layout &&
            !fnmatch(s->glob, all[i]->name, FNM_EXTMATCH) && !tk_kernel_refuses(all[i], shape) &&
            (!best || tk_order_before(all[i], best, shape)))
            best = all[i];
    return best;
}

static const tk_kernel *picked(const tm_session *s, const char *op, const tm_matrix *m, size_t n) {
    if (s->glob)
        return pinned(s, op, m, n);
    const tk_request request = {op, m->layout->name, {m->m, m->k, n, 0}, tk_pool_threads(s->pool)};
    return tk_decide(&request).kernel;
}

/* Many tokens: gemm, but gemv where its best variant is of a better ISA (a format without a gemm for it). */
static const tk_kernel *decide(const tm_session *s, const tm_matrix *m, size_t n) {
    const tk_kernel *gemv = picked(s, "gemv", m, n), *gemm = n > 1 ? picked(s, "gemm", m, n) : NULL;
    if (!gemm || (gemv && gemv->isa->rank > gemm->isa->rank))
        return gemv;
    return gemm;
}

const tk_kernel *tm_product_kernel(tm_session *s, const tm_matrix *m, size_t n) {
    for (size_t i = 0; i < TM_PICKS && i < s->npicks; i++) {
        const tm_pick *p = &s->picks[i];
        if (p->layout == m->layout && p->m == m->m && p->k == m->k && p->n == n)
            return p->kernel;
    }
    const tm_pick p = {m->layout, m->m, m->k, n, decide(s, m, n)};
    s->picks[s->npicks++ % TM_PICKS] = p; /* the oldest goes */
    return p.kernel;
}

/* int32 sums to f32 in place. */
static void finish(const tm_session *s, const tm_matrix *m, const tk_args *a) {
    s->ops.sums->run(&(tk_args){.shape = {m->m, m->row_scale ? m->m : 1, a->shape.n, 0},
                                .begin = a->begin,
                                .end = a->end,
                                .w = m->row_scale ? m->row_scale : &m->scale,
                                .x = a->y,
                                .x2 = s->q_scale,
                                .y = a->y});
}

/* Rows begin..end-1 of A x of all tokens. */
static void adapter_low(const tm_session *s, const tm_matrix *m, const float *x, float *low, size_t begin,
                        size_t end, size_t n) {
    s->ops.lora->run(&(tk_args){
        .shape = {m->lora->rank, m->k, n, 0}, .begin = begin, .end = end, .w = m->lora->a, .x = x, .y = low});
}

/* y += factor B (A x), rows begin..end-1. */
static void adapter_add(const tm_session *s, const tm_matrix *m, const float *low, float *y, size_t begin,
                        size_t end, size_t n) {
    enum { ROWS = 256 };
    const struct tm_lora *l = m->lora;
    float term[ROWS];
    for (size_t t = 0; t < n; t++)
        for (size_t row = begin, rows; row < end; row += rows) {
            rows = end - row < ROWS ? end - row : ROWS;
            s->ops.lora->run(&(tk_args){.shape = {rows, l->rank, 1, 0},
                                        .end = rows,
                                        .w = l->b + row * l->rank,
                                        .x = low + t * l->rank,
                                        .y = term});
            for (size_t i = 0; i < rows; i++)
                y[t * m->m + row + i] += l->factor * term[i];
        }
}

typedef struct work {
    const tm_session *s;
    round *r;
    const float *x;
    bool prepare;
} work;

static void do_part(void *ctx, unsigned i, unsigned threads) {
    const work *w = ctx;
    for (size_t j = 0; j < w->r->count; j++) {
        const job *one = &w->r->jobs[j];
        const struct tm_lora *lora = one->mat->lora;
        tk_args a = one->args;
        tk_part(a.shape.m, one->kernel->step, i, threads, &a.begin, &a.end);
        if (!w->prepare) {
            one->kernel->run(&a);
            finish(w->s, one->mat, &a);
            if (lora)
                adapter_add(w->s, one->mat, w->s->low[j], a.y, a.begin, a.end, a.shape.n);
            continue;
        }
        if (one->kernel->prepare)
            one->kernel->prepare(&a);
        if (lora) {
            tk_part(lora->rank, w->s->ops.lora->step, i, threads, &a.begin, &a.end);
            adapter_low(w->s, one->mat, w->x, w->s->low[j], a.begin, a.end, a.shape.n);
        }
    }
}

static bool room(tm_session *s, size_t i, size_t bytes) {
    if (bytes <= s->scratch_bytes[i])
        return true;
    tm_pages_free(s->scratch[i], s->scratch_bytes[i]);
    s->scratch[i] = tm_pages(bytes, true);
    s->scratch_bytes[i] = s->scratch[i] ? bytes : 0;
    return s->scratch[i] != NULL;
}

bool tm_products(tm_session *s, const tm_matrix *const *mats, size_t count, float *const *y, const float *x,
                 size_t n) {
    round r = {.count = count};
    bool prepare = false;
    for (size_t i = 0; i < count; i++) {
        const tk_shape shape = {mats[i]->m, mats[i]->k, n, 0};
        const tk_kernel *k = tm_product_kernel(s, mats[i], n);
        if (!room(s, i, k->scratch ? k->scratch(shape) : 0))
            return false;
        r.jobs[i] = (job){
            mats[i],
            k,
            {.shape = shape, .w = mats[i]->w, .x = s->q, .y = y[i], .sum = s->q_sum, .scratch = s->scratch[i]}};
        prepare = prepare || k->prepare || mats[i]->lora;
    }
    work w = {s, &r, x, true};
    if (prepare)
        tk_pool_run(s->pool, do_part, &w);
    w.prepare = false;
    tk_pool_run(s->pool, do_part, &w);
    return true;
}
