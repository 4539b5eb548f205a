/* blas.h: matrix products of float32 through OpenBLAS, in one place. The library is loaded when it is first
 * asked for, so that nothing but training needs it; it runs on the calling thread, and threads of a pool may
 * each call it for their own part. */
#ifndef TM_BLAS_H
#define TM_BLAS_H

#include "models/text.h"

/* False: err. */
bool tm_blas_load(tm_error *err);

/* A matrix in memory, row after row; `turned`: its transpose takes part. */
typedef struct tm_operand {
    const float *p;
    size_t stride; /* from one row in memory to the next */
    bool turned;
} tm_operand;

/* c[m][n] = alpha * a[m][k] * b[k][n] + beta * c, rows of c are c_stride apart. */
void tm_gemm(size_t m, size_t n, size_t k, float alpha, tm_operand a, tm_operand b, float beta, float *c,
             size_t c_stride);

#endif
