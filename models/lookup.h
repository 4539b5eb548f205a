/* lookup.h: several tokens from one pass where a text repeats itself.
 *
 * The ids behind the latest place where the last 3 ids, or else the last 2, stood before are what is foreseen.
 * One pass reads the last id and the first `d` foreseen ones, with the logits of each. The caller picks from
 * these in turn; as long as a pick is what was foreseen, the next logits are there; then the rest leaves the
 * cache. No split of tokens into passes changes a bit, and every pick is made, in order, from the logits that
 * plain decoding has: so the ids are the same, whatever picks them.
 *
 * `d` decides about speed alone. rate: how often what was foreseen came true lately, also where it was not read
 * (so nothing is risked before it has come true); cost: time of a pass with d more ids, in units of a pass of
 * one, measured. Of 0, 1, 3, 7, 15 it is the one with the most ids a second to be expected, (1 + rate + .. +
 * rate^d) / cost; 0 if that is less than 5 % more than plain decoding has, or if all such passes together have
 * lost more time than a 64th of what was spent. */
#ifndef TM_LOOKUP_H
#define TM_LOOKUP_H

#include "models/session.h"

enum { TM_LOOKUP_MOST = TM_SCREEN_TOKENS - 1, TM_LOOKUP_USUAL = 7 };

typedef struct tm_lookup tm_lookup;

typedef struct tm_lookup_counts {
    size_t passes, drafted, accepted; /* ids read before they were picked; of them those that were */
} tm_lookup_counts;

/* For sequence 0; `most` ids in a pass are foreseen (at most TM_LOOKUP_MOST; 0: none), with `always` as many
 * whether it pays or not. NULL: no memory. The session must outlive it. */
tm_lookup *tm_lookup_new(tm_session *, size_t most, bool always);
void tm_lookup_free(tm_lookup *); /* NULL is fine */

/* float[vocab], from which the next id is picked. The first are the caller's to write. */
float *tm_lookup_logits(tm_lookup *);

/* What was picked from them. True: the logits of this id are there. False: it is to be read, nothing that was
 * foreseen is left in the cache. */
bool tm_lookup_accept(tm_lookup *, uint32_t id);

/* Ids in the cache that were read before they were picked, those behind the logits above. */
uint32_t tm_lookup_ahead(const tm_lookup *);

/* Reads the last of the n ids so far (they only ever grow), and at most `most` ids that are foreseen behind it;
 * `best` as in tm_item. False: err. */
bool tm_lookup_read(tm_lookup *, const uint32_t *ids, size_t n, size_t most, uint32_t best, tm_error *err);

/* Picking ends: what was foreseen leaves the cache. */
void tm_lookup_cut(tm_lookup *);

tm_lookup_counts tm_lookup_counted(const tm_lookup *);

#endif
