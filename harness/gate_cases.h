/* gate_cases.h: what gate times and count counts when nothing else is asked for. */
#ifndef TL_GATE_CASES_H
#define TL_GATE_CASES_H

#include "kernels/kernel.h"

typedef struct tl_usual_case {
    const char *op, *format; /* format NULL: any */
    tk_shape shape;
    unsigned threads;
} tl_usual_case;

/* What a token meets: the products in the layouts of the field and in ours, and the rest of a transformer. */
const tl_usual_case *tl_usual_cases(size_t *n);

#endif
