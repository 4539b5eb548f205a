/* head.c: the two ends of a network, which share one matrix: the embedding, and the head with its loss. */
#include "models/train/inside.h"

#include <math.h>

/* ---- embedding ------------------------------------------------------------------------------------------- */
void tm_embed(tm_net *n) {
    const size_t dim = n->shape.dim;
    for (size_t d = 0; d < n->batch.documents; d++)
        for (size_t t = n->batch.start[d]; t < n->batch.start[d + 1]; t++)
            n->position[t] = (uint32_t)(t - n->batch.start[d]);
    for (size_t t = 0; t < n->batch.n; t++)
        memcpy(n->layer[0].x + t * dim, n->w + n->batch.token[t] * dim, dim * sizeof(float));
}

void tm_embed_backward(tm_net *n) {
    const size_t dim = n->shape.dim;
    for (size_t t = 0; t < n->batch.n && !n->learned;
         t++) /* in this order: tokens that are equal share a row */
        tm_add(n->grad + n->batch.token[t] * dim, n->dx + t * dim, dim);
}

/* ---- head ------------------------------------------------------------------------------------------------ */
static void softmax(const tm_net *n, float *y, const float *x) {
    n->softmax->run(&(tk_args){.shape = {1, n->shape.vocab, 1, 0}, .end = 1, .x = x, .y = y});
}

/* heat^2 KL from the teacher's row (which becomes its probabilities); soft becomes the gradient by logits. */
static double distance(const tm_net *n, float *teacher, const float *logits, float *soft) {
    const size_t vocab = n->shape.vocab;
    double sum = 0;
    for (size_t i = 0; i < vocab; i++) {
        soft[i] = logits[i] / n->heat;
        teacher[i] /= n->heat;
    }
    softmax(n, soft, soft);
    softmax(n, teacher, teacher);
    for (size_t i = 0; i < vocab; i++) {
        if (teacher[i] > 0)
            sum += (double)teacher[i] * log((double)teacher[i] / (double)(soft[i] > 0 ? soft[i] : 0x1p-149f));
        soft[i] = n->heat * (soft[i] - teacher[i]);
    }
    return (double)n->heat * (double)n->heat * sum;
}

/* Logits become the gradient of the loss: probabilities, less 1 at the target. */
static double cross_entropy(const tm_net *n, float *logits, int32_t target) {
    softmax(n, logits, logits);
    const float p = logits[target];
    logits[target] -= 1;
    return -log(p > 0 || isnan(p) ? (double)p : 0x1p-149); /* no likelier than the least float */
}

static double loss_of(const tm_net *n, size_t token, tm_work *w) {
    const size_t vocab = n->shape.vocab;
    const int32_t target = n->batch.target[token];
    float *logits = n->logits + token * vocab;
    if (target < 0) {
        memset(logits, 0, vocab * sizeof *logits);
        return 0;
    }
    if (!n->teacher)
        return cross_entropy(n, logits, target);
    const double far = distance(n, n->teacher->logits + token * vocab, logits, w->soft);
    const double wrong = cross_entropy(n, logits, target);
    for (size_t i = 0; i < vocab; i++)
        logits[i] = (1 - n->share) * logits[i] + n->share * w->soft[i];
    return (1 - (double)n->share) * wrong + (double)n->share * far;
}

static void logits_unit(tm_net *n, size_t unit, tm_work *w) {
    const size_t dim = n->shape.dim, vocab = n->shape.vocab;
    size_t first;
    const size_t c = tm_chunk(n, unit, &first);
    float *h = n->hidden + first * dim;
    (void)w;
    tm_norm_rows(n, h, n->layer[n->shape.layers].x + first * dim, tm_output_norm(n), c, dim);
    tm_gemm(c, vocab, dim, 1, (tm_operand){h, dim, false}, (tm_operand){n->w, dim, true}, 0,
            n->logits + first * vocab, vocab);
}

void tm_head_logits(tm_net *n) {
    tm_units(n, tm_chunks(n), logits_unit);
}

static void loss_unit(tm_net *n, size_t unit, tm_work *w) {
    size_t first;
    const size_t c = tm_chunk(n, unit, &first);
    n->loss_part[unit] = 0;
    for (size_t t = first; t < first + c; t++)
        n->loss_part[unit] += loss_of(n, t, w);
}

double tm_head_loss(tm_net *n) {
    double sum = 0;
    tm_units(n, tm_chunks(n), loss_unit);
    for (size_t i = 0; i < tm_chunks(n); i++)
        sum += n->loss_part[i];
    return sum;
}

static void backward_unit(tm_net *n, size_t unit, tm_work *w) {
    const size_t dim = n->shape.dim, vocab = n->shape.vocab;
    size_t first;
    const size_t c = tm_chunk(n, unit, &first);
    float *dh = w->block[0], *dx = n->dx + first * dim;
    tm_gemm(c, dim, vocab, 1, (tm_operand){n->logits + first * vocab, vocab, false},
            (tm_operand){n->w, dim, false}, 0, dh, dim);
    memset(dx, 0, c * dim * sizeof *dx);
    tm_norm_rows_back(n, dx, n->norm_part[0], unit, n->layer[n->shape.layers].x + first * dim,
                      tm_output_norm(n), dh, c, dim);
}

/* Rows of the embedding's gradient. */
static void rows_unit(tm_net *n, size_t unit, tm_work *w) {
    const size_t dim = n->shape.dim, vocab = n->shape.vocab, row = unit * TM_CHUNK;
    const size_t rows = vocab - row < TM_CHUNK ? vocab - row : TM_CHUNK;
    (void)w;
    tm_gemm(rows, dim, n->batch.n, 1, (tm_operand){n->logits + row, vocab, true},
            (tm_operand){n->hidden, dim, false}, 1, n->grad + row * dim, dim);
}

void tm_head_backward(tm_net *n) {
    tm_units(n, tm_chunks(n), backward_unit);
    if (!n->learned)
        tm_units(n, (n->shape.vocab + TM_CHUNK - 1) / TM_CHUNK, rows_unit);
    tm_norm_collect(n, n->norm_part[0], tm_output_norm(n));
}
