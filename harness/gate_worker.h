/* gate_worker.h: `ternlab gate --serve`: times cases on request, so that two programs can take turns. Both
 * sides of a gate run it, the base with the code of its own day: the lines below are its contract. Each request
 * is a line on standard input, each answer one on standard output.
 *
 *   hello                         ternlab-gate 1
 *   kernel NAME M K N G THREADS   ok                       hot; weights packed, expected answers at hand
 *   decode THREADS                ok                       the built-in model, one token after another
 *   slow CASE PERCENT             ok                       from now on it takes so much longer: a planted
 * slowdown time CASE BLOCKS              NS NS NS ...             CASE counts from 0; nanoseconds of a call,
 * one a block
 *
 * What cannot be done is answered with "no" and the reason. Nothing runs between requests, so an idle worker
 * costs the other one nothing. Ends with its input. */
#ifndef TL_GATE_WORKER_H
#define TL_GATE_WORKER_H

#define TL_GATE_HELLO "ternlab-gate 1"
enum { TL_GATE_CASES = 64, TL_GATE_BLOCKS = 64 };

/* TL_GOOD at the end of the input, TL_BAD on a line that is no request (printed). */
int tl_gate_serve(void);

#endif
