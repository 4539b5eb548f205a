/* gemv.h: gemv and gemm are the same problem (w M x K ternary, x N x K int8, y N x M int32) with other numbers
 * of tokens: gemm's adapter takes all but its shapes from gemv's. */
#ifndef TL_OPS_GEMV_H
#define TL_OPS_GEMV_H

#include "harness/op.h"

enum { TL_GEMV_ARRAYS = 4 };
extern const tl_array_spec tl_gemv_arrays[TL_GEMV_ARRAYS];
extern const char *const tl_gemv_classes[];
size_t tl_gemv_extent(tk_shape);
size_t tl_gemv_owner(const tl_array_spec *, tk_shape, size_t element);
void tl_gemv_fill(tl_case *, int cls, tl_rng *);
void tl_gemv_oracle(tl_case *);
double tl_gemv_bytes(tk_shape, const tk_layout *);
double tl_gemv_ops(tk_shape);

#endif
