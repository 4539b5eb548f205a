/* inside.h: a tokenizer's tables, shared by the files of this folder. */
#ifndef TM_TOKENIZER_INSIDE_H
#define TM_TOKENIZER_INSIDE_H

#include "models/tokenizer/tokenizer.h"

/* Token types of GGUF. */
enum { TM_NORMAL = 1, TM_UNKNOWN, TM_CONTROL, TM_USER, TM_UNUSED, TM_BYTE };

/* How two neighbours are chosen for a merge: the one whose text has the lowest id, the lowest place in a list
 * of merges, or the highest score. */
typedef enum tm_merging { TM_BY_ID, TM_BY_LIST, TM_BY_SCORE } tm_merging;

typedef struct tm_token {
    uint32_t at, n; /* its bytes in `text` */
    float score;
    uint8_t type;
} tm_token;

typedef struct tm_split tm_split;

struct tm_tokenizer {
    tm_token *tokens;
    uint32_t count, room;
    tm_buffer text;
    uint32_t *table; /* token text -> id + 1, open addressing */
    uint32_t mask;
    struct tm_pair {
        uint32_t left, right, rank;
    } * pairs; /* TM_BY_LIST: (left, right) -> rank + 1, open addressing */
    uint32_t pair_mask;
    tm_merging merging;
    bool ignore_merges; /* a piece that is a token is that token, whatever merging says */
    bool add_bos, space_prefix;
    int64_t bos, eos, eot, unknown;
    uint32_t byte[256]; /* the token of each byte */
    uint32_t *specials; /* ids, the longest first */
    size_t nspecials;
    bool starts[256]; /* does a special token begin with this byte? */
    tm_split *split;  /* NULL: SentencePiece, text is one piece */
    void *parts;      /* work space of merging */
    size_t parts_room;
};

tm_tokenizer *tm_tokenizer_new(void);
/* Adds the next id. In the alphabet of GPT-2 if `alphabet` is set and the type is normal, else bytes. */
bool tm_add_token(tm_tokenizer *, tm_str text, float score, uint8_t type, bool alphabet);
bool tm_finish_tables(tm_tokenizer *, const char *path, tm_error *err); /* after the last token */
bool tm_add_merge(tm_tokenizer *, tm_str left, tm_str right, uint32_t rank,
                  size_t total); /* both in GPT-2's alphabet */
int64_t tm_lookup(const tm_tokenizer *, const char *p, size_t n);
bool tm_merge_piece(tm_tokenizer *, const char *p, size_t n, tm_ids *);

/* The alphabet of GPT-2: a byte's code point, and text in it to bytes (appended). */
unsigned tm_alphabet_code(unsigned byte);
bool tm_alphabet_bytes(tm_str text, tm_buffer *);

/* split.c: pieces of text by a regular expression, through PCRE2. `name` as in tokenizer.ggml.pre. */
tm_split *tm_split_new(const char *name, const char *path, tm_error *err);
void tm_split_free(tm_split *);
const char *tm_split_name(const tm_split *); /* for tokenizer.ggml.pre */
/* A new text begins: what was known of the one before may not be true of this one. */
void tm_split_start(tm_split *);
/* The length of the piece that starts at p; at least 1. */
size_t tm_split_next(tm_split *, const char *p, size_t n);

tm_tokenizer *tm_tokenizer_from_json(tm_str text, const char *path, tm_error *err);
tm_tokenizer *tm_tokenizer_from_tiktoken(tm_str text, const char *path, tm_error *err);
/* The name of special token i of LLaMA-3. Returns its length. */
int tm_llama3_special(char *to, size_t n, size_t i);

#endif
