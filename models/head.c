/* head.c: the output head. Logits come in one of two ways:
 *
 *   whole     every row by the head's own kernel
 *   screened  only the `best` largest logits of a token are wanted (greedy, top-k): all rows by a kernel that
 *             is as fast as memory (head/a16.h), each of its logits y within a proven E of the head's own; the
 *             own kernel then computes the rows that can be among the best: those of y + E >= the best-th
 *             largest y - E. What it leaves out becomes -Inf. The tokens are those of the whole head, to the
 *             bit.
 *
 * E, from the bounds of head/head.h and head/a16.h, with reach >= sum |w| of the row and top = max |x|:
 *
 *   E = top * reach * (1/64000 + (K/16 + K/32 + 16) 2^-24) * 1.01 + 2^-100
 *
 * The 16: 6 and 8 of the two bounds, and the rounding of y - E and y + E here. 1.01 pays for what the bounds
 * leave out (they are of first order), 2^-100 for products that underflow. reach needs no weight, only their
 * scales: a block's sum of |w| is at most the sum of |scale| times the largest code. It is found while the
 * first token's rows are in the cache. A row of 2560 weights of Q6_K reaches about 3 times as far as its sum,
 * and E is about 2^-9 of the spread of the logits: 1 or 2 rows are left. */
#include "head/rows.h"
#include "models/state.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 240, BLOCK = 48 }; /* rows looked at while they are in the L1; at once */
enum { Q8_0 = 8, Q6_K = 14 };

static size_t largest_pass(const tm_session *s) {
    return s->pass < TM_SCREEN_TOKENS ? s->pass : TM_SCREEN_TOKENS;
}

/* Memory of both, and the kernel that screens where there is one. */
bool tm_head_open(tm_session *s, tm_error *err) {
    tm_screen *c = &s->screen;
    const tk_shape own = {s->c.vocab, s->c.dim, s->pass, 0};
    s->head_scratch_bytes = s->ops.head->scratch ? s->ops.head->scratch(own) : 0;
    s->head_scratch = s->head_scratch_bytes ? tm_pages(s->head_scratch_bytes, true) : NULL;
    bool good = s->head_scratch || !s->head_scratch_bytes;
    if (!s->screens || s->head_type == TM_HEAD_A16 || !s->model->head_op_a16 || s->ops.head->prepare)
        c->kernel = NULL;
    else
        c->kernel = tk_dispatch(s->model->head_op_a16, NULL, (tk_shape){own.m, own.k, 1, 0}, NULL);
    if (c->kernel) {
        const tk_shape shape = {own.m, own.k, largest_pass(s), 0};
        c->scratch_bytes = c->kernel->scratch(shape);
        c->scratch = tm_pages(c->scratch_bytes, true);
        c->reach = malloc((size_t)s->c.vocab * sizeof *c->reach);
        c->each = malloc(tk_pool_threads(s->pool) * sizeof *c->each);
        good = good && c->scratch && c->reach && c->each;
    }
    snprintf(s->head_name, sizeof s->head_name, "%s%s%s", s->ops.head->name, c->kernel ? " screened by " : "",
             c->kernel ? c->kernel->name : "");
    return good || tm_fail(err, "--pass: memory for the head's activations was expected, found none");
}

void tm_head_close(tm_session *s) {
    tm_pages_free(s->head_scratch, s->head_scratch_bytes);
    tm_pages_free(s->screen.scratch, s->screen.scratch_bytes);
    free(s->screen.reach);
    free(s->screen.each);
}

/* ---- whole ----------------------------------------------------------------------------------------------- */
static void whole(tm_session *s, float *logits, size_t wanted) {
    const tk_kernel *k = s->ops.head;
    const tk_args a = {.shape = {s->c.vocab, s->c.dim, wanted, 0},
                       .end = s->c.vocab,
                       .w = s->model->head_rows,
                       .x = s->last,
                       .y = logits,
                       .scratch = s->head_scratch};
    const bool alone = wanted == 1; /* sharing one token's out would take longer than preparing it */
    if (k->prepare && alone)
        k->prepare(&a);
    tk_pool_kernel(s->pool, k, &a, a.shape.m, !alone, true);
}

/* ---- screened -------------------------------------------------------------------------------------------- */
/* |half|, also of a denormal one; of Inf and NaN some number: their rows' logits say that they bound nothing.
 */
static inline float magnitude(const uint8_t *half) {
    uint16_t h;
    memcpy(&h, half, 2);
    return f32_from_bits((h & 0x7fffu) << 13) * 0x1p112f;
}

/* Sum of |s| of 8 int8, in the bytes of a word: this runs for every block of the head before the first token.
 */
static inline uint64_t sum_of_8(const uint8_t *p) {
    const uint64_t ones = 0x0101010101010101u, words = 0x00ff00ff00ff00ffu;
    uint64_t x;
    memcpy(&x, p, 8);
    const uint64_t negative = x >> 7 & ones, size = (x ^ negative * 255) + negative; /* 128 at most: no carry */
    return ((size & words) + (size >> 8 & words)) * 0x0001000100010001u >> 48;
}

static float scales_q6_k(const uint8_t *row, size_t k) {
    float sum = 0;
    for (const uint8_t *block = row, *end = row + q6_k_row(k); block < end; block += 210) {
        const uint64_t scales = sum_of_8(block + 192) + sum_of_8(block + 200);
        sum += magnitude(block + 208) * (float)(int)(scales * 16 * 32);
    }
    return sum;
}

static float scales_q8_0(const uint8_t *row, size_t k) {
    float sum = 0;
    for (const uint8_t *block = row, *end = row + q8_0_row(k); block < end; block += 34)
        sum += magnitude(block) * 32 * 128;
    return sum;
}

/* A sum of at most K/32 floats: K/32 roundings. */
static void find_reach(const tm_session *s, size_t begin, size_t end) {
    const size_t k = s->c.dim;
    const bool q6 = s->model->head->type == Q6_K;
    const float slack = 1 + (float)(k / 32 + 2) * 0x1p-23f;
    for (size_t m = begin; m < end; m++) {
        const uint8_t *rows = s->model->head_rows;
        const float sum = q6 ? scales_q6_k(rows + m * q6_k_row(k), k) : scales_q8_0(rows + m * q8_0_row(k), k);
        s->screen.reach[m] = sum * slack;
    }
}

typedef struct pass {
    tm_session *s;
    float *logits;
    size_t wanted, best;
    float error[TM_SCREEN_TOKENS],
        least[TM_SCREEN_TOKENS]; /* E of a row that reaches 1; best-th largest y - E */
} pass;

/* Keeps the `best` largest in a heap, the least of them on top. */
static void keep(float *heap, size_t best, float x) {
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < best; i = child) {
        if (child + 1 < best && heap[child + 1] < heap[child])
            child++;
        if (!(heap[child] < x))
            break;
        heap[i] = heap[child];
    }
    heap[i] = x;
}

static float bound(const pass *p, size_t t, size_t m) {
    return p->error[t] * p->s->screen.reach[m] + 0x1p-100f;
}

/* Of rows begin .. end - 1, just computed. False: a figure that bounds nothing. The first loop is the
 * compiler's to vectorise; few blocks need the second. */
static bool look(const pass *p, tm_screen_best *b, size_t t, size_t begin, size_t end) {
    const float *y = p->logits + t * p->s->c.vocab;
    int bad = 0;
    for (size_t from = begin, to; from < end; from = to) {
        const float least = b->heap[t][0];
        int more = 0;
        to = end - from < BLOCK ? end : from + BLOCK;
        for (size_t m = from; m < to; m++) {
            const float e = bound(p, t, m);
            bad |= !(fabsf(y[m]) + e < 0x1p120f); /* and so no NaN */
            more |= y[m] - e > least;
        }
        for (size_t m = from; more && m < to; m++)
            if (y[m] - bound(p, t, m) > b->heap[t][0])
                keep(b->heap[t], p->best, y[m] - bound(p, t, m));
    }
    return !bad;
}

static void screen_part(void *ctx, unsigned i, unsigned threads) {
    const pass *p = ctx;
    tm_session *s = p->s;
    tm_screen_best *b = &s->screen.each[i];
    tk_args a = {.shape = {s->c.vocab, s->c.dim, p->wanted, 0},
                 .w = s->model->head_rows,
                 .x = s->last,
                 .y = p->logits,
                 .scratch = s->screen.scratch};
    size_t from, to;
    tk_part(s->c.vocab, s->screen.kernel->step, i, threads, &from, &to);
    b->sound = true;
    for (size_t t = 0; t < p->wanted; t++)
        for (size_t j = 0; j < p->best; j++)
            b->heap[t][j] = -INFINITY;
    for (a.begin = from; a.begin < to; a.begin = a.end) {
        a.end = to - a.begin < CHUNK ? to : a.begin + CHUNK;
        s->screen.kernel->run(&a);
        if (!s->screen.known)
            find_reach(s, a.begin, a.end);
        for (size_t t = 0; t < p->wanted; t++)
            b->sound &= look(p, b, t, a.begin, a.end);
    }
}

static void rescore(const tm_session *s, float *y, size_t t, size_t row) {
    s->ops.head->run(&(tk_args){.shape = {s->c.vocab, s->c.dim, 1, 0},
                                .begin = row,
                                .end = row + 1,
                                .w = s->model->head_rows,
                                .x = s->last + t * s->c.dim,
                                .y = y});
}

/* What can be among the best is computed again, all else is no candidate. */
static void rescore_part(void *ctx, unsigned i, unsigned threads) {
    const pass *p = ctx;
    const tm_session *s = p->s;
    size_t from, to, rescored = 0;
    tk_part(s->c.vocab, 1, i, threads, &from, &to);
    for (size_t t = 0; t < p->wanted; t++) {
        float *y = p->logits + t * s->c.vocab;
        const float least = p->least[t];
        for (size_t m = from, end; m < to; m = end) {
            int needed = 0;
            end = to - m < BLOCK ? to : m + BLOCK;
            for (size_t r = m; r < end; r++)
                needed |= y[r] + bound(p, t, r) >= least;
            for (size_t r = m; needed && r < end; r++)
                if (y[r] + bound(p, t, r) >= least) {
                    rescore(s, y, t, r);
                    rescored++;
                } else
                    y[r] = -INFINITY;
            for (size_t r = m; !needed && r < end; r++)
                y[r] = -INFINITY;
        }
    }
    s->screen.each[i].rescored = rescored;
}

/* All threads' largest into the first one's heap. */
static bool gather(pass *p) {
    tm_screen_best *all = p->s->screen.each;
    bool sound = all[0].sound;
    for (unsigned i = 1; i < tk_pool_threads(p->s->pool); i++) {
        sound &= all[i].sound;
        for (size_t t = 0; t < p->wanted; t++)
            for (size_t j = 0; j < p->best; j++)
                if (all[i].heap[t][j] > all[0].heap[t][0])
                    keep(all[0].heap[t], p->best, all[i].heap[t][j]);
    }
    for (size_t t = 0; t < p->wanted; t++)
        p->least[t] = all[0].heap[t][0];
    return sound;
}

static bool screened(tm_session *s, float *logits, size_t wanted, size_t best) {
    const size_t k = s->c.dim;
    pass p = {.s = s, .logits = logits, .wanted = wanted, .best = best};
    for (size_t t = 0; t < wanted; t++) {
        float top = 0;
        for (size_t i = 0; i < k; i++)
            top = fabsf(s->last[t * k + i]) > top ? fabsf(s->last[t * k + i]) : top;
        p.error[t] = top * 1.01f * (1 / 64000.f + (float)(k / 16 + k / 32 + 16) * 0x1p-24f);
    }
    s->screen.kernel->prepare(&(tk_args){
        .shape = {s->c.vocab, k, wanted, 0}, .end = s->c.vocab, .x = s->last, .scratch = s->screen.scratch});
    tk_pool_run(s->pool, screen_part, &p);
    s->screen.known = true;
    if (!gather(&p))
        return false;
    tk_pool_run(s->pool, rescore_part, &p);
    for (unsigned i = 0; i < tk_pool_threads(s->pool); i++)
        s->screen.rescored += s->screen.each[i].rescored;
    s->screen.tokens += wanted;
    return true;
}

void tm_head(tm_session *s, float *logits, size_t wanted, size_t best) {
    if (!best || best > TM_SCREEN_BEST || best >= s->c.vocab || wanted > largest_pass(s) || !s->screen.kernel ||
        !screened(s, logits, wanted, best))
        whole(s, logits, wanted);
}
