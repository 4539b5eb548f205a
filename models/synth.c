/* synth.c: see synth.h. Random numbers are drawn from tables (a weight takes 2 bits of a 16-bit index, a normal
 * number 16), so that 2 billion weights take seconds. */
#include "models/synth.h"

#include "models/encode.h"
#include "models/random.h"
#include "models/tokenizer/inside.h"
#include <math.h>
#include <stdlib.h>

static const tm_preset presets[] = {
    {"2b-4t", "bitnet-b1.58", 30, 2560, 6912, 20, 5, 128, 128256, 4096, 500000, false},
    {"large", "bitnet", 24, 1536, 4096, 16, 16, 96, 32002, 2048, 10000, false},
    {"3b", "bitnet", 26, 3200, 8640, 32, 32, 100, 32002, 2048, 10000, false},
    {"8b", "llama", 32, 4096, 14336, 32, 8, 128, 128256, 8192, 500000, true},
    {"falcon3-1b", "llama", 18, 2048, 8192, 8, 4, 256, 131072, 8192, 1000042, true},
    {"falcon3-3b", "llama", 22, 3072, 9216, 12, 4, 256, 131072, 8192, 1000042, true},
    {"falcon3-7b", "llama", 28, 3072, 23040, 12, 4, 256, 131072, 8192, 1000042, true},
    {"falcon3-10b", "llama", 40, 3072, 23040, 12, 4, 256, 131072, 8192, 1000042, true},
    {"small", "bitnet-b1.58", 3, 1280, 3456, 10, 5, 128, 2048, 2048, 500000, false},
    {"tiny", "bitnet-b1.58", 2, 256, 768, 4, 2, 64, 512, 512, 500000, false},
    {"tiny-2b-4t", "bitnet-b1.58", 2, 256, 768, 20, 5, 128, 512, 512, 500000, false}, /* its heads */
    {"tiny-bitnet", "bitnet", 2, 256, 512, 4, 4, 64, 512, 512, 10000, false},
    {"tiny-llama", "llama", 2, 256, 512, 4, 2, 64, 512, 512, 500000, true},
};
enum { PRESETS = sizeof presets / sizeof *presets, INDEX = 1 << 16, SPECIALS = 256 };

const tm_preset *tm_presets(size_t *count) {
    *count = PRESETS;
    return presets;
}

const tm_preset *tm_preset_find(const char *name) {
    for (size_t i = 0; i < PRESETS; i++)
        if (!strcmp(presets[i].name, name))
            return &presets[i];
    return NULL;
}

/* ---- random numbers -------------------------------------------------------------------------------------- */
typedef struct source {
    uint64_t state;
    int8_t (*four)[4]; /* [INDEX] four weights */
    float *normal;     /* [INDEX] */
} source;

/* -1, 0, +1 as 3 : 4 : 3, and sums of twelve uniform numbers: no libm, the same on every machine. */
static bool make_tables(source *s) {
    s->four = malloc(INDEX * sizeof *s->four);
    s->normal = malloc(INDEX * sizeof *s->normal);
    for (size_t i = 0; s->four && s->normal && i < INDEX; i++) {
        for (size_t j = 0; j < 4; j++) {
            const uint64_t u = tm_random(&s->state) >> 32;
            s->four[i][j] = (int8_t)(u * 10 >> 32 < 3 ? -1 : u * 10 >> 32 < 7 ? 0 : 1);
        }
        s->normal[i] = tm_random_normal(&s->state);
    }
    return s->four && s->normal;
}

static void random_weights(source *s, int8_t *w, size_t n) {
    for (size_t i = 0; i < n;) {
        uint64_t u = tm_random(&s->state);
        for (size_t j = 0; j < 4 && i < n; j++, u >>= 16) {
            const size_t most = n - i < 4 ? n - i : 4;
            memcpy(w + i, s->four[u & (INDEX - 1)], most);
            i += most;
        }
    }
}

static void random_normals(source *s, float *x, size_t n, float mean, float deviation) {
    for (size_t i = 0; i < n;)
        for (uint64_t u = tm_random(&s->state), j = 0; j < 4 && i < n; j++, u >>= 16)
            x[i++] = mean + deviation * s->normal[u & (INDEX - 1)];
}

/* ---- metadata -------------------------------------------------------------------------------------------- */
/* Byte b in the alphabet of GPT-2, UTF-8. */
static int byte_token(char *to, unsigned b) {
    const unsigned code = tm_alphabet_code(b);
    if (code < 128)
        return to[0] = (char)code, 1;
    to[0] = (char)(0xc0 | code >> 6);
    to[1] = (char)(0x80 | (code & 63));
    return 2;
}

static bool put_byte_tokens(tm_writer *w, uint32_t vocab) {
    enum { ROOM = 40 };
    char *text = malloc((size_t)vocab * ROOM);
    tm_str *tokens = malloc(vocab * sizeof *tokens);
    int32_t *types = malloc(vocab * sizeof *types);
    for (size_t i = 0; text && tokens && types && i < vocab; i++) {
        char *p = text + i * ROOM;
        int n;
        if (i < 256)
            n = byte_token(p, (unsigned)i);
        else if (i >= vocab - SPECIALS)
            n = tm_llama3_special(p, ROOM, i - (vocab - SPECIALS));
        else
            n = snprintf(p, ROOM, "<|unused_%zu|>", i);
        tokens[i] = (tm_str){p, (size_t)n};
        types[i] = i < 256 ? 1 : i >= vocab - SPECIALS ? 3 : 5;
    }
    const bool good = text && tokens && types && tm_put_strings(w, "tokenizer.ggml.tokens", tokens, vocab) &&
                      tm_put_numbers(w, "tokenizer.ggml.token_type", TM_I32, types, vocab);
    free(text);
    free(tokens);
    free(types);
    return good;
}

static bool put_tokenizer(tm_writer *w, const tm_preset *p, const tm_tokenizer *t) {
    const uint32_t first = p->vocab - SPECIALS;
    if (t)
        return tm_tokenizer_put(t, w);
    return tm_put_str(w, "tokenizer.ggml.model", tm_str_of("gpt2")) &&
           tm_put_str(w, "tokenizer.ggml.pre", tm_str_of("llama-bpe")) && put_byte_tokens(w, p->vocab) &&
           tm_put_u32(w, "tokenizer.ggml.bos_token_id", first) &&
           tm_put_u32(w, "tokenizer.ggml.eos_token_id", first + 1) &&
           tm_put_u32(w, "tokenizer.ggml.eot_token_id", first + 9) &&
           tm_put_bool(w, "tokenizer.ggml.add_bos_token", true);
}

/* ---- tensors --------------------------------------------------------------------------------------------- */
enum { ROWS = 1024 }; /* of an embedding at once */

static const char *write_floats(tm_writer *w, FILE *f, source *s, const tm_plan *p, float mean,
                                float deviation) {
    const size_t k = p->ne[0];
    const char *why = NULL;
    float *x = malloc(ROWS * k * sizeof *x);
    uint8_t *out = malloc(ROWS * k * sizeof *x);
    for (size_t done = 0, n; done < p->ne[1] && !why; done += n) {
        n = p->ne[1] - done < ROWS ? p->ne[1] - done : ROWS;
        uint64_t bytes;
        if (!x || !out) {
            why = "no memory";
            break;
        }
        random_normals(s, x, n * k, mean, deviation);
        tm_tensor_bytes(p->type, true, (uint64_t[4]){k, n, 1, 1}, &bytes);
        why = tm_encode_floats(out, p->type, x, n, k);
        if (!why && !tm_writer_data(w, f, out, bytes))
            why = "the file could not be written";
    }
    free(x);
    free(out);
    return why;
}

static const char *write_ternary(tm_writer *w, FILE *f, source *s, const tm_plan *p) {
    const tk_layout *layout = tm_type_layout(p->type);
    const size_t k = p->ne[0], m = p->ne[1];
    int8_t *v = malloc(m * k);
    float factor, *scales = malloc(m * sizeof *scales);
    uint8_t *out = malloc(p->bytes);
    const char *why = v && scales && out ? NULL : "no memory";
    if (!why) {
        random_weights(s, v, m * k);
        if (layout && layout->suit && !layout->reject((tk_shape){m, k, 1, 0}))
            layout->suit(v, (tk_shape){m, k, 1, 0});
        for (size_t i = 0; i < m; i++)
            scales[i] = 0.03125f; /* F16 holds it exactly */
        why = tm_encode_ternary(out, p->type, v, scales, m, k, &factor);
    }
    if (!why && !tm_writer_data(w, f, out, p->bytes))
        why = "the file could not be written";
    free(v);
    free(scales);
    free(out);
    return why;
}

static const char *write_tensor(tm_writer *w, FILE *f, source *s, const tm_plan *p) {
    if (p->kind == TM_PLAN_TERNARY)
        return write_ternary(w, f, s, p);
    return p->kind == TM_PLAN_NORM ? write_floats(w, f, s, p, 1, 0.1f) : write_floats(w, f, s, p, 0, 0.03f);
}

bool tm_synth_write(FILE *f, const tm_preset *p, uint32_t weights, uint32_t head, uint64_t seed,
                    const tm_tokenizer *t, tm_error *err) {
    source s = {.state = seed};
    size_t n = 0;
    tm_plan *plan = malloc(tm_plan_most(p) * sizeof *plan);
    tm_writer *w = tm_writer_new(TM_FILE_ALIGNMENT);
    const char *name = p->name, *why = plan && w && make_tables(&s) ? NULL : "no memory";
    if (!why && t && tm_vocab(t) != p->vocab)
        why = "the tokenizer has another number of tokens than the preset";
    if (!why)
        why = tm_plan_make(plan, p, weights, head, &n, &name);
    if (!why && !(tm_put_shape(w, p, "synthetic") && put_tokenizer(w, p, t) &&
                  tm_put_u32(w, "general.quantization_version", 2) && tm_put_plan(w, plan, n)))
        why = "no memory";
    if (!why && !tm_writer_begin(w, f))
        why = "the file could not be written";
    for (size_t i = 0; i < n && !why; i++) {
        name = plan[i].name;
        why = write_tensor(w, f, &s, &plan[i]);
    }
    if (why)
        tm_fail(err, "%s: a model that can be written was expected, found: %s", name, why);
    tm_writer_free(w);
    free(plan); /* with the name */
    free(s.four);
    free(s.normal);
    return !why;
}
