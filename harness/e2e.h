/* e2e.h: one way of running a model, measured end to end: load, prefill, first token, decode. */
#ifndef TL_E2E_H
#define TL_E2E_H

#include "harness/model.h"
#include "harness/noise.h"

/* What is varied. */
typedef struct tl_e2e_way {
    unsigned threads;
    const char *kernels; /* a glob, or NULL */
    size_t prompt, depth, gen;
    size_t lookup; /* most tokens foreseen in a pass; 0: plain decoding */
} tl_e2e_way;

/* One round of one way. Times in seconds, of this round alone. */
typedef struct tl_e2e_round {
    double load, first, prefill, decode, cpu, joules; /* joules < 0: not readable here */
    double *each;                                     /* of every decoded token, [gen - 1] */
    double parts[TM_PARTS];                           /* of the decoded tokens together */
    size_t passes;                                    /* that made them */
    tl_noise_span span;                               /* the caller's: what disturbed it */
} tl_e2e_round;

/* Reads `depth` tokens (not timed), then `prompt` tokens and makes `gen`. The ids are drawn from `seed`; the
 * same ones every round. round->each is the caller's, room for gen. False: err. */
bool tl_e2e_measure(tm_session *, const tl_e2e_way *, uint64_t seed, tl_e2e_round *, tm_error *err);

/* Microjoules of the CPU packages so far; negative where the system does not tell. */
double tl_e2e_energy(void);
double tl_e2e_cpu_seconds(void);
double tl_e2e_peak_rss_mb(void);

#endif
