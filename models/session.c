/* session.c: what a session owns: threads, buffers, caches, the float ops' variants. */
#include "models/lora.h"
#include "models/state.h"

#include <stdlib.h>

enum { USUAL_PASS = 128 };

/* The largest; 0: there is no adapter. */
static size_t adapter_rank(const tm_model *m) {
    size_t most = 0;
    const tm_matrix *x;
    for (size_t i = 0; i < m->config.layers; i++)
        for (size_t j = 0; (x = tm_layer_matrix(&m->layers[i], j)); j++)
            most = x->lora && x->lora->rank > most ? x->lora->rank : most;
    return most;
}

static void cut_pages(tm_session *s) {
    const tm_config *c = &s->c;
    const size_t n = s->pass, rank = adapter_rank(s->model), wide = (size_t)c->heads * c->head_dim,
                 group = c->heads / c->kv_heads;
    const size_t widest = c->ffn > c->dim ? (c->ffn > wide ? c->ffn : wide) : (c->dim > wide ? c->dim : wide);
    const struct {
        void *to; /* a pointer's place */
        size_t bytes;
    } parts[] = {{&s->x, 4 * n * c->dim},
                 {&s->h, 4 * n * widest},
                 {&s->attended, 4 * n * wide},
                 {&s->wide[0], 4 * n * widest},
                 {&s->wide[1], 4 * n * widest},
                 {&s->wide[2], 4 * n * widest},
                 {&s->angles, 4 * n * c->head_dim},
                 {&s->turned, 4 * n * wide},
                 {&s->q, n * widest},
                 {&s->q_scale, 4 * n},
                 {&s->q_sum, 4 * n},
                 {&s->spread, 4 * tk_pool_threads(s->pool) * TM_TOKENS_AT_ONCE * group * c->head_dim},
                 {&s->last, 4 * n * c->dim},
                 {&s->position, 4 * n},
                 {&s->low[0], 4 * n * rank},
                 {&s->low[1], 4 * n * rank},
                 {&s->low[2], 4 * n * rank}};
    char *p = s->pages;
    size_t at = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (p)
            memcpy(parts[i].to, &(char *){p + at}, sizeof(char *));
        at += (parts[i].bytes + 127) / 64 * 64; /* and a gap, so that no two start on one set of the L1 */
    }
    s->pages_bytes = at;
}

static const tk_kernel *pick(const char *op, tk_shape shape) {
    return tk_dispatch(op, NULL, shape, NULL);
}

static const char *head_op(const tm_session *s) {
    return s->head_type == TM_HEAD_A16 ? s->model->head_op_a16 : s->model->head_op;
}

static bool pick_ops(tm_session *s, tm_error *err) {
    const tm_config *c = &s->c;
    const char *cache = s->cache_type == TM_CACHE_I8 ? "attention_i8" : "attention_f16";
    const tk_shape head = {c->vocab, c->dim, 1, 0};
    const bool adapted = adapter_rank(s->model) > 0;
    if (!head_op(s))
        return tm_fail(err, "--head-activations: a head of Q6_K or Q8_0 was expected for a16, found %s",
                       tm_tensor_type_name(s->model->head->type, tm_gguf_is_bitnet(s->model->file)));
    s->ops = (tm_ops){
        .norm = pick("rms_norm", (tk_shape){1, c->dim, 1, 0}),
        .quant = pick("quant_a8", (tk_shape){1, c->dim, 1, 0}),
        .sums = pick("dequant_sums", (tk_shape){c->dim, 1, 1, 0}),
        .rope = pick(c->rope_pairs ? "rope_pairs" : "rope_half", (tk_shape){1, c->head_dim, 1, 0}),
        .attention = pick(cache, (tk_shape){c->heads / c->kv_heads, c->head_dim, 1, 1}),
        .act = pick(c->relu2 ? "relu2_mul" : "silu_mul", (tk_shape){1, c->ffn, 1, 0}),
        .head = pick(head_op(s), head),
        .lora = adapted ? pick("head_f32", (tk_shape){1, c->dim, 1, 0}) : NULL,
    };
    if (!s->ops.norm || !s->ops.quant || !s->ops.sums || !s->ops.rope || !s->ops.attention || !s->ops.act ||
        !s->ops.head || (adapted && !s->ops.lora))
        return tm_fail(err, "%s: float kernels for this model's shape were expected, found none",
                       s->model->file->path);
    const tm_layer *l = s->model->layers;
    const tm_matrix *all[] = {&l->q, &l->k, &l->v, &l->o, &l->gate, &l->up, &l->down};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t n = 1; n <= s->pass; n += s->pass > 1 ? s->pass - 1 : 1)
            if (!tm_product_kernel(s, all[i], n))
                return tm_fail(
                    err, "--kernel: a variant for %s at %zu token(s) was expected to match \"%s\", found none",
                    all[i]->layout->name, n, s->glob ? s->glob : "*");
    return true;
}

/* A page is taken when it is first written, so the system grants more caches than memory can hold, and would
 * end the program later. */
static bool fit_caches(tm_session *s, bool fewer, tm_error *err) {
    const double each = (double)s->context * (double)tm_session_cache_bytes(s),
                 there = (double)tm_memory_there();
    while (fewer && s->sequences > 1 && each * s->sequences > there)
        s->sequences--;
    return s->sequences == 1 || each * s->sequences <= there ||
           tm_fail(err, "--context: memory for %u caches of %u positions, %.0f MB, was expected, found %.0f MB",
                   s->sequences, s->context, each * s->sequences / 1e6, there / 1e6);
}

static void size_caches(tm_session *s) {
    const tm_config *c = &s->c;
    s->element = s->cache_type == TM_CACHE_I8 ? 1 : 2;
    s->cache_rows = (size_t)c->layers * c->kv_heads * s->context * c->head_dim * s->element;
}

static bool make_caches(tm_session *s) {
    const size_t rows = s->cache_rows / s->c.head_dim / s->element;
    s->caches = calloc(s->sequences, sizeof *s->caches);
    for (unsigned i = 0; s->caches && i < s->sequences; i++) {
        tm_cache *k = &s->caches[i];
        k->k = tm_pages(s->cache_rows, false);
        k->v = tm_pages(s->cache_rows, false);
        k->scales = s->element == 1 ? tm_pages(rows * 2 * sizeof *k->scales, false) : NULL;
        if (!k->k || !k->v || (s->element == 1 && !k->scales))
            return false;
    }
    return s->caches != NULL;
}

tm_session *tm_session_new(const tm_model *m, const tm_session_options *o, tm_error *err) {
    static const tm_session_options usual;
    o = o ? o : &usual;
    tm_session *s = calloc(1, sizeof *s);
    if (!s) {
        tm_fail(err, "session: no memory");
        return NULL;
    }
    s->model = m;
    s->c = m->config;
    s->context = o->context ? o->context : m->config.context;
    s->pass = o->pass ? o->pass : USUAL_PASS;
    s->sequences = o->sequences ? o->sequences : 1;
    s->cache_type = o->cache;
    s->head_type = o->head;
    s->glob = o->kernels;
    s->pool = tk_pool_new(o->threads ? o->threads : 1);
    bool good = s->pool ||
                tm_fail(err, "--threads: %u threads were expected, found that they cannot be had", o->threads);
    if (good) {
        cut_pages(s);
        s->pages = tm_pages(s->pages_bytes, true);
        cut_pages(s);
        size_caches(s);
        good = fit_caches(s, o->fewer, err) &&
               ((s->pages && make_caches(s)) ||
                tm_fail(err, "--context: memory for %u cache(s) of %u positions was expected, found none",
                        s->sequences, s->context));
    }
    if (good && pick_ops(s, err) && tm_head_open(s, o->screen, err))
        return s;
    tm_session_free(s);
    return NULL;
}

void tm_session_free(tm_session *s) {
    if (!s)
        return;
    tk_pool_free(s->pool);
    for (unsigned i = 0; s->caches && i < s->sequences; i++) {
        tm_pages_free(s->caches[i].k, s->cache_rows);
        tm_pages_free(s->caches[i].v, s->cache_rows);
        tm_pages_free(s->caches[i].scales, s->cache_rows / s->c.head_dim * 2 * sizeof(float));
    }
    for (size_t i = 0; i < TM_MOST_PRODUCTS; i++)
        tm_pages_free(s->scratch[i], s->scratch_bytes[i]);
    tm_head_close(s);
    tm_pages_free(s->pages, s->pages_bytes);
    free(s->caches);
    free(s);
}

static bool check_items(const tm_session *s, const tm_item *items, size_t n, tm_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (items[i].token >= s->c.vocab)
            return tm_fail(err, "token %zu: an id below %u was expected, found %u", i, s->c.vocab,
                           items[i].token);
        if (items[i].sequence >= s->sequences)
            return tm_fail(err, "token %zu: a sequence below %u was expected, found %u", i, s->sequences,
                           items[i].sequence);
    }
    for (unsigned q = 0; q < s->sequences; q++) {
        size_t more = 0;
        for (size_t i = 0; i < n; i++)
            more += items[i].sequence == q;
        if (more > s->context - s->caches[q].length)
            return tm_fail(err, "context: room for %zu more tokens was expected, found %u of %u positions free",
                           more, s->context - s->caches[q].length, s->context);
    }
    return true;
}

bool tm_session_eval(tm_session *s, const tm_item *items, size_t n, float *logits, tm_error *err) {
    if (!check_items(s, items, n, err))
        return false;
    for (size_t done = 0; done < n;) {
        s->n = n - done < s->pass ? n - done : s->pass;
        s->items = items + done;
        size_t wanted = 0;
        for (size_t t = 0; t < s->n; t++) {
            s->position[t] = s->caches[s->items[t].sequence].length++;
            wanted += s->items[t].logits;
        }
        if (!tm_forward(s, logits)) {
            for (size_t i = 0; i < done + s->n; i++) /* as they were */
                s->caches[items[i].sequence].length--;
            return tm_fail(err, "session: memory for a kernel's tables was expected, found none");
        }
        logits = logits ? logits + wanted * s->c.vocab : NULL;
        done += s->n;
    }
    return true;
}

uint32_t tm_session_length(const tm_session *s, unsigned sequence) {
    return s->caches[sequence].length;
}
void tm_session_cut(tm_session *s, unsigned sequence, uint32_t length) {
    if (length < s->caches[sequence].length)
        s->caches[sequence].length = length;
}
uint32_t tm_session_context(const tm_session *s) {
    return s->context;
}
uint32_t tm_session_pass(const tm_session *s) {
    return s->pass;
}
uint32_t tm_session_vocab(const tm_session *s) {
    return s->c.vocab;
}
unsigned tm_session_sequences(const tm_session *s) {
    return s->sequences;
}
unsigned tm_session_threads(const tm_session *s) {
    return tk_pool_threads(s->pool);
}
const char *tm_session_kernel(tm_session *s, bool many) {
    return tm_product_kernel(s, &s->model->layers[0].q, many ? s->pass : 1)->name;
}
const char *tm_session_head(const tm_session *s) {
    return s->head_name;
}
double tm_session_rescored(const tm_session *s) {
    return s->screen.tokens ? (double)s->screen.rescored / (double)s->screen.tokens : 0;
}
size_t tm_session_head_bytes(const tm_session *s) {
    return s->screen.copy ? s->screen.copy_bytes : tm_model_head_bytes(s->model);
}
size_t tm_session_cache_bytes(const tm_session *s) {
    return 2 * s->cache_rows / s->context + (s->element == 1 ? (size_t)s->c.layers * s->c.kv_heads * 8 : 0);
}
void tm_session_times(const tm_session *s, double seconds[TM_PARTS]) {
    memcpy(seconds, s->seconds, sizeof s->seconds);
}
void tm_session_times_reset(tm_session *s) {
    memset(s->seconds, 0, sizeof s->seconds);
}
void tm_session_trace(tm_session *s, tm_trace *trace, void *ctx) {
    s->trace = trace;
    s->trace_ctx = ctx;
}
