/* head.c: the output head. Logits come in one of two ways:
 *
 *   whole     every row by the head's own kernel
 *   screened  only the `best` largest logits of a token are wanted (greedy, top-k): all rows by a kernel that
 *             is as fast as memory (head/a16.h), each of its logits y within a proven E of the head's own; the
 *             own kernel then computes the rows that can be among the best: those of y + E >= the best-th
 *             largest y - E. What it leaves out becomes -Inf. The tokens are those of the whole head, to the
 *             bit.
 *
 * What screens is the head's own rows w, if they are Q6_K or Q8_0, or a copy c of them in one of these types,
 * with activations of 16 bits (head/a16.h), or of 8 where a variant for them is of no lesser ISA row (Q6_K,
 * head/a8.h). E, from the bounds of head/head.h and of those, with rest >= |w - c| (Euclidean: Cauchy and
 * Schwarz bound what the copy leaves out):
 *
 *   16 bits   reach >= sum |w| and sum |c|, top = max |x|
 *             E = top * reach * (1/64000 + (K/16 + K/32 + 16) 2^-24) * 1.01  +  |x| * rest  +  2^-100
 *    8 bits   reach >= |w| and |c|, off >= |x - its integers|
 *             E = reach * (off + (|x| + off) * (K/16 + K/32 + 16) 2^-24) * 1.01  +  |x| * rest  +  2^-100
 *
 * The 16: 6 and 8 of the two bounds, and the rounding of y - E and y + E here. 1.01 pays for what the bounds
 * leave out (they are of first order), 2^-100 for products that underflow.
 *
 * Own rows: rest is 0, and reach needs no weight, only their scales: a block's sum of |w| is at most the sum of
 * |scale| times the largest code, that of squares goes likewise. It is found while the first token's rows are
 * in the cache. A row of 2560 weights of Q6_K reaches about 3 times as far as its sum, 1.8 times as far as its
 * norm. With 16 bits E is about 2^-9 of the spread of the logits: 1 or 2 rows are left; with 8 bits half of the
 * spread: of 128,256 random rows some 50 are left, as by a copy in Q6_K. Such a row is read again in a
 * microsecond.
 */
#include "dequant/dequant.h"
#include "head/a8.h"
#include "head/rows.h"
#include "models/encode.h"
#include "models/state.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 240, BLOCK = 48 }; /* rows looked at while they are in the L1; at once */
enum { Q8_0 = 8, Q6_K = 14 };

static size_t largest_pass(const tm_session *s) {
    return s->pass < TM_SCREEN_TOKENS ? s->pass : TM_SCREEN_TOKENS;
}

/* ---- a copy that screens --------------------------------------------------------------------------------- */
typedef struct copying {
    tm_session *s;
    uint8_t *to;
    size_t row; /* bytes */
} copying;

/* A bound from above of what was summed in double. */
static float up(double x) {
    return (float)(x * (1 + 1e-6));
}

static bool copy_row(const copying *c, size_t m, float *w, float *back) {
    const tm_session *s = c->s;
    const size_t k = s->c.dim;
    const tm_tensor *head = s->model->head;
    double size = 0, size_copied = 0, rest = 0; /* sums of |w|, or of squares */
    tk_embed(w, tk_type_find(head->type), head->data, s->c.vocab, k, m);
    for (size_t i = 0; i < k; i++)
        size += s->screen.euclid ? (double)w[i] * (double)w[i] : fabs((double)w[i]);
    if (!isfinite(size) || tm_encode_floats(c->to + m * c->row, s->screen.type, w, 1, k))
        return false;
    tk_embed(back, tk_type_find(s->screen.type), c->to, s->c.vocab, k, m);
    for (size_t i = 0; i < k; i++) {
        const double off = (double)w[i] - (double)back[i];
        rest += off * off;
        size_copied += s->screen.euclid ? (double)back[i] * (double)back[i] : fabs((double)back[i]);
    }
    size = fmax(size, size_copied);
    s->screen.reach[m] = up(s->screen.euclid ? sqrt(size) : size);
    s->screen.rest[m] = up(sqrt(rest));
    return true;
}

static void copy_part(void *ctx, unsigned i, unsigned threads) {
    const copying *c = ctx;
    tm_screen_best *b = &c->s->screen.each[i];
    const size_t k = c->s->c.dim;
    float *w = malloc(2 * k * sizeof *w);
    size_t from, to;
    tk_part(c->s->c.vocab, 1, i, threads, &from, &to);
    b->sound = w != NULL;
    for (size_t m = from; m < to && b->sound; m++)
        b->sound = copy_row(c, m, w, w + k);
    free(w);
}

/* False: a row that is not finite, or no memory: no bound. */
static bool make_copy(tm_session *s) {
    tm_screen *c = &s->screen;
    copying job = {.s = s, .row = c->type == Q6_K ? q6_k_row(s->c.dim) : q8_0_row(s->c.dim)};
    bool sound = true;
    c->copy_bytes = s->c.vocab * job.row;
    c->rows = c->copy = job.to = tm_pages(c->copy_bytes, true);
    if (!job.to)
        return false;
    tk_pool_run(s->pool, copy_part, &job);
    for (unsigned i = 0; i < tk_pool_threads(s->pool); i++)
        sound &= c->each[i].sound;
    c->known = true;
    return sound;
}

/* ---- opening --------------------------------------------------------------------------------------------- */
/* What is to screen; *kind 0: nothing. */
static bool choose(const tm_session *s, const char *how, uint32_t *kind, tm_error *err) {
    const bool own = s->model->head_op_a16 != NULL;
    *kind = 0;
    if (!how)
        *kind = own && s->head_type == TM_HEAD_F32 ? s->model->head->type : 0;
    else if (!strcmp(how, "q6_k") || !strcmp(how, "q8_0"))
        *kind = !strcmp(how, "q6_k") ? Q6_K : Q8_0;
    else if (strcmp(how, "off") != 0)
        return tm_fail(err, "--head-screen: off, q6_k or q8_0 was expected, found \"%s\"", how);
    if (how && *kind && (own || s->head_type != TM_HEAD_F32))
        return tm_fail(
            err, "--head-screen: a copy is for heads of F16, BF16 and F32 with their own activations, found %s",
            own ? "one that screens itself" : "--head-activations a16");
    if (*kind && s->c.dim % (*kind == Q6_K ? 256 : 32))
        return tm_fail(err, "--head-screen: a width that is a multiple of %d was expected, found %u",
                       *kind == Q6_K ? 256 : 32, s->c.dim);
    return true;
}

/* 8 bits take half of the time that 16 do, but where only 16 have a variant for the CPU. */
static void choose_kernel(tm_screen *c, uint32_t kind, tk_shape shape) {
    const tk_kernel *eight = kind == Q6_K ? tk_dispatch("head_q6_k_a8", NULL, shape, NULL) : NULL;
    c->kernel = tk_dispatch(kind == Q6_K ? "head_q6_k_a16" : "head_q8_0_a16", NULL, shape, NULL);
    c->euclid = eight && (!c->kernel || eight->isa->rank >= c->kernel->isa->rank);
    if (c->euclid)
        c->kernel = eight;
}

static bool open_screen(tm_session *s, uint32_t kind) {
    tm_screen *c = &s->screen;
    const tk_shape shape = {s->c.vocab, s->c.dim, largest_pass(s), 0};
    c->type = kind;
    c->rows = s->model->head_rows;
    c->scratch_bytes = c->kernel->scratch(shape);
    c->scratch = tm_pages(c->scratch_bytes, true);
    c->reach = malloc((size_t)s->c.vocab * sizeof *c->reach);
    c->rest = calloc(s->c.vocab, sizeof *c->rest);
    c->each = malloc(tk_pool_threads(s->pool) * sizeof *c->each);
    return c->scratch && c->reach && c->rest && c->each;
}

bool tm_head_open(tm_session *s, const char *how, tm_error *err) {
    const tk_shape own = {s->c.vocab, s->c.dim, s->pass, 0};
    uint32_t kind;
    if (!choose(s, how, &kind, err))
        return false;
    s->head_scratch_bytes = s->ops.head->scratch ? s->ops.head->scratch(own) : 0;
    s->head_scratch = s->head_scratch_bytes ? tm_pages(s->head_scratch_bytes, true) : NULL;
    if (kind) {
        choose_kernel(&s->screen, kind, own);
        if (!s->screen.kernel && how)
            return tm_fail(err, "--head-screen: a variant that screens was expected, found none");
        kind = s->screen.kernel ? kind : 0;
    }
    if ((s->head_scratch_bytes && !s->head_scratch) || (kind && !open_screen(s, kind)))
        return tm_fail(err, "--pass: memory for the head's activations was expected, found none");
    if (how && kind && !make_copy(s))
        return tm_fail(err, "--head-screen: memory for a copy, and finite rows, were expected; found none");
    snprintf(s->head_name, sizeof s->head_name, "%s%s%s", s->ops.head->name, kind ? " screened by " : "",
             kind ? s->screen.kernel->name : "");
    return true;
}

void tm_head_close(tm_session *s) {
    tm_pages_free(s->head_scratch, s->head_scratch_bytes);
    tm_pages_free(s->screen.scratch, s->screen.scratch_bytes);
    tm_pages_free(s->screen.copy, s->screen.copy_bytes);
    free(s->screen.reach);
    free(s->screen.rest);
    free(s->screen.each);
}

/* ---- whole ----------------------------------------------------------------------------------------------- */
static void whole(tm_session *s, const float *x, float *logits, size_t wanted) {
    const tk_kernel *k = s->ops.head;
    const tk_args a = {.shape = {s->c.vocab, s->c.dim, wanted, 0},
                       .end = s->c.vocab,
                       .w = s->model->head_rows,
                       .x = x,
                       .y = logits,
                       .scratch = s->head_scratch};
    const bool alone = wanted == 1; /* sharing one token's out would take longer than preparing it */
    if (k->prepare && alone)
        k->prepare(&a);
    tk_pool_kernel(s->pool, k, &a, a.shape.m, !alone, true);
}

/* ---- screened -------------------------------------------------------------------------------------------- */
/* |half|; of Inf and NaN some number: their rows' logits say that they bound nothing. Small scales are denormal
 * halves, and a product of denormal floats takes 50 ns on Intel, so those are made of an integer. */
static inline float magnitude(const uint8_t *half) {
    uint16_t h;
    memcpy(&h, half, 2);
    h &= 0x7fff;
    return h < 0x400 ? (float)(int)h * 0x1p-24f : f32_from_bits(((uint32_t)h << 13) + (112u << 23));
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

static float squares_q6_k(const uint8_t *row, size_t k) {
    float sum = 0;
    for (const uint8_t *block = row, *end = row + q6_k_row(k); block < end; block += 210) {
        const float d = magnitude(block + 208);
        int squares = 0;
        for (size_t i = 0; i < 16; i++)
            squares += (int8_t)block[192 + i] * (int8_t)block[192 + i];
        sum += d * d * (float)squares * (16 * 32 * 32);
    }
    return sqrtf(sum);
}

static float scales_q8_0(const uint8_t *row, size_t k) {
    float sum = 0;
    for (const uint8_t *block = row, *end = row + q8_0_row(k); block < end; block += 34)
        sum += magnitude(block) * 32 * 128;
    return sum;
}

/* A sum of at most K/32 floats: K/32 roundings, and some of each. */
static void find_reach(const tm_session *s, size_t begin, size_t end) {
    const tm_screen *c = &s->screen;
    const size_t k = s->c.dim, row = c->type == Q6_K ? q6_k_row(k) : q8_0_row(k);
    const float slack = 1 + (float)(k / 32 + 4) * 0x1p-23f;
    for (size_t m = begin; m < end; m++) {
        const uint8_t *w = (const uint8_t *)c->rows + m * row;
        const float reach = c->type != Q6_K ? scales_q8_0(w, k)
                            : c->euclid     ? squares_q6_k(w, k)
                                            : scales_q6_k(w, k);
        c->reach[m] = reach * slack;
    }
}

typedef struct pass {
    tm_session *s;
    const float *x;
    float *logits;
    size_t wanted, best;
    float error[TM_SCREEN_TOKENS], norm[TM_SCREEN_TOKENS]; /* E of a row that reaches 1; |x| */
    float least[TM_SCREEN_TOKENS];                         /* best-th largest y - E */
    atomic_size_t taken;                                   /* pieces of the last rows */
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
    const tm_screen *c = &p->s->screen;
    return p->error[t] * c->reach[m] + p->norm[t] * c->rest[m] + 0x1p-100f;
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

static void screen_rows(pass *p, tm_screen_best *b, size_t from, size_t to) {
    tm_session *s = p->s;
    tk_args a = {.shape = {s->c.vocab, s->c.dim, p->wanted, 0},
                 .w = s->screen.rows,
                 .x = p->x,
                 .y = p->logits,
                 .scratch = s->screen.scratch};
    for (a.begin = from; a.begin < to; a.begin = a.end) {
        a.end = to - a.begin < CHUNK ? to : a.begin + CHUNK;
        s->screen.kernel->run(&a);
        if (!s->screen.known)
            find_reach(s, a.begin, a.end);
        for (size_t t = 0; t < p->wanted; t++)
            b->sound &= look(p, b, t, a.begin, a.end);
    }
}

/* An even share, then more of the last rows by whoever is done first. */
static void screen_part(void *ctx, unsigned i, unsigned threads) {
    pass *p = ctx;
    const tm_session *s = p->s;
    tm_screen_best *b = &s->screen.each[i];
    const size_t fixed = tm_fixed_rows(s, s->c.vocab, s->screen.kernel->step, p->wanted);
    size_t from, to;
    tk_part(fixed, s->screen.kernel->step, i, threads, &from, &to);
    b->sound = true;
    for (size_t t = 0; t < p->wanted; t++)
        for (size_t j = 0; j < p->best; j++)
            b->heap[t][j] = -INFINITY;
    screen_rows(p, b, from, to);
    while ((from = fixed + CHUNK * atomic_fetch_add(&p->taken, 1)) < s->c.vocab)
        screen_rows(p, b, from, s->c.vocab - from < CHUNK ? s->c.vocab : from + CHUNK);
}

static void rescore(const tm_session *s, const float *x, float *y, size_t row) {
    s->ops.head->run(&(tk_args){.shape = {s->c.vocab, s->c.dim, 1, 0},
                                .begin = row,
                                .end = row + 1,
                                .w = s->model->head_rows,
                                .x = x,
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
                    rescore(s, p->x + t * s->c.dim, y, r);
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

/* E of a row that reaches 1; kernel->prepare has left `off` with the activations. */
static float error_of(const tm_screen *c, size_t t, size_t k, float top, float norm) {
    const float rounding = (float)(k / 16 + k / 32 + 16) * 0x1p-24f;
    a8_token eight;
    if (!c->euclid)
        return top * 1.01f * (1 / 64000.f + rounding);
    memcpy(&eight, (const uint8_t *)c->scratch + t * a8_stride(k), sizeof eight);
    return 1.01f * (eight.off + (norm + eight.off) * rounding);
}

static bool screened(tm_session *s, const float *last, float *logits, size_t wanted, size_t best) {
    const size_t k = s->c.dim;
    pass p = {.s = s, .x = last, .logits = logits, .wanted = wanted, .best = best};
    s->screen.kernel->prepare(&(tk_args){
        .shape = {s->c.vocab, k, wanted, 0}, .end = s->c.vocab, .x = last, .scratch = s->screen.scratch});
    for (size_t t = 0; t < wanted; t++) {
        const float *x = last + t * k;
        float top = 0;
        double squares = 0;
        for (size_t i = 0; i < k; i++) {
            top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
            squares += (double)x[i] * (double)x[i];
        }
        p.norm[t] = up(sqrt(squares));
        p.error[t] = error_of(&s->screen, t, k, top, p.norm[t]);
    }
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

tm_rows tm_head_rows(const tm_session *s) {
    const tk_kernel *k = s->screen.kernel;
    if (!k)
        return (tm_rows){0};
    return (tm_rows){s->screen.rows, tm_fixed_rows(s, s->c.vocab, k->step, 1), k->step,
                     s->screen.type == Q6_K ? q6_k_row(s->c.dim) : q8_0_row(s->c.dim)};
}

/* Of more tokens than are screened at once, some after the others: rows read twice still take less than all
 * logits. */
void tm_head(tm_session *s, float *logits, size_t wanted, size_t best) {
    const bool few = best && best <= TM_SCREEN_BEST && best < s->c.vocab && s->screen.kernel;
    for (size_t t = 0, n; t < wanted; t += n) {
        const float *x = s->last + t * s->c.dim;
        float *y = logits + t * s->c.vocab;
        n = few && wanted - t > largest_pass(s) ? largest_pass(s) : wanted - t;
        if (!few || !screened(s, x, y, n, best))
            whole(s, x, y, n);
    }
}
