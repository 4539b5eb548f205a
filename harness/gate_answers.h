/* gate_answers.h: do both sides' built-in models say the same? Token ids of greedy answers to a few prompts,
 * and the cosine of the logits behind the same tokens. Each side runs its own `generate` and `logits`, so any
 * base that has these commands and a built-in model can be asked. */
#ifndef TL_GATE_ANSWERS_H
#define TL_GATE_ANSWERS_H

#include "harness/gate.h"
#include "harness/gate_print.h"

typedef enum {
    TL_ANSWERS_SAME,  /* every token id, and a cosine of at least 0.99 at every position */
    TL_ANSWERS_CLOSE, /* ids may differ: rounding was changed on purpose */
    TL_ANSWERS_ANY,   /* the model is another one: what differs is counted, and is no loss */
} tl_answers_wanted;

/* Adds what is lost to v->loss, and what was found to v->answers: "0 of 4 answers differ, least
 * cosine 1.000000". A base that cannot answer is no loss, a new side that no longer can is one, whatever is
 * wanted. */
void tl_gate_answers(const tl_gate_sides *, tl_answers_wanted, tl_gate_verdict *v);

#endif
