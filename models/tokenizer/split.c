/* split.c: text into pieces by the regular expressions of the field, through PCRE2. Bytes that are no UTF-8 are
 * pieces of their own. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "models/tokenizer/inside.h"

#include <pcre2.h>
#include <stdlib.h>

struct tm_split {
    pcre2_code *code;
    pcre2_match_data *match;
    const char *name;  /* of its rules in GGUF files */
    const char *valid; /* text up to here is known to be UTF-8 */
};

/* White_Space as the standard lists it: PCRE2's own \s has one more. */
#define S                                                                                                      \
    "\\t-\\r\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

static const struct {
    const char *name, *names, *pattern;
} rules[] = {
    /* meta-llama/llama3, llama/tokenizer.py */
    {"llama-bpe", " llama3 llama-v3 llama-bpe falcon3 falcon_e pixtral smaug-bpe ",
     "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^" S
     "\\p{L}\\p{N}]+[\\r\\n]*|[" S "]*[\\r\\n]+|[" S "]+(?![^" S "])|[" S "]+"},
    /* openai/gpt-2, src/encoder.py */
    {"gpt-2", " gpt-2 gpt2 default ",
     "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^" S "\\p{L}\\p{N}]+|[" S "]+(?![^" S "])|[" S "]+"},
};

tm_split *tm_split_new(const char *name, const char *path, tm_error *err) {
    char word[72];
    size_t i = 0, at;
    int code;
    snprintf(word, sizeof word, " %.60s ", name);
    while (i < sizeof rules / sizeof *rules && !strstr(rules[i].names, word))
        i++;
    if (i == sizeof rules / sizeof *rules) {
        tm_fail(err,
                "%s: key \"tokenizer.ggml.pre\": llama-bpe, llama3, falcon3 or gpt-2 was expected, found "
                "\"%.60s\"",
                path, name);
        return NULL;
    }
    tm_split *s = calloc(1, sizeof *s);
    if (s)
        s->code = pcre2_compile((PCRE2_SPTR)rules[i].pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP,
                                &code, &at, NULL);
    if (s && s->code) {
        s->name = rules[i].name;
        pcre2_jit_compile(s->code, PCRE2_JIT_COMPLETE); /* without it: slower, the same */
        s->match = pcre2_match_data_create(1, NULL);
    }
    if (s && s->match)
        return s;
    tm_split_free(s);
    tm_fail(err, "%s: no memory", path);
    return NULL;
}

const char *tm_split_name(const tm_split *s) {
    return s->name;
}

void tm_split_free(tm_split *s) {
    if (!s)
        return;
    pcre2_match_data_free(s->match);
    pcre2_code_free(s->code);
    free(s);
}

/* Bytes of the valid character at p, 0 if there is none: no surrogates, nothing overlong, nothing above
 * U+10FFFF. */
static size_t character(const unsigned char *p, size_t n) {
    const unsigned c = p[0];
    if (c < 0x80)
        return 1;
    const size_t length = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (!length || length > n)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return length;
}

static size_t valid_run(const char *p, size_t n) {
    size_t i = 0;
    for (size_t length; i < n && (length = character((const unsigned char *)p + i, n - i)); i += length)
        ;
    return i;
}

static size_t invalid_run(const char *p, size_t n) {
    size_t i = 1;
    while (i < n && !character((const unsigned char *)p + i, n - i))
        i++;
    return i;
}

void tm_split_start(tm_split *s) {
    s->valid = NULL;
}

size_t tm_split_next(tm_split *s, const char *p, size_t n) {
    if (!(s->valid > p && s->valid <= p + n)) {
        s->valid = p + valid_run(p, n);
        if (s->valid == p)
            return invalid_run(p, n);
    }
    const size_t run = (size_t)(s->valid - p);
    const uint32_t flags = PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED;
    int found = pcre2_match(s->code, (PCRE2_SPTR)p, run, 0, flags, s->match, NULL);
    if (found <= 0) /* the rules cover every character: the compiled form has run out of its stack */
        found = pcre2_match(s->code, (PCRE2_SPTR)p, run, 0, flags | PCRE2_NO_JIT, s->match, NULL);
    const size_t end = found > 0 ? pcre2_get_ovector_pointer(s->match)[1] : 0;
    const size_t length = end ? end : character((const unsigned char *)p, run);
    if (length == run)
        s->valid = NULL;
    return length;
}
