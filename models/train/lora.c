/* lora.c: adapters of a frozen network in training (models/lora.h has the formula; Hu et al. 2021): u = A h,
 * y += f B u with f = alpha / rank. Back: dB = f dY^T u, du = f dY B, dA = du^T h, dh += du A. h are the float
 * activations, so A's and B's gradients are those of the formula: nothing here is rounded to int8. */
#include "models/train/inside.h"

#include "models/lora.h"
#include "models/random.h"
#include <math.h>

static bool has(const tm_net *n, size_t tensor) {
    return n->lora.targets >> tensor & 1;
}

/* Adapters of the layers before, and of the tensors before it in a layer. */
static size_t adapters_before(const tm_net *n, size_t layer, size_t tensor) {
    size_t each = 0, here = 0;
    for (size_t i = 0; i < TM_LAYER_TENSORS; i++) {
        each += has(n, i);
        here += i < tensor && has(n, i);
    }
    return layer * each + here;
}

void tm_lora_params(tm_net *n) {
    char name[sizeof n->param->name + 8];
    n->learned = n->params;
    for (size_t i = 0; i < n->shape.layers; i++)
        for (size_t j = 0; j < TM_LAYER_TENSORS; j++) {
            const tm_param *p = &n->param[tm_at(i, j)];
            if (!has(n, j))
                continue;
            snprintf(name, sizeof name, "%s.%s", p->name, TM_LORA_A);
            tm_add_param(n, name, TM_PLAN_FLOATS, n->lora.rank, p->k);
            snprintf(name, sizeof name, "%s.%s", p->name, TM_LORA_B);
            tm_add_param(n, name, TM_PLAN_FLOATS, p->m, n->lora.rank);
        }
}

void tm_lora_init(tm_net *n, uint64_t seed) {
    for (size_t i = n->learned; i < n->all; i++) {
        const tm_param *p = &n->param[i];
        const bool is_b = (i - n->learned) % 2;
        const float deviation = 1.0f / sqrtf(3 * (float)p->k);
        for (size_t j = 0; j < p->m * p->k; j++)
            n->w[p->at + j] = is_b ? 0 : deviation * tm_random_normal(&seed);
    }
}

/* The adapter of a projection: A, and B behind it. NULL: it has none. */
static const tm_param *adapter(const tm_net *n, size_t param) {
    const size_t layer = (param - 1) / TM_LAYER_TENSORS, tensor = (param - 1) % TM_LAYER_TENSORS;
    return n->lora.rank && has(n, tensor) ? &n->param[n->params + 2 * adapters_before(n, layer, tensor)] : NULL;
}

static float factor(const tm_net *n) {
    return n->lora.alpha / (float)n->lora.rank;
}

static void low(const tm_net *n, float *u, const tm_param *a, const float *h, size_t c) {
    tm_gemm(c, a->m, a->k, 1, (tm_operand){h, a->k, false}, (tm_operand){n->w + a->at, a->k, true}, 0, u, a->m);
}

void tm_lora_forward(const tm_net *n, float *y, size_t param, const float *h, size_t c, tm_work *w) {
    const tm_param *a = adapter(n, param);
    float *u = w->block[3]; /* a rank is no more than a matrix is wide */
    if (!a)
        return;
    const tm_param *b = a + 1;
    low(n, u, a, h, c);
    tm_gemm(c, b->m, b->k, factor(n), (tm_operand){u, b->k, false}, (tm_operand){n->w + b->at, b->k, true}, 1,
            y, b->m);
}

void tm_lora_back(const tm_net *n, float *dh, size_t param, const float *dy, size_t first, size_t c) {
    const tm_param *a = adapter(n, param);
    if (!a)
        return;
    const tm_param *b = a + 1;
    float *du = n->dlow[(param - 1) % TM_LAYER_TENSORS] + first * b->k;
    tm_gemm(c, b->k, b->m, factor(n), (tm_operand){dy, b->m, false}, (tm_operand){n->w + b->at, b->k, false}, 0,
            du, b->k);
    tm_gemm(c, a->k, a->m, 1, (tm_operand){du, a->m, false}, (tm_operand){n->w + a->at, a->k, false}, 1, dh,
            a->k);
}

void tm_lora_gradient(tm_net *n, size_t param, const float *dy, const float *h) {
    const tm_param *a = adapter(n, param);
    const size_t tensor = (param - 1) % TM_LAYER_TENSORS, tokens = n->batch.n;
    if (!a)
        return;
    const tm_param *b = a + 1;
    float *u = n->low[tensor], *du = n->dlow[tensor];
    low(n, u, a, h, tokens);
    tm_gemm(a->m, a->k, tokens, 1, (tm_operand){du, a->m, true}, (tm_operand){h, a->k, false}, 1,
            n->grad + a->at, a->k);
    tm_gemm(b->m, b->k, tokens, factor(n), (tm_operand){dy, b->m, true}, (tm_operand){u, b->k, false}, 1,
            n->grad + b->at, b->k);
}
