/* model_convert.c: `ternlab model convert`. */
#include "harness/model.h"
#include "harness/model_cmd.h"
#include "models/convert.h"
#include "models/encode.h"

#include <string.h>
#include <sys/stat.h>

static int convert(const char *from, const char *to, const tm_conversion *how) {
    struct stat st;
    tm_error err;
    tm_gguf *g = NULL;
    const bool folder = !stat(from, &st) && S_ISDIR(st.st_mode);
    if (!folder && !(g = tm_gguf_open(from, false, &err)))
        return tl_refused(&err);
    tl_out *out = tl_out_open(to);
    int status = out ? TL_GOOD : TL_BAD;
    tl_out_large(out);
    if (out && !(folder ? tm_convert_hf(tl_out_file(out), from, how, &err)
                        : tm_convert_gguf(tl_out_file(out), g, how, &err)))
        status = tl_refused(&err);
    tm_gguf_close(g);
    if (status == TL_GOOD)
        return tl_out_close(out);
    tl_out_discard(out);
    return status;
}

int tl_model_convert(int argc, char **argv) {
    tm_conversion how = {0};
    const char *order = NULL, *tl = NULL, *output = NULL;
    int words;
    uint32_t type;
    const tl_option options[] = {
        {"type", TL_OPT_TEXT, &how.weights, "TYPE",
         "of the ternary weights: i2_s, tq1_0, tq2_0, q2_0, pq2_0, ptq1_0, stq1_0, iq1_bn, iq2_bn, iq2_bn_r4, "
         "tl1, tl2 (shapes of bitnet.cpp's presets), b2x, b3, f32, f16, bf16; default: as they are",
         0, 0},
        {"head", TL_OPT_TEXT, &how.head, "TYPE",
         "of embedding and head: f32, f16, bf16, q8_0, q6_k; default: as they are", 0, 0},
        TL_READING_OPTIONS(order, tl),
        {"output", TL_OPT_TEXT, &output, "FILE", "the GGUF file to write; also -o", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab model convert SOURCE -o FILE.gguf [options]",
                            "Writes a model in another form. SOURCE: a GGUF file, or a Hugging Face folder "
                            "(config.json, safetensors, "
                            "tokenizer.json). Ternary values never change; a scale that the type cannot hold "
                            "is kept beside it as F32.",
                            "ternlab model convert m.gguf --type b3 --head q6_k -o m-b3.gguf", 1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    if (!words || !output)
        return tl_bad(words ? "--output" : "model convert", "%s was expected, found none",
                      words ? "a file to write" : "a source");
    if (how.weights && !tm_weights_of_name(how.weights, &type))
        return tl_bad("--type", "a type of ternary weights was expected (--help lists them), found \"%s\"",
                      how.weights);
    if (how.head && !tm_head_of_name(how.head, &type))
        return tl_bad("--head", "f32, f16, bf16, q8_0 or q6_k was expected, found \"%s\"", how.head);
    if (tl_reading_of(&how.reading, order, tl) != TL_GOOD)
        return TL_BAD;
    return convert(argv[1], output, &how);
}
