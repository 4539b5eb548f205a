/* gate_print.h: the verdict of a gate: for people, as records (reports/SCHEMA.md), as JUnit and as annotations.
 */
#ifndef TL_GATE_PRINT_H
#define TL_GATE_PRINT_H

#include "harness/gate.h"

enum { TL_GATE_LOSSES = 64 };

/* What is wrong, whatever it takes: a variant that fails parity, an answer that differs. */
typedef struct tl_gate_loss {
    char what[96], why[320];
} tl_gate_loss;

typedef struct tl_gate_verdict {
    const char *base; /* commit, or "a program" */
    const tl_gate_case *cases;
    size_t n;
    tl_gate_loss loss[TL_GATE_LOSSES]; /* with any of them nothing is timed */
    size_t losses;
    char answers[160];   /* what was found of the built-in models' answers; "" before */
    const char *counter; /* what counted instructions, "valgrind-3.19.0"; NULL: cases were timed */
    unsigned rounds;
    double seconds;
    char noise[200]; /* what disturbed the rounds; "": nothing was timed */
} tl_gate_verdict;

/* Adds a loss, as far as there is room. */
__attribute__((format(printf, 3, 4))) void tl_gate_lost(tl_gate_verdict *, const char *what, const char *why,
                                                        ...);

typedef struct tl_gate_outputs {
    const char *csv, *json, *junit, *md; /* paths, or NULL */
    bool annotate, quiet;
    uint64_t seed;
} tl_gate_outputs;

/* Prints and writes all of it. TL_GOOD; TL_FAILED: a case is SLOW or MORE, or something is lost; TL_BAD
 * (printed). */
int tl_gate_conclude(const tl_gate_verdict *, const tl_gate_outputs *);

#endif
