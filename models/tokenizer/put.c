/* put.c: a tokenizer into the metadata of a GGUF file. */
#include "models/tokenizer/inside.h"

#include <stdlib.h>

static bool put_alphabet(tm_buffer *b, unsigned byte) {
    const unsigned code = tm_alphabet_code(byte);
    const char wide[2] = {(char)(0xc0 | code >> 6), (char)(0x80 | (code & 63))}, narrow = (char)code;
    return code < 128 ? tm_buffer_add(b, &narrow, 1) : tm_buffer_add(b, wide, 2);
}

/* A token as files spell it: in the alphabet of GPT-2, special tokens and SentencePiece's as they are. */
static bool spell(const tm_tokenizer *t, uint32_t id, tm_buffer *b) {
    const tm_str s = tm_token_text(t, id);
    if (t->tokens[id].type != TM_NORMAL || t->merging == TM_BY_SCORE)
        return tm_buffer_add(b, s.p, s.n);
    bool good = true;
    for (size_t i = 0; good && i < s.n; i++)
        good = put_alphabet(b, (unsigned char)s.p[i]);
    return good;
}

/* Strings are written one after the other; they get their addresses when the buffer no longer moves. */
typedef struct texts {
    tm_buffer arena;
    tm_str *all;
    size_t n;
} texts;

static bool end_text(texts *x, size_t at) {
    x->all[x->n++].n = x->arena.n - at;
    return true;
}

static bool put_texts(tm_writer *w, const char *key, texts *x, bool good) {
    const char *p = x->arena.p;
    for (size_t i = 0; i < x->n; p += x->all[i++].n)
        x->all[i].p = p;
    good = good && tm_put_strings(w, key, x->all, x->n);
    tm_buffer_free(&x->arena);
    free(x->all);
    return good;
}

static bool put_tokens(const tm_tokenizer *t, tm_writer *w) {
    texts x = {.all = calloc(t->count + 1, sizeof *x.all)};
    int32_t *types = calloc(t->count + 1, sizeof *types);
    float *scores = calloc(t->count + 1, sizeof *scores);
    bool good = x.all && types && scores;
    for (uint32_t i = 0; good && i < t->count; i++) {
        const size_t at = x.arena.n;
        types[i] = t->tokens[i].type;
        scores[i] = t->tokens[i].score;
        good = spell(t, i, &x.arena) && end_text(&x, at);
    }
    good = put_texts(w, "tokenizer.ggml.tokens", &x, good) &&
           tm_put_numbers(w, "tokenizer.ggml.token_type", TM_I32, types, t->count) &&
           (t->merging != TM_BY_SCORE || tm_put_numbers(w, "tokenizer.ggml.scores", TM_F32, scores, t->count));
    free(types);
    free(scores);
    return good;
}

static int by_rank(const void *a, const void *b) {
    const struct tm_pair *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static bool put_merges(const tm_tokenizer *t, tm_writer *w) {
    const size_t room = (size_t)t->pair_mask + 1;
    struct tm_pair *pairs = malloc(room * sizeof *pairs);
    texts x = {.all = calloc(room, sizeof *x.all)};
    bool good = pairs && x.all;
    size_t n = 0;
    for (size_t i = 0; good && i < room; i++)
        if (t->pairs[i].rank)
            pairs[n++] = t->pairs[i];
    if (good)
        qsort(pairs, n, sizeof *pairs, by_rank);
    for (size_t i = 0; good && i < n; i++) {
        const size_t at = x.arena.n;
        good = spell(t, pairs[i].left, &x.arena) && tm_buffer_add(&x.arena, " ", 1) &&
               spell(t, pairs[i].right, &x.arena) && end_text(&x, at);
    }
    free(pairs);
    return put_texts(w, "tokenizer.ggml.merges", &x, good);
}

static bool put_id(tm_writer *w, const char *key, int64_t id) {
    return id < 0 || tm_put_u32(w, key, (uint32_t)id);
}

bool tm_tokenizer_put(const tm_tokenizer *t, tm_writer *w) {
    const bool sentence = t->merging == TM_BY_SCORE;
    const int64_t eot = t->eot >= 0 ? t->eot : tm_special_id(t, "<|eot_id|>");
    return tm_put_str(w, "tokenizer.ggml.model", tm_str_of(sentence ? "llama" : "gpt2")) &&
           (sentence || tm_put_str(w, "tokenizer.ggml.pre", tm_str_of(tm_split_name(t->split)))) &&
           put_tokens(t, w) && (t->merging != TM_BY_LIST || put_merges(t, w)) &&
           put_id(w, "tokenizer.ggml.bos_token_id", t->bos) &&
           put_id(w, "tokenizer.ggml.eos_token_id", t->eos) && put_id(w, "tokenizer.ggml.eot_token_id", eot) &&
           put_id(w, "tokenizer.ggml.unknown_token_id", t->unknown) &&
           tm_put_bool(w, "tokenizer.ggml.add_bos_token", t->add_bos) &&
           (!sentence || tm_put_bool(w, "tokenizer.ggml.add_space_prefix", t->space_prefix));
}
