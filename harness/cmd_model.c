/* cmd_model.c: `ternlab model info|verify|synth`. */
#include "harness/model.h"
#include "harness/model_cmd.h"
#include "models/encode.h"
#include "models/synth.h"
#include "models/tokenizer/tokenizer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- info ------------------------------------------------------------------------------------------------ */
enum { SHOWN = 48 };

static void show_value(tl_table *t, const tm_value *v) {
    char text[SHOWN + 1];
    double f;
    uint64_t u;
    int64_t i;
    bool b;
    tm_str s;
    if (tm_value_str(v, &s))
        tl_table_cell(t, "%s%s", tm_printable(text, sizeof text, s), s.n > SHOWN ? "..." : "");
    else if (tm_value_uint(v, &u))
        tl_table_cell(t, "%" PRIu64, u);
    else if (tm_value_int(v, &i))
        tl_table_cell(t, "%" PRId64, i);
    else if (tm_value_float(v, &f))
        tl_table_cell(t, "%.9g", f);
    else if (tm_value_bool(v, &b))
        tl_table_cell(t, "%s", b ? "true" : "false");
    else
        tl_table_cell(t, "%s[%" PRIu64 "]", tm_value_type_name(v->of), v->count);
}

static tl_table *keys_table(const tm_gguf *g) {
    static const char *const head[] = {"key", "type", "value"};
    tl_table *t = tl_table_new(3, head);
    char key[128];
    for (size_t i = 0; i < g->nkv; i++) {
        tl_table_cell(t, "%s", tm_printable(key, sizeof key, g->kv[i].key));
        tl_table_cell(t, "%s", tm_value_type_name(g->kv[i].value.type));
        show_value(t, &g->kv[i].value);
    }
    return t;
}

static tl_table *tensors_table(const tm_gguf *g) {
    static const char *const head[] = {"tensor", "type", "shape", "bytes", "bits/weight", "offset", "note"};
    tl_table *t = tl_table_new(7, head);
    char name[65];
    for (size_t i = 0; i < g->ntensors; i++) {
        const tm_tensor *x = &g->tensors[i];
        const double n = (double)x->ne[0] * (double)x->ne[1] * (double)x->ne[2] * (double)x->ne[3];
        tl_table_cell(t, "%s", tm_printable(name, sizeof name, x->name));
        tl_table_cell(t, "%s", tm_tensor_type_name(x->type, tm_gguf_is_bitnet(g)));
        if (x->dims > 2)
            tl_table_cell(t, "%" PRIu64 "x%" PRIu64 "x%" PRIu64 "x%" PRIu64, x->ne[3], x->ne[2], x->ne[1],
                          x->ne[0]);
        else
            tl_table_cell(t, "%" PRIu64 "x%" PRIu64, x->ne[1], x->ne[0]);
        tl_table_cell(t, "%" PRIu64, x->bytes);
        tl_table_cell(t, "%.3f", n > 0 ? 8 * (double)x->bytes / n : 0);
        tl_table_cell(t, "%" PRIu64, x->offset);
        tl_table_cell(t, "%s", x->why ? x->why : "");
    }
    return t;
}

typedef struct totals {
    uint32_t type;
    size_t tensors;
    double weights, bytes;
} totals;

static void print_totals(const tm_gguf *g) {
    totals sums[64] = {0};
    size_t n = 0;
    double weights = 0, bytes = 0;
    for (size_t i = 0; i < g->ntensors; i++) {
        const tm_tensor *x = &g->tensors[i];
        size_t j = 0;
        while (j < n && sums[j].type != x->type)
            j++;
        if (j == n && n < 63)
            sums[n++].type = x->type;
        const double w = (double)x->ne[0] * (double)x->ne[1] * (double)x->ne[2] * (double)x->ne[3];
        sums[j].tensors++;
        sums[j].weights += w;
        sums[j].bytes += (double)x->bytes;
        weights += w;
        bytes += (double)x->bytes;
    }
    printf("\n%zu tensors, %.0f weights, %.1f MB, %.3f bits a weight:", g->ntensors, weights, bytes / 1e6,
           weights > 0 ? 8 * bytes / weights : 0);
    for (size_t j = 0; j < n; j++)
        printf(" %zu %s (%.1f MB)", sums[j].tensors, tm_tensor_type_name(sums[j].type, tm_gguf_is_bitnet(g)),
               sums[j].bytes / 1e6);
    printf("\n");
}

static int info(int argc, char **argv) {
    const char *csv = NULL, *json = NULL;
    bool tolerant = false;
    int words;
    const tl_option options[] = {
        {"tolerant", TL_OPT_FLAG, &tolerant, NULL, "show what is whole, and name tensors that are not", 0, 0},
        {"csv", TL_OPT_TEXT, &csv, "FILE", "write the tensors as CSV", 0, 0},
        {"json", TL_OPT_TEXT, &json, "FILE", "write the tensors as JSON", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab model info FILE [options]",
                            "Shows a GGUF file: keys, tensors, sizes, bits per weight.",
                            "ternlab model info m.gguf", 1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    if (!words)
        return tl_bad("model info", "a GGUF file was expected, found none");
    tm_error err;
    tm_gguf *g = tm_gguf_open(argv[1], tolerant, &err);
    if (!g)
        return tl_refused(&err);
    tl_table *keys = keys_table(g), *tensors = tensors_table(g);
    status = csv ? tl_table_csv(tensors, csv) : TL_GOOD;
    if (json && status == TL_GOOD)
        status = tl_table_json(tensors, json);
    if (!csv && !json) {
        printf("%s: GGUF version %u, alignment %u, %zu bytes\n\n", g->path, g->version, g->alignment, g->size);
        tl_table_print(keys, stdout);
        printf("\n");
        tl_table_print(tensors, stdout);
        print_totals(g);
    }
    tl_table_free(keys);
    tl_table_free(tensors);
    tm_gguf_close(g);
    return status;
}

/* ---- synth ----------------------------------------------------------------------------------------------- */
static int presets_error(const char *name) {
    size_t n;
    const tm_preset *p = tm_presets(&n);
    char names[512] = "";
    for (size_t i = 0; i < n; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "", p[i].name);
    return name ? tl_bad("--preset", "one of %s was expected, found \"%s\"", names, name)
                : tl_bad("--preset", "one of %s was expected, found none", names);
}

static int write_model(const tm_preset *p, uint32_t weights, uint32_t head, uint64_t seed,
                       const tm_tokenizer *t, const char *output) {
    tm_error err;
    tl_out *out = tl_out_open(output);
    if (!out)
        return TL_BAD;
    tl_out_large(out);
    if (!tm_synth_write(tl_out_file(out), p, weights, head, seed, t, &err)) {
        tl_out_discard(out);
        return tl_refused(&err);
    }
    return tl_out_close(out);
}

static int write_with_tokenizer(tm_preset *p, uint32_t weights, uint32_t head, uint64_t seed,
                                const char *tokenizer, const char *output) {
    tm_error err;
    tm_tokenizer *t = tm_tokenizer_from_file(tokenizer, &err);
    if (!t)
        return tl_refused(&err);
    p->vocab = tm_vocab(t);
    const int status = write_model(p, weights, head, seed, t, output);
    tm_tokenizer_free(t);
    return status;
}

static int synth(int argc, char **argv) {
    const char *preset = NULL, *type = "i2_s", *head = NULL, *output = NULL, *tokenizer = NULL;
    uint64_t seed = 1, layers = 0, vocab = 0;
    const tl_option options[] = {
        {"preset", TL_OPT_TEXT, &preset, "NAME",
         "2b-4t, large, 3b, 8b, falcon3-1b .. -10b, small, tiny, tiny-2b-4t, tiny-bitnet, tiny-llama", 0, 0},
        {"type", TL_OPT_TEXT, &type, "TYPE",
         "of the ternary weights: any that `model convert` writes (stq1_0: one zero in every four); default: "
         "i2_s",
         0, 0},
        {"head", TL_OPT_TEXT, &head, "TYPE", "of embedding and head: f32, f16, bf16, q8_0, q6_k; default: f16",
         0, 0},
        {"layers", TL_OPT_COUNT, &layers, "N", "another number of layers; default: the preset's", 1, 1024},
        {"vocab", TL_OPT_COUNT, &vocab, "N", "another vocabulary; default: the preset's", 512, 1 << 20},
        {"tokenizer", TL_OPT_TEXT, &tokenizer, "FILE",
         "its vocabulary; default: 256 bytes and the special tokens of LLaMA-3", 0, 0},
        {"seed", TL_OPT_COUNT, &seed, "N", "of the random numbers; default: 1", 0, 0},
        {"output", TL_OPT_TEXT, &output, "FILE", "the GGUF file to write; also -o", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab model synth --preset NAME -o FILE.gguf [options]",
        "Writes a valid model of a known shape with random ternary weights (40 % zeros): for speed and checks.",
        "ternlab model synth --preset 2b-4t --head q6_k -o 2b.gguf", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status != TL_GO_ON)
        return status;
    const tm_preset *found = preset ? tm_preset_find(preset) : NULL;
    uint32_t weights, rows;
    if (!found)
        return presets_error(preset);
    if (!tm_weights_of_name(type, &weights))
        return tl_bad("--type", "a type of ternary weights was expected (--help lists them), found \"%s\"",
                      type);
    if (!tm_head_of_name(head ? head : "f16", &rows))
        return tl_bad("--head", "f32, f16, bf16, q8_0 or q6_k was expected, found \"%s\"", head);
    if (tokenizer && vocab)
        return tl_bad("--vocab", "the tokenizer's own number of tokens was expected, found both options");
    if (!output)
        return tl_bad("--output", "a file to write was expected, found none");
    tm_preset p = *found;
    p.layers = layers ? (uint32_t)layers : p.layers;
    p.vocab = vocab ? (uint32_t)vocab : p.vocab;
    return tokenizer ? write_with_tokenizer(&p, weights, rows, seed, tokenizer, output)
                     : write_model(&p, weights, rows, seed, NULL, output);
}

static int run(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int, char **);
        const char *what;
    } all[] = {{"info", info, "keys, tensors, sizes"},
               {"verify", tl_model_verify, "is the file whole, are the weights ternary, do the shapes fit"},
               {"convert", tl_model_convert, "into another type, or from a Hugging Face checkpoint"},
               {"fetch", tl_model_fetch, "download with resume and checksum"},
               {"synth", synth, "write a model of a known shape with random weights"}};
    enum { ALL = sizeof all / sizeof *all };
    for (size_t i = 0; argc > 1 && i < ALL; i++)
        if (!strcmp(argv[1], all[i].name))
            return all[i].run(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "--help") != 0)
        return tl_bad("model", "info, verify, convert, fetch or synth was expected, found \"%s\"", argv[1]);
    FILE *f = argc > 1 ? stdout : stderr;
    fprintf(f, "usage: ternlab model COMMAND ...\n\n");
    for (size_t i = 0; i < ALL; i++)
        fprintf(f, "  %-8s %s\n", all[i].name, all[i].what);
    fprintf(f, "\n`ternlab model COMMAND --help` explains one.\n\nexample:\n  ternlab model info m.gguf\n");
    return argc > 1 ? TL_GOOD : TL_BAD;
}

const tl_command tl_cmd_model = {"model", "look into, check, write and convert GGUF models", run};
