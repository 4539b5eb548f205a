/* tokenizer.h: text to token ids and back. Byte-level BPE as in GPT-2 and LLaMA-3 (meta-llama/llama3,
 * llama/tokenizer.py; openai/tiktoken) and SentencePiece's BPE (the `llama` model of GGUF files). Text is
 * bytes: any of them come back as they were. */
#ifndef TM_TOKENIZER_H
#define TM_TOKENIZER_H

#include "models/gguf/gguf.h"
#include "models/ids.h"

enum { TM_NO_TOKEN = -1 };

typedef struct tm_tokenizer tm_tokenizer;

/* From a model's metadata (tokenizer.ggml.*), from a file (HF tokenizer.json, or tiktoken's base64 ranks plus
 * the 256 special tokens of LLaMA-3), or of 256 bytes and LLaMA-3's special tokens. NULL: err. The caller
 * frees. */
tm_tokenizer *tm_tokenizer_from_gguf(const tm_gguf *, tm_error *err);
tm_tokenizer *tm_tokenizer_from_file(const char *path,
                                     tm_error *err); /* GGUF, JSON or tiktoken, by its content */
void tm_tokenizer_free(tm_tokenizer *);

enum {
    TM_BOS = 1,      /* begin with BOS where the model wants it */
    TM_SPECIALS = 2, /* parse "<|eot_id|>" and the like */
    TM_CONTINUE = 4  /* text goes before this one: SentencePiece puts no blank between them */
};

/* Appends the ids of the text. False: no memory. */
bool tm_encode(tm_tokenizer *, tm_str text, unsigned flags, tm_ids *);
/* The bytes of a token; special tokens as their name. {NULL, 0}: no such id. */
tm_str tm_token_text(const tm_tokenizer *, uint32_t id);
/* Appends the bytes of ids, a whole text; tokens of control are left out unless asked for. False: no memory or
 * no such id. */
bool tm_decode(const tm_tokenizer *, const uint32_t *ids, size_t n, bool specials, tm_buffer *);
/* The same for one more id behind others. */
bool tm_decode_next(const tm_tokenizer *, uint32_t id, bool specials, tm_buffer *);

uint32_t tm_vocab(const tm_tokenizer *);
bool tm_is_special(const tm_tokenizer *, uint32_t id);
bool tm_is_stop(const tm_tokenizer *, uint32_t id);            /* end of text or of a turn */
int64_t tm_special_id(const tm_tokenizer *, const char *name); /* TM_NO_TOKEN: there is none */
int64_t tm_bos(const tm_tokenizer *);
int64_t tm_eos(const tm_tokenizer *);

/* Puts the vocabulary, its merges and its special ids into a file: tm_tokenizer_from_gguf gives the same
 * tokenizer again. False: no memory. */
bool tm_tokenizer_put(const tm_tokenizer *, tm_writer *);

/* ---- streams ---------------------------------------------------------------------------------------------
 * Bytes in, whole UTF-8 characters out: what is left of an unfinished one waits. All zero is the start. */
typedef struct tm_utf8 {
    char held[4];
    size_t n;
} tm_utf8;
/* Writes what can be shown to out (room for n + 4) and returns its length. Bytes that cannot become a character
 * go through at once. */
size_t tm_utf8_push(tm_utf8 *, const char *bytes, size_t n, char *out);
size_t tm_utf8_flush(tm_utf8 *, char *out); /* the rest, as it is */

#endif
