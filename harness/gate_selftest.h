/* gate_selftest.h: how often does the gate cry wolf, and how often does it sleep? Windows, each one a gate of
 * this program against itself, with nothing changed or with a slowdown planted, judged by the code that gate
 * runs. */
#ifndef TL_GATE_SELFTEST_H
#define TL_GATE_SELFTEST_H

#include "harness/gate.h"

typedef struct tl_gate_window {
    const char *kind, *plant; /* "A/A", "slow 5 %", ...; CASE=PERCENT or NULL */
    bool load;                /* a second process keeps a core busy */
    uint64_t number;          /* another one for every window: of its random orders */
} tl_gate_window;

/* Measures and judges one window over fresh copies of the cases. TL_GO_ON, or a status (printed). */
typedef int (*tl_gate_measure)(void *ctx, const tl_gate_window *, tl_gate_case *cases, size_t n);

/* Runs what is left of the plan, `scale` percent of it, and only kinds that fit the glob (NULL: all): 200 A/A,
 * 60 each with one variant slowed by 2, 5 and 10 %, 60 with decoding slowed by 10 %, 100 A/A beside a busy
 * core. One row a window goes to `path` (CSV), and what is there already is not run again: an interrupted
 * self-test goes on. Prints rates with 95 % intervals (Clopper and Pearson 1934, Biometrika 26). TL_GOOD;
 * TL_FAILED: more than 1 % of alarms, or fewer than 95 % of the 5 % and decoding slowdowns found; TL_BAD
 * (printed). */
int tl_gate_selftest(const tl_gate_case *cases, size_t n, const char *path, unsigned scale, const char *only,
                     tl_gate_measure, void *ctx);

#endif
