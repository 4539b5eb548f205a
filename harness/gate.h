/* gate.h: two programs timed in turns. `gate` builds one of them from another revision, its self-test plants
 * slowdowns; both use this.
 *
 * A round starts a fresh process of each side (another layout of memory, other pages) and lets them take turns
 * over every open case in blocks of ABBA or BAAB, drawn at random; never both at once. What is kept of a round
 * is one pair of times a case, so rounds are independent and drift inside a block cancels. */
#ifndef TL_GATE_H
#define TL_GATE_H

#include "harness/compare_stats.h"
#include "kernels/kernel.h"

enum { TL_GATE_ROUNDS = 512 };

typedef struct tl_gate_case {
    char op[24],
        format[16];   /* each side's dispatch picks its variant; op "": both time the one that is named */
    char name[2][64]; /* of base and new: the variant, or "decode": the built-in model */
    tk_shape shape;   /* variants */
    unsigned threads; /* 1 or more */
    double threshold; /* 0.05: 5 % more time has to be found, or 5 % more instructions are too many */
    /* filled here: */
    const char *missing; /* on one side only, or it does not run: why; static or in `why` */
    char why[96];
    double base[TL_GATE_ROUNDS], new[TL_GATE_ROUNDS]; /* nanoseconds, one a round */
    size_t rounds, suspect; /* it looked slower after so many rounds: later ones have to say so by themselves */
    bool settled;
    tl_change change;         /* kind: the verdict so far; AMBG before the first */
    uint64_t instructions[2]; /* of base and new, of one call: counted instead of timed; 0: not counted */
} tl_gate_case;

typedef struct tl_gate_sides {
    const char *base, *new; /* programs */
    const char *slow; /* NULL, or a variant of `new` that is slowed down on purpose: "NAME=5", in percent */
} tl_gate_sides;

/* Do both sides answer, built by the same compiler? Names the cases' variants, and marks those that one side
 * has not. False: printed. */
bool tl_gate_meet(const tl_gate_sides *, tl_gate_case *, size_t n);

/* One round over the cases that are not settled. False: printed (a side does not start, answers wrongly, ends);
 * an interrupt ends both sides with this program. */
bool tl_gate_round(const tl_gate_sides *, tl_gate_case *, size_t n, tl_rng *);

/* Judges all cases by their rounds, corrected for their number, not for how often one looks: look seldom. SLOW
 * takes two: what looks slower is measured anew, and is SLOW when the fresh rounds alone say so, too; until
 * then it is AMBG. `settled`: no more rounds are needed. */
void tl_gate_judge(tl_gate_case *, size_t n, uint64_t seed);

#endif
