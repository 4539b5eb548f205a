/* clang-format off */
/* gate_worker.h: `ternlab gate --serve`: times cases on request, so that two programs can take turns. Both sides of
 * a gate run it, the base with the code of its own day: the lines below are its contract. Each request is a line
 * on standard input, each answer one on standard output.
 *
 *   hello                         ternlab-gate 1 COMPILER
 *   has NAME                      ok NAME                  is there a variant of this name that runs here?
 *   pick OP FORMAT M K N G        ok NAME                  what dispatch picks; FORMAT - is any
 *   kernel NAME M K N G THREADS   ok                       a case: hot, weights packed
 *   decode THREADS                ok                       a case: the built-in model, one token after another
 *   slow CASE PERCENT             ok                       from now on it takes so much longer: planted
 *   time CASE BLOCKS              NS NS NS ...             nanoseconds of a call, one a block
 *
 * CASE counts from 0. What cannot be done is answered with "no" and the reason. Nothing runs between requests, so
 * an idle worker costs the other one nothing. Ends with its input. */
/* clang-format on */
#ifndef TL_GATE_WORKER_H
#define TL_GATE_WORKER_H

#define TL_GATE_HELLO "ternlab-gate 1"
enum { TL_GATE_CASES = 64, TL_GATE_BLOCKS = 64 };

/* TL_GOOD at the end of the input, TL_BAD on a line that is no request (printed). */
int tl_gate_serve(void);

#endif
