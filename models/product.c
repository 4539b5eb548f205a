/* product.c: ternary products through dispatch, rows shared among the threads. Several matrices of the same
 * activations (q, k, v; gate, up) run in one round of the pool, each thread its rows of every one. What an
 * adapter adds are two float products by the head's kernels, whose bits no split of rows changes: A x before
 * that round, B (A x) to the rows that are just done.
 *
 * A token's products wait for memory. Whoever is done first takes more of the last rows; and while a thread
 * waits (for the others, for a norm on the caller) it asks for its first rows of the next matrix, so the memory
 * rests less. */
#include "choice.h"
#include "models/lora.h"
#include "models/state.h"

#include <fnmatch.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Of rows, one in so many is left to who is done first; bytes of them taken at once; pieces of a matrix. */
enum { LAST_ROWS = 8, PIECE = 32 << 10, MOST_PIECES = 16 };

typedef struct job {
    const tm_matrix *mat;
    const tk_kernel *kernel;
    tk_args args;
    size_t fixed, pieces; /* rows shared out evenly; pieces of the others */
} job;

typedef struct round {
    job jobs[TM_MOST_PRODUCTS];
    size_t count, pieces;
    atomic_size_t taken; /* pieces */
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
    tm_rows next; /* w NULL: nobody knows */
} work;

static void prepare_part(void *ctx, unsigned i, unsigned threads) {
    const work *w = ctx;
    for (size_t j = 0; j < w->r->count; j++) {
        const job *one = &w->r->jobs[j];
        const struct tm_lora *lora = one->mat->lora;
        tk_args a = one->args;
        tk_part(a.shape.m, one->kernel->step, i, threads, &a.begin, &a.end);
        if (one->kernel->prepare)
            one->kernel->prepare(&a);
        if (lora) {
            tk_part(lora->rank, w->s->ops.lora->step, i, threads, &a.begin, &a.end);
            adapter_low(w->s, one->mat, w->x, w->s->low[j], a.begin, a.end, a.shape.n);
        }
    }
}

static void run_rows(const work *w, size_t j, size_t begin, size_t end) {
    const job *one = &w->r->jobs[j];
    tk_args a = one->args;
    a.begin = begin;
    a.end = end;
    one->kernel->run(&a);
    finish(w->s, one->mat, &a);
    if (one->mat->lora)
        adapter_add(w->s, one->mat, w->s->low[j], a.y, begin, end, a.shape.n);
}

static void run_part(void *ctx, unsigned i, unsigned threads) {
    const work *w = ctx;
    round *r = w->r;
    size_t begin, end;
    for (size_t j = 0; j < r->count; j++) {
        tk_part(r->jobs[j].fixed, r->jobs[j].kernel->step, i, threads, &begin, &end);
        run_rows(w, j, begin, end);
    }
    for (size_t piece; (piece = atomic_fetch_add(&r->taken, 1)) < r->pieces;) {
        size_t j = 0;
        for (; piece >= r->jobs[j].pieces; j++)
            piece -= r->jobs[j].pieces;
        const job *one = &r->jobs[j];
        tk_part(one->args.shape.m - one->fixed, one->kernel->step, (unsigned)piece, (unsigned)one->pieces,
                &begin, &end);
        run_rows(w, j, one->fixed + begin, one->fixed + end);
    }
    tm_rows_ahead(w->s, &w->next, i, threads);
}

size_t tm_fixed_rows(const tm_session *s, size_t m, size_t step, size_t n) {
    const size_t unit = step ? step : 1, fixed = (m - m / LAST_ROWS + unit - 1) / unit * unit;
    return n > 1 || tk_pool_threads(s->pool) == 1 || fixed > m ? m : fixed;
}

void tm_rows_ahead(const tm_session *s, const tm_rows *rows, unsigned i, unsigned threads) {
    size_t begin, end;
    if (!rows->w)
        return;
    tk_part(rows->fixed, rows->step, i, threads, &begin, &end);
    tk_pool_ahead(s->pool, i, rows->w + begin * rows->bytes, (end - begin) * rows->bytes);
}

static bool room(tm_session *s, size_t i, size_t bytes) {
    if (bytes <= s->scratch_bytes[i])
        return true;
    tm_pages_free(s->scratch[i], s->scratch_bytes[i]);
    s->scratch[i] = tm_pages(bytes, true);
    s->scratch_bytes[i] = s->scratch[i] ? bytes : 0;
    return s->scratch[i] != NULL;
}

static job plan(tm_session *s, const tm_matrix *m, size_t n) {
    const tk_shape shape = {m->m, m->k, n, 0};
    const tk_kernel *k = tm_product_kernel(s, m, n);
    const size_t fixed = tm_fixed_rows(s, m->m, k->step, n);
    const size_t pieces = (m->m - fixed) * m->layout->row_bytes(shape) / PIECE;
    return (job){m,
                 k,
                 {.shape = shape, .w = m->w, .x = s->q, .sum = s->q_sum},
                 fixed,
                 fixed == m->m          ? 0
                 : pieces < 1           ? 1
                 : pieces < MOST_PIECES ? pieces
                                        : MOST_PIECES};
}

/* What the threads read next: a matrix, or the head's rows (NULL). Only one token waits for memory. */
static tm_rows rows_of(tm_session *s, const tm_matrix *next, size_t n) {
    if (n > 1 || tk_pool_threads(s->pool) == 1)
        return (tm_rows){0};
    if (!next)
        return tm_head_rows(s);
    const job j = plan(s, next, n);
    return (tm_rows){next->w, j.fixed, j.kernel->step, next->layout->row_bytes(j.args.shape)};
}

bool tm_products(tm_session *s, const tm_matrix *const *mats, size_t count, float *const *y, const float *x,
                 size_t n, const tm_matrix *next) {
    round r = {.count = count};
    bool prepare = false;
    for (size_t i = 0; i < count; i++) {
        job *j = &r.jobs[i];
        *j = plan(s, mats[i], n);
        if (!room(s, i, j->kernel->scratch ? j->kernel->scratch(j->args.shape) : 0))
            return false;
        j->args.y = y[i];
        j->args.scratch = s->scratch[i];
        r.pieces += j->pieces;
        prepare = prepare || j->kernel->prepare || mats[i]->lora;
    }
    work w = {s, &r, x, rows_of(s, next, n)};
    if (prepare)
        tk_pool_run(s->pool, prepare_part, &w);
    tk_pool_run(s->pool, run_part, &w);
    return true;
}
