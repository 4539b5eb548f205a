/* model_verify.c: `ternlab model verify`: every tensor of a file looked at. */
#include "dequant/dequant.h"
#include "harness/model.h"
#include "harness/model_cmd.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t checksum(const uint8_t *p, uint64_t n) { /* FNV-1a, 64 bits, over words where there are some */
    uint64_t h = 0xcbf29ce484222325u, word;
    uint64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&word, p + i, 8);
        h = (h ^ word) * 0x100000001b3u;
    }
    for (; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

/* NULL if all is well. The text lives until the next call. */
static const char *check_ternary(const tm_gguf *g, const tm_tensor *t, tm_reading reading, double *zeros) {
    static tm_error err;
    const size_t m = t->ne[1] * t->ne[2] * t->ne[3], k = t->ne[0];
    int8_t *w = malloc(m * k);
    float *scales = malloc(m * sizeof *scales);
    const char *why = w && scales ? NULL : "no memory";
    if (!why && !tm_ternary_values(g, t, reading, w, scales, &err))
        why = strstr(err.text, "row ") ? strstr(err.text, "row ") : err.text;
    size_t nothing = 0;
    for (size_t i = 0; !why && i < m * k; i++)
        nothing += !w[i];
    *zeros = (double)nothing / (double)(m * k);
    free(w);
    free(scales);
    return why;
}

static const char *check_floats(const tm_tensor *t) {
    const tk_type *type = tk_type_find(t->type);
    const size_t k = t->ne[0], rows = t->ne[1] * t->ne[2] * t->ne[3];
    const size_t bytes = type ? tk_type_row_bytes(type, k) : 0;
    float *x = malloc(k * sizeof *x);
    const char *why = x ? bytes ? NULL : "a type that is not dequantised" : "no memory";
    for (size_t i = 0; i < rows && !why; i++) {
        tk_dequant_row(x, type, t->data + i * bytes, k, 1);
        for (size_t j = 0; j < k && !why; j++)
            why = isfinite(x[j]) ? NULL : "a value that is not finite";
    }
    free(x);
    return why;
}

static size_t check_tensors(const tm_gguf *g, tm_reading reading, tl_table *table, tl_progress *progress) {
    size_t bad = 0;
    char name[65];
    for (size_t i = 0; i < g->ntensors; i++) {
        const tm_tensor *t = &g->tensors[i];
        const bool ternary = tm_type_is_ternary(t->type, tm_gguf_is_bitnet(g));
        double zeros = 0;
        const char *why = !t->data ? t->why : ternary ? check_ternary(g, t, reading, &zeros) : check_floats(t);
        bad += why != NULL;
        tl_table_cell(table, "%s", tm_printable(name, sizeof name, t->name));
        tl_table_cell(table, "%s", tm_tensor_type_name(t->type, tm_gguf_is_bitnet(g)));
        tl_table_cell(table, "%016" PRIx64, t->data ? checksum(t->data, t->bytes) : 0);
        if (ternary && !why)
            tl_table_cell(table, "%.1f", 100 * zeros);
        else
            tl_table_cell(table, "-");
        tl_table_cell(table, "%s", why ? why : "good");
        tl_progress_step(progress, i + 1);
    }
    return bad;
}

/* Do the shapes fit the architecture? A whole load says so. */
static int check_architecture(FILE *f, const char *path, tm_reading reading) {
    tm_error err;
    const tm_model_options o = {.reading = reading};
    tm_model *m = tm_model_load(path, &o, &err);
    if (!m) {
        tl_refused(&err);
        return TL_FAILED;
    }
    fprintf(f, "%s: %s, %u layers of %u/%u, %u heads (%u KV) of %u, vocabulary %u, context %u\n", path,
            m->config.arch, m->config.layers, m->config.dim, m->config.ffn, m->config.heads, m->config.kv_heads,
            m->config.head_dim, m->config.vocab, m->config.context);
    tm_model_free(m);
    return TL_GOOD;
}

int tl_model_verify(int argc, char **argv) {
    const char *csv = NULL, *json = NULL, *order = NULL, *tl = NULL;
    bool tolerant = false, quiet = false;
    int words;
    const tl_option options[] = {{"tolerant", TL_OPT_FLAG, &tolerant, NULL,
                                  "go on behind tensors that are not whole, name them all", 0, 0},
                                 TL_READING_OPTIONS(order, tl),
                                 {"csv", TL_OPT_TEXT, &csv, "FILE", "write the table as CSV", 0, 0},
                                 {"json", TL_OPT_TEXT, &json, "FILE", "write the table as JSON", 0, 0},
                                 {"quiet", TL_OPT_FLAG, &quiet, NULL, "no progress, no table", 0, 0},
                                 {0}};
    const tl_usage usage = {
        "ternlab model verify FILE [options]",
        "Checks a model: structure, shapes against the architecture, weights ternary, scales finite; prints a "
        "checksum of every tensor. Exit status 1: something is wrong inside a file that can be read; 2: it "
        "cannot.",
        "ternlab model verify m.gguf", 1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    if (!words)
        return tl_bad("model verify", "a GGUF file was expected, found none");
    tm_reading reading;
    if (tl_reading_of(&reading, order, tl) != TL_GOOD)
        return TL_BAD;
    tm_error err;
    tm_gguf *g = tm_gguf_open(argv[1], tolerant, &err);
    if (!g)
        return tl_refused(&err);
    static const char *const head[] = {"tensor", "type", "checksum", "zeros %", "verdict"};
    tl_table *table = tl_table_new(5, head);
    tl_progress progress;
    tl_progress_start(&progress, "verify", g->ntensors, quiet);
    const size_t bad = check_tensors(g, reading, table, &progress);
    tl_progress_end(&progress);
    if (!csv && !json && !quiet)
        tl_table_print(table, stdout);
    status = csv ? tl_table_csv(table, csv) : TL_GOOD;
    status = json && status == TL_GOOD ? tl_table_json(table, json) : status;
    FILE *f = tl_on_stdout(csv) || tl_on_stdout(json) ? stderr : stdout; /* data stay data */
    if (status == TL_GOOD) {
        status = bad ? TL_FAILED : check_architecture(f, argv[1], reading);
        fprintf(f, "%zu tensors, %zu of them wrong%s\n", g->ntensors, bad,
                status == TL_FAILED && !bad ? ", but together they are no model" : "");
    }
    tl_table_free(table);
    tm_gguf_close(g);
    return status;
}
