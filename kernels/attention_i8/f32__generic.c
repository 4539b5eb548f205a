/* Attention over an int8 cache in plain C: attention_i8.h has the contract. Bound: a product and a sum for each
 * of q . k and p . v, scalar. */
#include "attention/softmax_generic.h"
#include "attention_i8/attention_i8.h"

typedef struct query {
    int16_t i[ATTENTION_HEADS][ATTENTION_DIM];
    float step[ATTENTION_HEADS]; /* with 1 / sqrt(dim) in it */
} query;

/* x[0] .. x[n - 1] to 16 bits; returns the step. */
static float to_i16(int16_t *i, const float *x, size_t n) {
    const i16_scale scale = i16_scale_of(f32_top_bits(x, n));
    for (size_t d = 0; d < n; d++)
        i[d] = i16_round(x[d], scale.inverse);
    return scale.step;
}

static void scores(attention_state *s, const tk_args *a, const query *q, size_t at, size_t keys) {
    const size_t dim = a->shape.k;
    for (size_t j = 0; j < keys; j++) {
        const int8_t *k = (const int8_t *)a->w + (at + j) * dim;
        for (size_t h = 0; h < a->shape.m; h++) {
            int32_t sum = 0;
            for (size_t d = 0; d < dim; d++)
                sum += q->i[h][d] * k[d];
            s->p[h][j] = i8_score(sum, ((const float *)a->x3)[2 * (at + j)], q->step[h]);
        }
    }
}

static void values(attention_state *s, const tk_args *a, size_t h, size_t at, size_t keys) {
    const size_t dim = a->shape.k;
    float *out = s->out + h * dim;
    int16_t w[ATTENTION_KEYS];
    int32_t sum[ATTENTION_DIM] = {0};
    for (size_t j = 0; j < keys; j++)
        s->p[h][j] *= ((const float *)a->x3)[2 * (at + j) + 1];
    const float step = to_i16(w, s->p[h], keys);
    for (size_t j = 0; j < keys; j++) {
        const int8_t *v = (const int8_t *)a->x2 + (at + j) * dim;
        for (size_t d = 0; d < dim; d++)
            sum[d] += w[j] * v[d];
    }
    for (size_t d = 0; d < dim; d++)
        out[d] = out[d] * s->c[h] + (float)sum[d] * step;
}

static void run(const tk_args *a) {
    const size_t heads = a->shape.m, dim = a->shape.k;
    const float root = 1.0f / sqrtf((float)dim);
    for (size_t t = a->begin; t < a->end; t++) {
        attention_state s;
        query q;
        attention_start(&s, a, t);
        for (size_t h = 0; h < heads; h++)
            q.step[h] = to_i16(q.i[h], (const float *)a->x + (t * heads + h) * dim, dim) * root;
        for (size_t at = 0; at < attention_seen(a, t); at += ATTENTION_KEYS) {
            const size_t keys = attention_keys(a, t, at);
            scores(&s, a, &q, at, keys);
            attention_softmax(&s, heads, keys);
            for (size_t h = 0; h < heads; h++)
                values(&s, a, h, at, keys);
        }
        attention_end(&s, a);
    }
}

TK_KERNEL(attention_i8_f32__generic, .step = 1, .reject = attention_reject, .run = run, .note = "plain C");
