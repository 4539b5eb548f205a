/* parity_worker.h: what the worker process and the checks share. Private to harness/parity*.c. */
#ifndef TL_PARITY_WORKER_H
#define TL_PARITY_WORKER_H

#include "harness/guard.h"
#include "harness/parity.h"
#include "kernels/pool.h"

#include <stdarg.h>
#include <stdio.h>

/* Lies in memory shared by parent and worker: it outlives a crash. */
typedef struct tl_shared {
    volatile int in_kernel; /* between entry and return of a kernel */
    volatile int at_end;    /* which placement was being run */
    volatile unsigned turn; /* the case being run: its number ... */
    tl_failure now;         /* ... and what it is called */
    volatile int finished;
    unsigned cases, passed, generated; /* run and passed in all; generated ones among those run */
    int failures;
    tl_failure failure[TL_MAX_FAILURES];
} tl_shared;

typedef struct tl_worker {
    const tk_kernel *kernel;
    tl_shared *shared;
    tl_guard guard[TL_MAX_ARRAYS + 1]; /* the last is scratch */
    tk_args args;
    tk_pool *pool;     /* two threads; NULL if they could not be had */
    bool vector_state; /* can the upper halves be checked here? */
    bool replay;
    tl_failure found; /* by the case just run */
} tl_worker;

/* All checks of one case; false: w->found says what was found. `turn` picks the parts and the threaded cases.
 */
bool tl_check_case(tl_worker *, const tl_case *, unsigned turn);

#endif
