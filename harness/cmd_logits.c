/* cmd_logits.c: logits of given tokens, the raw material of comparisons with other engines. */
#include "harness/model.h"
#include "harness/npy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* "1,2,3" to items of sequence 0 whose logits are wanted. */
static tm_item *parse_tokens(const char *text, size_t *n) {
    const char *p = text;
    tm_item *items = malloc((strlen(text) / 2 + 1) * sizeof *items);
    for (*n = 0; items && *p; (*n)++) {
        char *end;
        errno = 0;
        const unsigned long v = strtoul(p, &end, 10);
        if (*p < '0' || *p > '9' || errno || v > UINT32_MAX || (*end && *end != ',') || (*end && !end[1])) {
            free(items);
            return NULL;
        }
        items[*n] = (tm_item){(uint32_t)v, 0, true};
        p = *end ? end + 1 : end;
    }
    return items;
}

typedef struct dump {
    const char *folder;
    bool failed;
} dump;

/* One file a step: <folder>/L<layer>_<name>.npy, or <name>.npy outside of layers. */
static void write_step(void *ctx, const char *name, int layer, const void *data, size_t n, size_t k,
                       bool bytes) {
    dump *d = ctx;
    char path[4096], where[16] = "";
    if (layer >= 0)
        snprintf(where, sizeof where, "L%02d_", layer);
    snprintf(path, sizeof path, "%s/%s%s.npy", d->folder, where, name);
    FILE *f = fopen(path, "wb");
    const size_t size = bytes ? 1 : sizeof(float);
    if (!f || !tl_npy_header(f, bytes ? "|i1" : "<f4", n, k) || fwrite(data, size, n * k, f) != n * k)
        d->failed = true;
    if (f && fclose(f))
        d->failed = true;
}

static int write_logits(const char *path, const float *logits, size_t n, size_t vocab) {
    tl_out *out = tl_out_open(path);
    if (!out)
        return TL_BAD;
    tl_npy_header(tl_out_file(out), "<f4", n, vocab);
    fwrite(logits, sizeof *logits, n * vocab, tl_out_file(out));
    return tl_out_close(out);
}

static int evaluate(tm_session *s, const tm_model *m, const tm_item *items, size_t n, dump *d,
                    const char *output) {
    const size_t vocab = m->config.vocab;
    float *logits = malloc(n * vocab * sizeof *logits);
    tm_error err;
    int status = TL_GOOD;
    if (!logits)
        status = tl_bad("--tokens", "memory for %zux%zu logits was expected, found none", n, vocab);
    if (status == TL_GOOD && d->folder)
        tm_session_trace(s, write_step, d);
    if (status == TL_GOOD && !tm_session_eval(s, items, n, logits, &err))
        status = tl_bad("--tokens", "%s", err.text);
    if (status == TL_GOOD && d->failed)
        status = tl_bad(d->folder, "a folder that can be written was expected, found a failure");
    if (status == TL_GOOD)
        status = write_logits(output, logits, n, vocab);
    free(logits);
    return status;
}

static int run(int argc, char **argv) {
    tl_model_choice c = {0};
    const char *tokens = NULL, *output = NULL;
    dump d = {0};
    const tl_option options[] = {
        TL_MODEL_OPTIONS(c),
        {"tokens", TL_OPT_TEXT, &tokens, "IDS", "token ids, e.g. 1,2,3", 0, 0},
        {"output", TL_OPT_TEXT, &output, "FILE", "float32 [tokens][vocab] for NumPy; also -o", 0, 0},
        {"dump", TL_OPT_TEXT, &d.folder, "FOLDER",
         "also write every step of every layer there, one .npy each; one pass", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab logits --model FILE --tokens IDS -o FILE.npy [options]",
        "Evaluates tokens one after the other and writes the logits behind each as float32.",
        "ternlab logits --model m.gguf --tokens 1,2,3 -o logits.npy", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status != TL_GO_ON)
        return status;
    if (!tokens || !output)
        return tl_bad(tokens ? "--output" : "--tokens", "%s, found none",
                      tokens ? "a file was expected" : "token ids were expected");
    size_t n;
    tm_item *items = parse_tokens(tokens, &n);
    if (!items || !n) {
        free(items);
        return tl_bad("--tokens", "whole numbers with commas between them were expected, found \"%s\"", tokens);
    }
    struct stat st;
    if (d.folder && (stat(d.folder, &st) || !S_ISDIR(st.st_mode))) {
        free(items);
        return tl_bad(d.folder, "a folder was expected, found none");
    }
    if (d.folder && !c.pass)
        c.pass = n;
    tm_model *m;
    tm_session *s;
    status = tl_model_check(&c);
    if (status == TL_GO_ON)
        status = tl_model_open(&c, 1, &m, &s);
    if (status == TL_GO_ON) {
        status = evaluate(s, m, items, n, &d, output);
        tm_session_free(s);
        tm_model_free(m);
    }
    free(items);
    return status;
}

const tl_command tl_cmd_logits = {"logits", "logits of given tokens, as a NumPy file", run};
