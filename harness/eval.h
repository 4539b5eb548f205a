/* eval.h: how good a model is: perplexity, distance to stored logits, multiple choice, questions and answers.
 */
#ifndef TL_EVAL_H
#define TL_EVAL_H

#include "harness/text_model.h"

/* One figure with its 95 % interval (NAN: none). */
typedef struct tl_figure {
    const char *suite, *metric;
    char topic[48];                 /* "all", or a topic of the data */
    double value, low, high, error; /* error: the standard error */
    size_t n, of;                   /* items judged, items in the file */
    uint64_t hash;                  /* of the data set's bytes, FNV-1a */
} tl_figure;

typedef struct tl_figures {
    tl_figure *p;
    size_t n, room;
} tl_figures;

typedef struct tl_eval {
    tl_text_model t;
    size_t window, limit; /* tokens of a window; items (windows, rows) at most, 0 = all */
    uint64_t most;        /* new tokens of an answer */
    bool raw, quiet;
    tl_figures figures;
} tl_eval;

/* Each appends figures. TL_GO_ON or TL_BAD (printed). */

/* Windows of `window` tokens, one after the other; the second half of each is scored. Where the model wants a
 * BOS the text begins with one, and it stands in place of each window's first token (the windowing of
 * llama.cpp's perplexity). save: the scored tokens' logits go there as float32 .npy; compare: such a file of
 * the same text, window and vocabulary: KL divergence from it and agreement of the likeliest token. */
int tl_eval_perplexity(tl_eval *, const char *path, const char *save, const char *compare);
/* JSONL: {"context", "choices": [..], "answer": index}: which choice has the largest log-likelihood, as it is
 * and by its characters. */
int tl_eval_choice(tl_eval *, const char *path);
/* JSONL: {"question", "answer" (a string or several), "topic"}: the greedy answer must begin with one of them.
 * `suite` names its figures. */
int tl_eval_answers(tl_eval *, const char *path, const char *suite);

/* Mean of n values with its normal interval; share of n with Wilson's. */
bool tl_figure_mean(tl_figures *, tl_figure what, double sum, double squares);
bool tl_figure_share(tl_figures *, tl_figure what, size_t good);

#endif
