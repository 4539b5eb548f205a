/* forward.c: the transformer of BitNet b1.58 and of ternary llamas, a pass of n tokens at a time.
 *
 *   h = norm(x)          q, k, v = W h       rope(q, k), k and v into the cache     a = attention
 *   [a = norm(a)]        x += W a            h = norm(x)                            g, u = W h
 *   f = act(g) * u       [f = norm(f)]       x += W f
 *
 * Every W takes int8 activations, quantised once for all that share them; an adapter (lora.h) adds its term
 * there. Steps between products belong to one token each and run as one round over tokens; a single token runs
 * on the caller, without the pool. */
#include "attention/limits.h"
#include "dequant/dequant.h"
#include "f32/f16.h"
#include "models/state.h"
#include "rope/rope.h"

#include <time.h>

const char *const tm_part_names[TM_PARTS] = {"norm+quantise", "q,k,v",   "rope+cache", "attention",
                                             "attn_output",   "gate,up", "down",       "head"};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void spent(tm_session *s, tm_part part, double *since) {
    const double t = now();
    s->seconds[part] += t - *since;
    *since = t;
}

static void trace(const tm_session *s, const char *name, int layer, const void *data, size_t k, bool bytes) {
    if (s->trace)
        s->trace(s->trace_ctx, name, layer, data, s->n, k, bytes);
}

/* ---- rounds over tokens ---------------------------------------------------------------------------------- */
typedef struct step {
    tm_session *s;
    void (*one)(const struct step *, size_t token);
    const tm_layer *layer;
    size_t index; /* of the layer */
    const float *norm;
    float *y; /* what this step reads or writes beside the session's arrays */
} step;

static void tokens_part(void *ctx, unsigned i, unsigned threads) {
    const step *p = ctx;
    size_t begin, end;
    tk_part(p->s->n, 1, i, threads, &begin, &end);
    for (size_t t = begin; t < end; t++)
        p->one(p, t);
}

static void over_tokens(step p) {
    if (p.s->n == 1)
        p.one(&p, 0);
    else
        tk_pool_run(p.s->pool, tokens_part, &p);
}

static void norm(const tm_session *s, float *y, const float *x, const float *w, size_t k) {
    s->ops.norm->run(&(tk_args){.shape = {1, k, 1, 0}, .end = 1, .w = w, .x = x, .x2 = &s->c.eps, .y = y});
}

static void quantise(const tm_session *s, size_t t, const float *x, size_t k) {
    s->ops.quant->run(&(tk_args){.shape = {1, k, 1, 0},
                                 .end = 1,
                                 .x = x,
                                 .y = s->q + t * k,
                                 .scale = &s->q_scale[t],
                                 .sum = &s->q_sum[t]});
}

static void embed(const step *p, size_t t) {
    const tm_session *s = p->s;
    const tm_tensor *e = s->model->embedding;
    tk_embed(s->x + t * s->c.dim, tk_type_find(e->type), e->data, e->ne[1], s->c.dim, s->items[t].token);
    tk_rope_table(s->angles + t * s->c.head_dim, s->position[t], s->c.head_dim, s->c.rope_base);
}

/* x += y (if there is one), then the norm, then int8. */
static void add_norm_quant(const step *p, size_t t) {
    const tm_session *s = p->s;
    const size_t k = s->c.dim;
    float *x = s->x + t * k;
    for (size_t i = 0; i < k && p->y; i++)
        x[i] += p->y[t * k + i];
    norm(s, s->h + t * k, x, p->norm, k);
    quantise(s, t, s->h + t * k, k);
}

/* The sub-norm of attention's output, where there is one, then int8. */
static void attended_quant(const step *p, size_t t) {
    const tm_session *s = p->s;
    const size_t k = (size_t)s->c.heads * s->c.head_dim;
    float *x = s->attended + t * k;
    if (p->norm)
        norm(s, s->h + t * k, x, p->norm, k);
    quantise(s, t, p->norm ? s->h + t * k : x, k);
}

static void act_quant(const step *p, size_t t) {
    const tm_session *s = p->s;
    const size_t k = s->c.ffn;
    float *f = s->h + t * k, *g = s->wide[0] + t * k;
    s->ops.act->run(&(tk_args){.shape = {1, k, 1, 0}, .end = k, .x = g, .x2 = s->wide[1] + t * k, .y = f});
    if (p->norm)
        norm(s, g, f, p->norm, k);
    quantise(s, t, p->norm ? g : f, k);
}

/* ---- the cache ------------------------------------------------------------------------------------------- */
static size_t cache_at(const tm_session *s, size_t layer, size_t head, size_t position) {
    return (layer * s->c.kv_heads + head) * s->context + position;
}

/* One f32 scale for a head of K or V: absmax / 127; ties to even by adding 1.5 * 2^23. */
static void store_i8(int8_t *to, float *scale, const float *x, size_t n) {
    float top = 0;
    for (size_t i = 0; i < n; i++)
        top = fabsf(x[i]) > top || isnan(x[i]) ? fabsf(x[i]) : top;
    *scale = top / 127;
    const float inverse = top > 0 ? 127 / top : 0;
    for (size_t i = 0; i < n; i++) {
        const float q = x[i] * inverse + F32_MAGIC;
        to[i] = (int8_t)(f32_bits(q) & 0xff);
    }
}

static void store(const tm_session *s, size_t layer, size_t head, size_t t, const float *k, const float *v) {
    const tm_cache *cache = &s->caches[s->items[t].sequence];
    const size_t dim = s->c.head_dim, row = cache_at(s, layer, head, s->position[t]);
    for (int both = 0; both < 2; both++) {
        const float *x = both ? v : k;
        void *to = both ? cache->v : cache->k;
        if (s->cache_type == TM_CACHE_I8) {
            store_i8((int8_t *)to + row * dim, &cache->scales[2 * row + (size_t)both], x, dim);
            continue;
        }
        for (size_t i = 0; i < dim; i++)
            ((uint16_t *)to)[row * dim + i] = f16_from_f32(x[i]);
    }
}

/* Turns the heads of a token and puts K and V away. The turned q is laid out by KV head, [kv][n][group][dim],
 * as attention takes it. */
static void rope_store(const step *p, size_t t) {
    const tm_session *s = p->s;
    const size_t dim = s->c.head_dim, group = s->c.heads / s->c.kv_heads, kv = s->c.kv_heads;
    const float *angles = s->angles + t * dim;
    float k[ATTENTION_DIM];
    for (size_t h = 0; h < kv; h++) {
        const tk_args a = {.shape = {group, dim, 1, 0},
                           .end = group,
                           .x = s->wide[0] + (t * kv + h) * group * dim,
                           .x2 = angles,
                           .y = s->turned + (h * s->n + t) * group * dim};
        s->ops.rope->run(&a);
        s->ops.rope->run(&(tk_args){
            .shape = {1, dim, 1, 0}, .end = 1, .x = s->wide[1] + (t * kv + h) * dim, .x2 = angles, .y = k});
        store(s, p->index, h, t, k, s->wide[2] + (t * kv + h) * dim);
    }
}

/* ---- attention ------------------------------------------------------------------------------------------- */
/* Tokens `from` .. `to` of one sequence (consecutive positions), one KV head, some of its query heads. A single
 * token's answer lands where it belongs, those of more in y and from there. */
static void attend(const tm_session *s, float *y, size_t layer, size_t head, size_t from, size_t to,
                   size_t first, size_t heads) {
    const size_t dim = s->c.head_dim, group = s->c.heads / s->c.kv_heads, n = to - from;
    const tm_cache *cache = &s->caches[s->items[from].sequence];
    const size_t row = cache_at(s, layer, head, 0);
    float *there = s->attended + (from * s->c.heads + head * group + first) * dim;
    const tk_args a = {.shape = {heads, dim, n, s->position[to - 1] + 1},
                       .end = n,
                       .w = (const char *)cache->k + row * dim * s->element,
                       .x = s->turned + ((head * s->n + from) * group + first) * dim,
                       .x2 = (const char *)cache->v + row * dim * s->element,
                       .x3 = cache->scales ? cache->scales + 2 * row : NULL,
                       .y = n == 1 ? there : y};
    s->ops.attention->run(&a);
    for (size_t t = 0; t < n && n > 1; t++)
        memcpy(there + t * s->c.heads * dim, y + t * heads * dim, heads * dim * sizeof *y);
}

/* The end of the stretch of one sequence that starts at token t, at most `most` long. */
static size_t stretch(const tm_session *s, size_t t, size_t most) {
    size_t end = t + 1;
    while (end < s->n && end - t < most && s->items[end].sequence == s->items[t].sequence)
        end++;
    return end;
}

/* Pieces are dealt out in turn, so that late tokens, which see more, are shared evenly. Of a single token the
 * heads that the threads cannot share evenly are halved: whole ones widen K and V once for all their queries.
 */
static void attention_part(void *ctx, unsigned i, unsigned threads) {
    const step *p = ctx;
    const tm_session *s = p->s;
    const size_t group = s->c.heads / s->c.kv_heads, even = s->c.kv_heads / threads * threads;
    float *y = s->spread + i * TM_TOKENS_AT_ONCE * group * s->c.head_dim;
    size_t piece = 0;
    for (size_t t = 0, end; t < s->n; t = end) {
        end = stretch(s, t, TM_TOKENS_AT_ONCE);
        for (size_t h = 0; h < s->c.kv_heads; h++) {
            const size_t halves = end - t == 1 && group > 1 && h >= even ? 2 : 1;
            for (size_t half = 0; half < halves; half++, piece++)
                if (piece % threads == i) {
                    const size_t first = half * (group / halves);
                    attend(s, y, p->index, h, t, end, first,
                           half + 1 == halves ? group - first : group / halves);
                }
        }
    }
}

/* ---- a pass ---------------------------------------------------------------------------------------------- */
static bool run_layer(tm_session *s, size_t index, double *clock) {
    const tm_config *c = &s->c;
    const tm_layer *l = &s->model->layers[index];
    const int i = (int)index;
    const size_t wide = (size_t)c->heads * c->head_dim, narrow = (size_t)c->kv_heads * c->head_dim;
    trace(s, "attn_norm", i, s->h, c->dim, false);
    trace(s, "attn_norm_q8", i, s->q, c->dim, true);
    if (!tm_products(s, (const tm_matrix *[]){&l->q, &l->k, &l->v}, 3, s->wide, s->h, s->n, &l->o))
        return false;
    trace(s, "q", i, s->wide[0], wide, false);
    trace(s, "k", i, s->wide[1], narrow, false);
    trace(s, "v", i, s->wide[2], narrow, false);
    spent(s, TM_QKV, clock);
    step p = {.s = s, .one = rope_store, .layer = l, .index = index};
    over_tokens(p);
    spent(s, TM_ROPE_CACHE, clock);
    tk_pool_run(s->pool, attention_part, &p);
    trace(s, "attention", i, s->attended, wide, false);
    spent(s, TM_ATTENTION, clock);
    over_tokens((step){.s = s, .one = attended_quant, .norm = l->attn_sub_norm});
    trace(s, "attn_sub_norm_q8", i, s->q, wide, true);
    spent(s, TM_NORM_QUANT, clock);
    if (!tm_products(s, (const tm_matrix *[]){&l->o}, 1, s->wide, l->attn_sub_norm ? s->h : s->attended, s->n,
                     &l->gate))
        return false;
    trace(s, "attn_output", i, s->wide[0], c->dim, false);
    spent(s, TM_OUT, clock);
    over_tokens((step){.s = s, .one = add_norm_quant, .norm = l->ffn_norm, .y = s->wide[0]});
    trace(s, "ffn_norm", i, s->h, c->dim, false);
    trace(s, "ffn_norm_q8", i, s->q, c->dim, true);
    spent(s, TM_NORM_QUANT, clock);
    if (!tm_products(s, (const tm_matrix *[]){&l->gate, &l->up}, 2, s->wide, s->h, s->n, &l->down))
        return false;
    trace(s, "ffn_gate", i, s->wide[0], c->ffn, false);
    trace(s, "ffn_up", i, s->wide[1], c->ffn, false);
    spent(s, TM_GATE_UP, clock);
    over_tokens((step){.s = s, .one = act_quant, .norm = l->ffn_sub_norm});
    trace(s, "ffn_act", i, s->h, c->ffn, false);
    trace(s, "ffn_sub_norm_q8", i, s->q, c->ffn, true);
    spent(s, TM_NORM_QUANT, clock);
    if (!tm_products(s, (const tm_matrix *[]){&l->down}, 1, s->wide, l->ffn_sub_norm ? s->wide[0] : s->h, s->n,
                     index + 1 < c->layers ? &l[1].q : NULL))
        return false;
    trace(s, "ffn_down", i, s->wide[0], c->dim, false);
    spent(s, TM_DOWN, clock);
    return true;
}

static void run_head(tm_session *s, float *logits) {
    const size_t dim = s->c.dim;
    size_t wanted = 0, best = 0;
    bool all = false;
    for (size_t t = 0; t < s->n; t++)
        if (s->items[t].logits) {
            norm(s, s->last + dim * wanted++, s->x + t * dim, s->model->output_norm, dim);
            all |= !s->items[t].best;
            best = s->items[t].best > best ? s->items[t].best : best;
        }
    if (!wanted)
        return;
    tm_head(s, logits, wanted, all ? 0 : best);
    if (s->trace && wanted == s->n) {
        trace(s, "output_norm", -1, s->last, dim, false);
        trace(s, "logits", -1, logits, s->c.vocab, false);
    }
}

static void last_sum(const step *p, size_t t) {
    const size_t k = p->s->c.dim;
    for (size_t i = 0; i < k; i++)
        p->s->x[t * k + i] += p->y[t * k + i];
}

bool tm_forward(tm_session *s, float *logits) {
    double clock = now();
    over_tokens((step){.s = s, .one = embed});
    trace(s, "embedding", -1, s->x, s->c.dim, false);
    for (size_t i = 0; i < s->c.layers; i++) {
        over_tokens((step){
            .s = s, .one = add_norm_quant, .norm = s->model->layers[i].attn_norm, .y = i ? s->wide[0] : NULL});
        spent(s, TM_NORM_QUANT, &clock);
        if (!run_layer(s, i, &clock))
            return false;
    }
    over_tokens((step){.s = s, .one = last_sum, .y = s->wide[0]});
    spent(s, TM_NORM_QUANT, &clock);
    run_head(s, logits);
    spent(s, TM_HEAD, &clock);
    return true;
}
