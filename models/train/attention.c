/* attention.c: softmax(q k^T / sqrt(dim)) v within each document, forward and back. A unit is one document and
 * one KV head with the query heads that share it: it alone writes their part of dk and dv. Queries are taken 64
 * at a time, against the keys up to the last of them, so that about half of what causality forbids is never
 * computed. Probabilities are computed anew on the way back: cheaper than keeping them. */
#include "models/train/inside.h"

#include <math.h>

typedef struct piece {
    size_t first, length, head, kv; /* tokens of the document; query head, KV head */
} piece;

static piece piece_of(const tm_net *n, size_t unit) {
    const size_t kv = n->shape.kv_heads, document = unit / kv;
    const size_t first = n->batch.start[document];
    return (piece){first, n->batch.start[document + 1] - first, 0, unit % kv};
}

static float score_scale(const tm_net *n) {
    return 1 / sqrtf((float)n->shape.head_dim);
}

/* Row `token` of q-like (heads) or k-like (KV heads) arrays, from the piece's head on. */
static float *of_q(const tm_net *n, float *q, const piece *p, size_t token) {
    return q + (p->first + token) * n->wide + p->head * n->shape.head_dim;
}
static float *of_k(const tm_net *n, float *k, const piece *p, size_t token) {
    return k + (p->first + token) * n->narrow + p->kv * n->shape.head_dim;
}

/* p[queries][end] of queries begin..end-1: probabilities, 0 for keys that come later. */
static void probabilities(const tm_net *n, const tm_layer_state *l, const piece *p, size_t begin, size_t end,
                          float *out) {
    const size_t dim = n->shape.head_dim;
    tm_gemm(end - begin, end, dim, score_scale(n), (tm_operand){of_q(n, l->q, p, begin), n->wide, false},
            (tm_operand){of_k(n, l->k, p, 0), n->narrow, true}, 0, out, end);
    for (size_t i = begin; i < end; i++) {
        float *row = out + (i - begin) * end;
        n->softmax->run(&(tk_args){.shape = {1, i + 1, 1, 0}, .end = 1, .x = row, .y = row});
        memset(row + i + 1, 0, (end - i - 1) * sizeof *row);
    }
}

static void forward_unit(tm_net *n, size_t unit, tm_work *w) {
    const tm_layer_state *l = &n->layer[n->now];
    const size_t dim = n->shape.head_dim, group = n->shape.heads / n->shape.kv_heads;
    piece p = piece_of(n, unit);
    for (p.head = p.kv * group; p.head < (p.kv + 1) * group; p.head++)
        for (size_t begin = 0, end; begin < p.length; begin = end) {
            end = begin + TM_QUERIES < p.length ? begin + TM_QUERIES : p.length;
            probabilities(n, l, &p, begin, end, w->p);
            tm_gemm(end - begin, dim, end, 1, (tm_operand){w->p, end, false},
                    (tm_operand){of_k(n, l->v, &p, 0), n->narrow, false}, 0, of_q(n, l->attended, &p, begin),
                    n->wide);
        }
}

static void backward_block(tm_net *n, const piece *p, size_t begin, size_t end, tm_work *w) {
    const tm_layer_state *l = &n->layer[n->now];
    const size_t dim = n->shape.head_dim, queries = end - begin;
    const tm_operand dy = {of_q(n, n->dattended, p, begin), n->wide, false};
    const tm_operand turned = {w->dp, end, true};
    probabilities(n, l, p, begin, end, w->p);
    tm_gemm(queries, end, dim, 1, dy, (tm_operand){of_k(n, l->v, p, 0), n->narrow, true}, 0, w->dp, end);
    tm_gemm(end, dim, queries, 1, (tm_operand){w->p, end, true}, dy, 1, of_k(n, n->dv, p, 0), n->narrow);
    for (size_t i = 0; i < queries; i++)
        tm_softmax_back(w->dp + i * end, w->p + i * end, end, score_scale(n));
    tm_gemm(queries, dim, end, 1, (tm_operand){w->dp, end, false},
            (tm_operand){of_k(n, l->k, p, 0), n->narrow, false}, 0, of_q(n, n->dq, p, begin), n->wide);
    tm_gemm(end, dim, queries, 1, turned, (tm_operand){of_q(n, l->q, p, begin), n->wide, false}, 1,
            of_k(n, n->dk, p, 0), n->narrow);
}

static void backward_unit(tm_net *n, size_t unit, tm_work *w) {
    const size_t dim = n->shape.head_dim, group = n->shape.heads / n->shape.kv_heads;
    piece p = piece_of(n, unit);
    for (size_t i = 0; i < p.length; i++) {
        memset(of_k(n, n->dk, &p, i), 0, dim * sizeof(float));
        memset(of_k(n, n->dv, &p, i), 0, dim * sizeof(float));
    }
    for (p.head = p.kv * group; p.head < (p.kv + 1) * group; p.head++)
        for (size_t begin = 0, end; begin < p.length; begin = end) {
            end = begin + TM_QUERIES < p.length ? begin + TM_QUERIES : p.length;
            backward_block(n, &p, begin, end, w);
        }
}

void tm_attention_forward(tm_net *n, size_t layer) {
    n->now = layer;
    tm_units(n, n->batch.documents * n->shape.kv_heads, forward_unit);
}

void tm_attention_backward(tm_net *n, size_t layer) {
    n->now = layer;
    tm_units(n, n->batch.documents * n->shape.kv_heads, backward_unit);
}
