/* layer.c: one layer, forward and back. Everything between two attentions belongs to one token, so a unit takes
 * a chunk of tokens through all of it while it lies in the caches:
 *
 *   before   h = Q8(norm(x))         q, k, v = W h, q and k turned
 *   (attention.c)
 *   after    x1 = x + W Q8(norm(a))  f = max(g, 0)^2 u with g, u = W Q8(norm(x1))     x' = x1 + W Q8(norm(f))
 *
 * Back, the same two in the other order, each leaving the gradients of its products' results; then one round of
 * units over rows of all seven weights: dW = dY^T X, a sum over all tokens; or, where the weights are frozen,
 * over their seven adapters. */
#include "models/train/inside.h"

/* ---- what both ways share -------------------------------------------------------------------------------- */
void tm_norm_rows(const tm_net *n, float *y, const float *x, size_t param, size_t c, size_t k) {
    n->norm->run(&(tk_args){
        .shape = {1, k, c, 0}, .end = c, .w = n->w + n->param[param].at, .x = x, .x2 = &n->eps, .y = y});
}

void tm_norm_rows_back(const tm_net *n, float *dx, float *part, size_t chunk, const float *x, size_t param,
                       const float *dy, size_t c, size_t k) {
    for (size_t t = 0; t < c; t++)
        tm_norm_back(dx + t * k, part + chunk * k, x + t * k, n->w + n->param[param].at, dy + t * k, k, n->eps);
}

void tm_norm_collect(tm_net *n, float *part, size_t param) {
    const tm_param *p = &n->param[param];
    for (size_t i = 0; i < tm_chunks(n) && !n->learned; i++)
        tm_add(n->grad + p->at, part + i * p->k, p->k);
    memset(part, 0, tm_chunks(n) * p->k * sizeof *part);
}

/* h [c][k] as products read it: int8 values go to the site; on a ramp h itself moves part of the way to them.
 */
static void quantise(const tm_net *n, const tm_site *s, size_t first, size_t c, float *h, tm_work *w) {
    const size_t k = s->k;
    int8_t *q = s->q + first * k;
    float *a = s->inverse + first;
    if (n->part > 0)
        n->quant->run(&(tk_args){.shape = {1, k, c, 0}, .end = c, .x = h, .y = q, .scale = a, .sum = w->sum});
    for (size_t t = 0; t < c && n->part > 0 && n->part < 1; t++)
        tm_blend_i8(h + t * k, q + t * k, 1 / a[t], n->part, k);
}

/* y[c][m] = W Q8 of a chunk that was quantised last: int32 sums in y's place, then divided by the activations'
 * scale, times the weights', as in inference. */
static void integer_product(const tm_net *n, float *y, size_t param, const tm_site *s, size_t first, size_t c,
                            tm_work *w) {
    const tm_param *p = &n->param[param];
    const tk_kernel *k = n->packed[param].kernel;
    const tk_args a = {.shape = {p->m, p->k, c, 0},
                       .end = p->m,
                       .w = n->packed[param].w,
                       .x = s->q + first * p->k,
                       .y = y,
                       .sum = w->sum,
                       .scratch = w->scratch};
    if (k->prepare)
        k->prepare(&a);
    k->run(&a);
    for (size_t t = 0; t < c; t++)
        tm_from_sums(y + t * p->m, s->inverse[first + t], n->scale[param], p->m);
}

/* y[c][m] = W x, x being h after `quantise`. */
static void product(const tm_net *n, float *y, size_t param, const tm_site *s, size_t first, size_t c,
                    const float *h, tm_work *w) {
    const tm_param *p = &n->param[param];
    if (n->part >= 1)
        integer_product(n, y, param, s, first, c, w);
    else
        tm_gemm(c, p->m, p->k, 1, (tm_operand){h, p->k, false}, (tm_operand){n->used + p->at, p->k, true}, 0, y,
                p->m);
    tm_lora_forward(n, y, param, h, c, w);
}

/* dh[c][k] = beta dh + dy W: through the quantiser of the activations as if it were not there. */
static void product_back(const tm_net *n, float *dh, float beta, size_t param, const float *dy, size_t first,
                         size_t c) {
    const tm_param *p = &n->param[param];
    tm_gemm(c, p->k, p->m, n->scale[param], (tm_operand){dy, p->m, false},
            (tm_operand){n->used + p->at, p->k, false}, beta, dh, p->k);
    tm_lora_back(n, dh, param, dy, first, c);
}

/* What products read, once more, as the gradient of a weight takes it (that of an adapter: unquantised); x is
 * what goes into the norm before. */
static void values(const tm_net *n, const tm_site *s, size_t first, size_t c, const float *x, size_t norm) {
    const size_t k = s->k;
    float *v = s->values + first * k;
    if (n->part < 1 || n->learned)
        tm_norm_rows(n, v, x, norm, c, k);
    for (size_t t = 0; t < c && n->part > 0 && !n->learned; t++) {
        const float a = 1 / s->inverse[first + t];
        if (n->part < 1)
            tm_blend_i8(v + t * k, s->q + (first + t) * k, a, n->part, k);
        else
            tm_from_i8(v + t * k, s->q + (first + t) * k, a, k);
    }
}

/* Turns heads of tokens by their positions' angles. */
static void turn(const tm_net *n, float *y, const float *x, const float *angles, const uint32_t *position,
                 size_t heads, size_t c) {
    const size_t dim = n->shape.head_dim;
    for (size_t t = 0; t < c; t++)
        n->rope->run(&(tk_args){.shape = {heads, dim, 1, 0},
                                .end = heads,
                                .x = x + t * heads * dim,
                                .x2 = angles + position[t] * dim,
                                .y = y + t * heads * dim});
}

/* ---- forward --------------------------------------------------------------------------------------------- */
static void before_attention(tm_net *n, size_t unit, tm_work *w) {
    tm_layer_state *l = &n->layer[n->now];
    const tm_preset *s = &n->shape;
    size_t first;
    const size_t c = tm_chunk(n, unit, &first);
    float *h = w->block[0], *y = w->block[1];
    tm_norm_rows(n, h, l->x + first * s->dim, tm_at(n->now, TM_ATTN_NORM), c, s->dim);
    quantise(n, &l->in, first, c, h, w);
    product(n, y, tm_at(n->now, TM_ATTN_Q), &l->in, first, c, h, w);
    turn(n, l->q + first * n->wide, y, n->angles, n->position + first, s->heads, c);
    product(n, y, tm_at(n->now, TM_ATTN_K), &l->in, first, c, h, w);
    turn(n, l->k + first * n->narrow, y, n->angles, n->position + first, s->kv_heads, c);
    product(n, l->v + first * n->narrow, tm_at(n->now, TM_ATTN_V), &l->in, first, c, h, w);
}

static void activate(const tm_net *n, float *f, const float *gate, const float *up, size_t count) {
    n->act->run(&(tk_args){.shape = {1, count, 1, 0}, .end = count, .x = gate, .x2 = up, .y = f});
}

static void after_attention(tm_net *n, size_t unit, tm_work *w) {
    tm_layer_state *l = &n->layer[n->now];
    const size_t dim = n->shape.dim, ffn = n->shape.ffn;
    size_t first;
    const size_t c = tm_chunk(n, unit, &first);
    float *h = w->block[0], *y = w->block[1];
    float *x1 = l->x1 + first * dim, *x2 = l[1].x + first * dim;
    float *gate = l->gate + first * ffn, *up = l->up + first * ffn;
    tm_norm_rows(n, h, l->attended + first * n->wide, tm_at(n->now, TM_ATTN_SUB_NORM), c, n->wide);
    quantise(n, &l->out, first, c, h, w);
    product(n, x1, tm_at(n->now, TM_ATTN_OUTPUT), &l->out, first, c, h, w);
    tm_add(x1, l->x + first * dim, c * dim);
    tm_norm_rows(n, h, x1, tm_at(n->now, TM_FFN_NORM), c, dim);
    quantise(n, &l->ffn, first, c, h, w);
    product(n, gate, tm_at(n->now, TM_FFN_GATE), &l->ffn, first, c, h, w);
    product(n, up, tm_at(n->now, TM_FFN_UP), &l->ffn, first, c, h, w);
    activate(n, h, gate, up, c * ffn);
    tm_norm_rows(n, y, h, tm_at(n->now, TM_FFN_SUB_NORM), c, ffn);
    quantise(n, &l->down, first, c, y, w);
    product(n, x2, tm_at(n->now, TM_FFN_DOWN), &l->down, first, c, y, w);
    tm_add(x2, x1, c * dim);
}

void tm_layer_forward(tm_net *n, size_t layer) {
    n->now = layer;
    tm_units(n, tm_chunks(n), before_attention);
    tm_attention_forward(n, layer);
    tm_units(n, tm_chunks(n), after_attention);
}

/* ---- back ------------------------------------------------------------------------------------------------ */
enum { ATTN_PART, ATTN_SUB_PART, FFN_PART, FFN_SUB_PART }; /* of norm_part */

/* dx (of the layer's result) -> gate and up become their gradients, dx1, dattended. */
static void after_back(tm_net *n, size_t unit, tm_work *w) {
    tm_layer_state *l = &n->layer[n->now];
    const size_t dim = n->shape.dim, ffn = n->shape.ffn;
    size_t first;
    const size_t c = tm_chunk(n, unit, &first);
    const float *dx = n->dx + first * dim;
    float *gate = l->gate + first * ffn, *up = l->up + first * ffn, *dx1 = n->dx1 + first * dim;
    float *dh = w->block[0], *f = w->block[1], *df = w->block[2];
    product_back(n, dh, 0, tm_at(n->now, TM_FFN_DOWN), dx, first, c);
    activate(n, f, gate, up, c * ffn);
    memset(df, 0, c * ffn * sizeof *df);
    tm_norm_rows_back(n, df, n->norm_part[FFN_SUB_PART], unit, f, tm_at(n->now, TM_FFN_SUB_NORM), dh, c, ffn);
    tm_relu2_back(gate, up, df, c * ffn);
    product_back(n, dh, 0, tm_at(n->now, TM_FFN_GATE), gate, first, c);
    product_back(n, dh, 1, tm_at(n->now, TM_FFN_UP), up, first, c);
    memcpy(dx1, dx, c * dim * sizeof *dx1);
    tm_norm_rows_back(n, dx1, n->norm_part[FFN_PART], unit, l->x1 + first * dim, tm_at(n->now, TM_FFN_NORM), dh,
                      c, dim);
    product_back(n, dh, 0, tm_at(n->now, TM_ATTN_OUTPUT), dx1, first, c);
    memset(n->dattended + first * n->wide, 0, c * n->wide * sizeof(float));
    tm_norm_rows_back(n, n->dattended + first * n->wide, n->norm_part[ATTN_SUB_PART], unit,
                      l->attended + first * n->wide, tm_at(n->now, TM_ATTN_SUB_NORM), dh, c, n->wide);
    values(n, &l->down, first, c, f, tm_at(n->now, TM_FFN_SUB_NORM));
    values(n, &l->ffn, first, c, l->x1 + first * dim, tm_at(n->now, TM_FFN_NORM));
    values(n, &l->out, first, c, l->attended + first * n->wide, tm_at(n->now, TM_ATTN_SUB_NORM));
}

/* dq, dk, dv (turned) -> as products gave them; dx0 = dx1 + the way through the norm. */
static void before_back(tm_net *n, size_t unit, tm_work *w) {
    tm_layer_state *l = &n->layer[n->now];
    const tm_preset *s = &n->shape;
    size_t first;
    const size_t c = tm_chunk(n, unit, &first), dim = s->dim;
    float *dq = n->dq + first * n->wide, *dk = n->dk + first * n->narrow, *dh = w->block[0], *y = w->block[1];
    float *dx0 = n->dx0 + first * dim;
    memcpy(y, dq, c * n->wide * sizeof *y);
    turn(n, dq, y, n->back, n->position + first, s->heads, c);
    memcpy(y, dk, c * n->narrow * sizeof *y);
    turn(n, dk, y, n->back, n->position + first, s->kv_heads, c);
    product_back(n, dh, 0, tm_at(n->now, TM_ATTN_Q), dq, first, c);
    product_back(n, dh, 1, tm_at(n->now, TM_ATTN_K), dk, first, c);
    product_back(n, dh, 1, tm_at(n->now, TM_ATTN_V), n->dv + first * n->narrow, first, c);
    memcpy(dx0, n->dx1 + first * dim, c * dim * sizeof *dx0);
    tm_norm_rows_back(n, dx0, n->norm_part[ATTN_PART], unit, l->x + first * dim, tm_at(n->now, TM_ATTN_NORM),
                      dh, c, dim);
    values(n, &l->in, first, c, l->x + first * dim, tm_at(n->now, TM_ATTN_NORM));
}

static size_t weight_units_of(const tm_net *n, const tm_param *p) {
    return n->learned ? 1 : (p->m + TM_CHUNK - 1) / TM_CHUNK;
}

/* Rows of one weight's gradient, or those of its adapter. The longest sums come first, so that threads end
 * together.
 */
static void weight_unit(tm_net *n, size_t unit, tm_work *w) {
    const tm_layer_state *l = &n->layer[n->now];
    const struct {
        size_t tensor;
        const float *dy;
        const tm_site *site;
    } all[] = {{TM_FFN_DOWN, n->dx, &l->down},    {TM_FFN_GATE, l->gate, &l->ffn}, {TM_FFN_UP, l->up, &l->ffn},
               {TM_ATTN_OUTPUT, n->dx1, &l->out}, {TM_ATTN_Q, n->dq, &l->in},      {TM_ATTN_K, n->dk, &l->in},
               {TM_ATTN_V, n->dv, &l->in}};
    (void)w;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const tm_param *p = &n->param[tm_at(n->now, all[i].tensor)];
        const size_t units = weight_units_of(n, p), row = unit * TM_CHUNK;
        if (unit < units && n->learned) {
            tm_lora_gradient(n, tm_at(n->now, all[i].tensor), all[i].dy, all[i].site->values);
            return;
        }
        if (unit < units) {
            const size_t rows = p->m - row < TM_CHUNK ? p->m - row : TM_CHUNK;
            tm_gemm(rows, p->k, n->batch.n, 1, (tm_operand){all[i].dy + row, p->m, true},
                    (tm_operand){all[i].site->values, p->k, false}, 1, n->grad + p->at + row * p->k, p->k);
            return;
        }
        unit -= units;
    }
}

static size_t weight_units(const tm_net *n) {
    size_t units = 0;
    for (size_t i = 0; i < TM_LAYER_TENSORS; i++) {
        const tm_param *p = &n->param[tm_at(0, i)];
        units += p->kind == TM_PLAN_TERNARY ? weight_units_of(n, p) : 0;
    }
    return units;
}

void tm_layer_backward(tm_net *n, size_t layer) {
    n->now = layer;
    tm_units(n, tm_chunks(n), after_back);
    tm_attention_backward(n, layer);
    tm_units(n, tm_chunks(n), before_back);
    tm_units(n, weight_units(n), weight_unit);
    tm_norm_collect(n, n->norm_part[FFN_SUB_PART], tm_at(layer, TM_FFN_SUB_NORM));
    tm_norm_collect(n, n->norm_part[FFN_PART], tm_at(layer, TM_FFN_NORM));
    tm_norm_collect(n, n->norm_part[ATTN_SUB_PART], tm_at(layer, TM_ATTN_SUB_NORM));
    tm_norm_collect(n, n->norm_part[ATTN_PART], tm_at(layer, TM_ATTN_NORM));
    float *dx = n->dx;
    n->dx = n->dx0;
    n->dx0 = dx;
}
