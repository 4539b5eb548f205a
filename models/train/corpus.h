/* corpus.h: documents to learn from, as token ids, and batches of them in a seeded order. */
#ifndef TM_TRAIN_CORPUS_H
#define TM_TRAIN_CORPUS_H

#include "models/tokenizer/tokenizer.h"
#include "models/train/net.h"

/* A stretch of tokens that is learned as one: a document, or a part of one that is longer than the context. */
typedef struct tm_stretch {
    size_t first; /* in `ids`; the tokens that go in are ids[first .. first + n - 1] */
    size_t n;     /* and each is to tell the next: ids[first + 1 .. first + n] */
} tm_stretch;

typedef struct tm_corpus {
    tm_ids ids;
    tm_buffer learn; /* a byte for each id: is it to be told from those before? */
    tm_stretch *stretch;
    size_t stretches, room, documents;
    size_t inputs, counted; /* tokens that go in; those of them whose next one is learned */
} tm_corpus;

/* Adds a file. <name>.jsonl: dialogues, one a line, {"messages": [{"role": ..., "content": ...}, ...]},
 * rendered with LLaMA-3's template; what the assistant says, and that it ends, is learned. Any other: text;
 * documents are set apart by blank lines, each begins with <|begin_of_text|> where the vocabulary has it and
 * ends with
 * <|end_of_text|>; all of it is learned. False: err (a file without documents; a line that is no dialogue). */
bool tm_corpus_add(tm_corpus *, const char *path, tm_tokenizer *, uint32_t context, tm_error *err);
void tm_corpus_free(tm_corpus *);

/* Deals out stretches: each once an epoch, in an order that seed and epoch decide. */
typedef struct tm_deal {
    const tm_corpus *corpus;
    uint64_t seed;
    uint64_t epoch, at; /* the next one is order[at]: these two are all of its state */
    uint32_t *order;    /* [stretches] */
    bool in_turn;       /* as they are, without shuffling */
    /* the batch */
    uint32_t *token, *start;
    int32_t *target;
    size_t most;
} tm_deal;

/* Batches of at most `most` tokens, which no stretch may exceed. False: no memory. */
bool tm_deal_new(tm_deal *, const tm_corpus *, size_t most, uint64_t seed, bool in_turn, tm_error *err);
void tm_deal_free(tm_deal *);
/* Goes on from there. */
void tm_deal_seek(tm_deal *, uint64_t epoch, uint64_t at);
/* As many whole stretches as fit, until the end of the epoch. The arrays live until the next call. */
tm_batch tm_deal_next(tm_deal *);

#endif
