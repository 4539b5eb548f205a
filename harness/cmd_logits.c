/* cmd_logits.c: logits of given tokens, the raw material of comparisons with other engines. */
#include "harness/ids.h"
#include "harness/model.h"
#include "harness/npy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static int evaluate(tm_session *s, const tm_model *m, const char *tokens, dump *d, const char *output) {
    const size_t vocab = m->config.vocab;
    tm_ids ids = {0};
    tm_error err;
    int status = tl_parse_ids("--tokens", tokens, m->config.vocab, &ids);
    if (status != TL_GO_ON || !ids.n) {
        tm_ids_free(&ids);
        return status == TL_GO_ON ? tl_bad("--tokens", "token ids were expected, found none") : status;
    }
    const size_t n = ids.n;
    float *logits = malloc(n * vocab * sizeof *logits);
    tm_item *items = malloc(n * sizeof *items);
    for (size_t i = 0; items && i < n; i++)
        items[i] = (tm_item){ids.p[i], 0, true};
    tm_ids_free(&ids);
    status = TL_GOOD;
    if (!logits || !items)
        status = tl_bad("--tokens", "memory for %zux%zu logits was expected, found none", n, vocab);
    if (status == TL_GOOD && d->folder)
        tm_session_trace(s, write_step, d);
    if (status == TL_GOOD && !tm_session_eval(s, items, n, logits, &err))
        status = tl_bad("--tokens", "%s", err.text);
    if (status == TL_GOOD && d->failed)
        status = tl_bad(d->folder, "a folder that can be written was expected, found a failure");
    if (status == TL_GOOD)
        status = write_logits(output, logits, n, vocab);
    free(items);
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
        "ternlab logits [--model FILE] --tokens IDS -o FILE.npy [options]",
        "Evaluates tokens one after the other and writes the logits behind each as float32.",
        "ternlab logits --model m.gguf --tokens 1,2,3 -o logits.npy", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status != TL_GO_ON)
        return status;
    if (!tokens || !output)
        return tl_bad(tokens ? "--output" : "--tokens", "%s, found none",
                      tokens ? "a file was expected" : "token ids were expected");
    struct stat st;
    if (d.folder && (stat(d.folder, &st) || !S_ISDIR(st.st_mode)))
        return tl_bad(d.folder, "a folder was expected, found none");
    if (d.folder && c.pass)
        return tl_bad("--pass", "one pass of all tokens (--dump) was expected, found %llu at once",
                      (unsigned long long)c.pass);
    if (d.folder)
        c.pass = strlen(tokens); /* no fewer than there are ids */
    tm_model *m;
    tm_session *s;
    status = tl_model_check(&c);
    if (status == TL_GO_ON)
        status = tl_model_open(&c, 1, &m, &s);
    if (status == TL_GO_ON) {
        status = evaluate(s, m, tokens, &d, output);
        tm_session_free(s);
        tm_model_free(m);
    }
    return status;
}

const tl_command tl_cmd_logits = {"logits", "logits of given tokens, as a NumPy file", run};
