/* tune.h: from the samples of a bench case to a class of the choice table. */
#ifndef TL_TUNE_H
#define TL_TUNE_H

#include "harness/bench.h"
#include "kernels/choice.h"

/* Ranks the entries of a closed case (samples still there) into rows[0..n), n returned: at most
 * TL_MAX_ENTRIES, 0 if nothing was timed right. The fastest median comes first; one whose paired ratio to it
 * has an interval that reaches 1 is a tie, and of those the order without a table decides who is rank 1. Ratios
 * are against rank 1, paired block by block. */
size_t tl_tune_rank(const tl_bench_case *, const char *format, tk_choice_row *rows);

#endif
