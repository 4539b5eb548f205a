/* vocab.c: tokens, the tables that find them, GPT-2's alphabet. */
#include "models/tokenizer/inside.h"

#include <stdlib.h>

tm_tokenizer *tm_tokenizer_new(void) {
    tm_tokenizer *t = calloc(1, sizeof *t);
    if (t)
        t->bos = t->eos = t->eot = t->unknown = TM_NO_TOKEN;
    return t;
}

void tm_tokenizer_free(tm_tokenizer *t) {
    if (!t)
        return;
    tm_split_free(t->split);
    tm_buffer_free(&t->text);
    free(t->tokens);
    free(t->table);
    free(t->pairs);
    free(t->specials);
    free(t->parts);
    free(t);
}

/* ---- the alphabet: printable bytes stand for themselves, the other 68 for U+0100 and up, in order
 * ------------ */
static bool printable(unsigned b) {
    return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
}

unsigned tm_alphabet_code(unsigned byte) {
    unsigned code = 256;
    if (printable(byte))
        return byte;
    for (unsigned i = 0; i < byte; i++)
        code += !printable(i);
    return code;
}

static const int16_t *bytes_of_codes(void) { /* [324] */
    static int16_t table[324];
    static bool made;
    if (!made) {
        for (int i = 0; i < 324; i++)
            table[i] = -1;
        for (unsigned b = 0; b < 256; b++)
            table[tm_alphabet_code(b)] = (int16_t)b;
        made = true;
    }
    return table;
}

bool tm_alphabet_bytes(tm_str s, tm_buffer *out) {
    const int16_t *table = bytes_of_codes();
    for (size_t i = 0; i < s.n; i++) {
        unsigned c = (unsigned char)s.p[i];
        if (c >= 0xc0 && i + 1 < s.n)
            c = (c & 31) << 6 | ((unsigned char)s.p[++i] & 63);
        if (c >= 324 || table[c] < 0 || !tm_buffer_add(out, &(char){(char)table[c]}, 1))
            return false;
    }
    return true;
}

/* ---- tokens ---------------------------------------------------------------------------------------------- */
bool tm_add_token(tm_tokenizer *t, tm_str text, float score, uint8_t type, bool alphabet) {
    if (t->count == t->room) {
        const uint32_t room = t->room ? 2 * t->room : 1024;
        tm_token *p = room > t->room ? realloc(t->tokens, room * sizeof *p) : NULL;
        if (!p)
            return false;
        t->tokens = p;
        t->room = room;
    }
    const size_t at = t->text.n;
    /* A file in the alphabet may hold tokens outside of it (special ones of all kinds): those are their own
     * text. */
    if (!alphabet || type != TM_NORMAL || !tm_alphabet_bytes(text, &t->text)) {
        t->text.n = at;
        if (!tm_buffer_add(&t->text, text.p, text.n))
            return false;
    }
    if (t->text.n > UINT32_MAX)
        return false;
    t->tokens[t->count++] = (tm_token){(uint32_t)at, (uint32_t)(t->text.n - at), score, type};
    return true;
}

static uint64_t hash(const char *p, size_t n) {
    uint64_t h = n * 0x9e3779b97f4a7c15u, word;
    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * 0xbf58476d1ce4e5b9u;
        h ^= h >> 29;
    }
    word = 0;
    memcpy(&word, p, n);
    h = (h ^ word) * 0x94d049bb133111ebu;
    return h ^ h >> 32;
}

int64_t tm_lookup(const tm_tokenizer *t, const char *p, size_t n) {
    for (uint64_t i = hash(p, n);; i++) {
        const uint32_t id = t->table[i & t->mask];
        if (!id)
            return TM_NO_TOKEN;
        const tm_token *k = &t->tokens[id - 1];
        if (k->n == n && !memcmp(t->text.p + k->at, p, n))
            return id - 1;
    }
}

static void insert(tm_tokenizer *t, uint32_t id) {
    const tm_token *k = &t->tokens[id];
    uint64_t i = hash(t->text.p + k->at, k->n);
    while (t->table[i & t->mask])
        i++;
    t->table[i & t->mask] = id + 1;
}

static const tm_tokenizer *sorted;
static int longest_first(const void *a, const void *b) {
    const tm_token *x = &sorted->tokens[*(const uint32_t *)a], *y = &sorted->tokens[*(const uint32_t *)b];
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : (x > y) - (x < y);
}

static bool find_specials(tm_tokenizer *t) {
    t->specials = malloc((t->count + 1) * sizeof *t->specials);
    for (uint32_t i = 0; t->specials && i < t->count; i++)
        if (tm_is_special(t, i) && t->tokens[i].n) {
            t->specials[t->nspecials++] = i;
            t->starts[(unsigned char)t->text.p[t->tokens[i].at]] = true;
        }
    if (!t->specials)
        return false;
    sorted = t;
    qsort(t->specials, t->nspecials, sizeof *t->specials, longest_first);
    return true;
}

/* Every byte must have a token, or some text could not be written. */
static bool find_bytes(tm_tokenizer *t, const char *path, tm_error *err) {
    char name[8];
    for (unsigned b = 0; b < 256; b++) {
        const char byte = (char)b;
        snprintf(name, sizeof name, "<0x%02X>", b);
        const int64_t id = t->merging == TM_BY_SCORE ? tm_lookup(t, name, 6) : tm_lookup(t, &byte, 1);
        if (id < 0)
            return tm_fail(err, "%s: a token for every byte was expected, found none for 0x%02x", path, b);
        t->byte[b] = (uint32_t)id;
    }
    return true;
}

bool tm_finish_tables(tm_tokenizer *t, const char *path, tm_error *err) {
    static const char *const stops[] = {"<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>"};
    uint32_t size = 1024;
    while (size < 2 * t->count)
        size *= 2;
    t->mask = size - 1;
    t->table = calloc(size, sizeof *t->table);
    if (!t->table || !find_specials(t))
        return tm_fail(err, "%s: no memory", path);
    for (uint32_t i = 0; i < t->count; i++)
        if ((t->tokens[i].type == TM_NORMAL || t->tokens[i].type == TM_BYTE) && t->tokens[i].n &&
            tm_lookup(t, t->text.p + t->tokens[i].at, t->tokens[i].n) < 0)
            insert(t, i);
    for (size_t i = 0; i < sizeof stops / sizeof *stops && t->eot < 0; i++)
        t->eot = tm_special_id(t, stops[i]);
    return find_bytes(t, path, err);
}

uint32_t tm_vocab(const tm_tokenizer *t) {
    return t->count;
}

bool tm_is_special(const tm_tokenizer *t, uint32_t id) {
    return id < t->count && (t->tokens[id].type == TM_CONTROL || t->tokens[id].type == TM_USER ||
                             t->tokens[id].type == TM_UNKNOWN);
}

int64_t tm_special_id(const tm_tokenizer *t, const char *name) {
    for (size_t i = 0; i < t->nspecials; i++)
        if (tm_str_is(tm_token_text(t, t->specials[i]), name))
            return t->specials[i];
    return TM_NO_TOKEN;
}

int64_t tm_bos(const tm_tokenizer *t) {
    return t->bos;
}
int64_t tm_eos(const tm_tokenizer *t) {
    return t->eos;
}

bool tm_is_stop(const tm_tokenizer *t, uint32_t id) {
    static const char *const names[] = {"<|eot_id|>", "<|end_of_text|>", "<|eom_id|>",
                                        "<|im_end|>", "<|endoftext|>",   "</s>"};
    if ((int64_t)id == t->eos || (int64_t)id == t->eot)
        return true;
    for (size_t i = 0; tm_is_special(t, id) && i < sizeof names / sizeof *names; i++)
        if (tm_str_is(tm_token_text(t, id), names[i]))
            return true;
    return false;
}

tm_str tm_token_text(const tm_tokenizer *t, uint32_t id) {
    if (id >= t->count)
        return (tm_str){NULL, 0};
    return (tm_str){t->text.p + t->tokens[id].at, t->tokens[id].n};
}

/* ---- merges ---------------------------------------------------------------------------------------------- */
bool tm_add_merge(tm_tokenizer *t, tm_str left, tm_str right, uint32_t rank, size_t total) {
    if (!t->pairs) {
        uint32_t size = 1024;
        while (size < 2 * total && size < 1u << 30)
            size *= 2;
        t->pair_mask = size - 1;
        t->pairs = calloc(size, sizeof *t->pairs);
    }
    tm_buffer both = {0};
    bool good = t->pairs && rank < total && tm_alphabet_bytes(left, &both);
    const size_t cut = both.n;
    good = good && tm_alphabet_bytes(right, &both);
    const int64_t a = good ? tm_lookup(t, both.p, cut) : -1,
                  b = good ? tm_lookup(t, both.p + cut, both.n - cut) : -1;
    tm_buffer_free(&both);
    if (a < 0 || b < 0)
        return false;
    uint64_t i = ((uint64_t)a << 32 | (uint64_t)b) * 0x9e3779b97f4a7c15u >> 20;
    while (t->pairs[i & t->pair_mask].rank)
        i++;
    t->pairs[i & t->pair_mask] = (struct tm_pair){(uint32_t)a, (uint32_t)b, rank + 1};
    return true;
}
