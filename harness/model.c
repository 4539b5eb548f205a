/* model.c: see model.h. */
#include "harness/model.h"
#include "models/builtin.h"

#include <sched.h>
#include <string.h>

static unsigned usable_cores(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    const int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return n < 1 ? 1 : n > TL_MAX_THREADS ? TL_MAX_THREADS : (unsigned)n;
}

static bool is(const char *text, const char *word) {
    return text && !strcmp(text, word);
}

tm_session_options tl_session_options(const tl_model_choice *c, unsigned sequences) {
    return (tm_session_options){.threads = (unsigned)c->threads,
                                .sequences = sequences,
                                .fewer = c->fewer,
                                .context = (uint32_t)c->context,
                                .pass = (uint32_t)c->pass,
                                .cache = is(c->cache, "i8") ? TM_CACHE_I8 : TM_CACHE_F16,
                                .head = is(c->head, "a16") ? TM_HEAD_A16 : TM_HEAD_F32,
                                .screen = c->screen,
                                .kernels = c->sel.kernel};
}

int tl_reading_of(tm_reading *r, const char *i2s_order, const char *tl) {
    *r = (tm_reading){0};
    if (!tm_i2s_order_of(i2s_order, &r->i2s_order))
        return tl_bad("--i2s-order", "128, 64 or 4-row was expected, found \"%s\"", i2s_order);
    if (!tm_tl_of(tl, &r->tl))
        return tl_bad("--tl", "BM,BY,bm or \"preset\" was expected, found \"%s\"", tl);
    return TL_GOOD;
}

int tl_model_check(tl_model_choice *c) {
    if (c->cache && !is(c->cache, "f16") && !is(c->cache, "i8"))
        return tl_bad("--cache", "f16 or i8 was expected, found \"%s\"", c->cache);
    if (c->head && !is(c->head, "f32") && !is(c->head, "a16"))
        return tl_bad("--head-activations", "f32 or a16 was expected, found \"%s\"", c->head);
    tm_reading reading;
    if (tl_reading_of(&reading, c->i2s_order, c->tl) != TL_GOOD)
        return TL_BAD;
    if (!c->threads)
        c->threads = usable_cores();
    const int status = tl_select(&c->sel);
    return status == TL_GO_ON ? tl_choice_use(&c->sel) : status;
}

/* An error of models/ says the place first: "ternlab: <place>: ...". */
int tl_refused(const tm_error *err) {
    fflush(stdout);
    fprintf(stderr, "ternlab: %s%s\n", *err->text == ':' ? "\"\"" : "", err->text); /* a name without letters */
    return TL_BAD;
}

const char *tl_model_name(const tl_model_choice *c) {
    return c->model ? c->model : "built-in model";
}

int tl_model_open(tl_model_choice *c, unsigned sequences, tm_model **model, tm_session **session) {
    tm_error err;
    tm_model_options how = {.repack = c->repack, .lora = c->lora};
    tl_reading_of(&how.reading, c->i2s_order, c->tl);
    how.reading.large_pages = c->large_pages;
    const double start = tl_seconds();
    *model = tm_model_from(c->model ? tm_gguf_open(c->model, false, &err) : tm_builtin_open(&err), &how, &err);
    if (!*model)
        return tl_refused(&err);
    const double took = tl_seconds() - start;
    const tm_session_options o = tl_session_options(c, sequences);
    if (session && !(*session = tm_session_new(*model, &o, &err))) {
        tm_model_free(*model);
        *model = NULL;
        return tl_refused(&err);
    }
    if (c->large_pages || c->repack)
        fprintf(stderr, "weights %s in %.2f s\n", c->repack ? "repacked" : "copied into 2 MiB pages", took);
    return TL_GO_ON;
}
