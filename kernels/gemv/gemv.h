/* gemv.h: the float side of W1.58A8. The kernels end in int32; this turns a row of sums into activations. */
#ifndef TK_GEMV_H
#define TK_GEMV_H

#include <stddef.h>
#include <stdint.h>

/* y[i] = ((float)acc[i] / act_scale) * weight_scale for i in 0..m-1: divide, then multiply, all f32, so that
 * every ISA gives the same bits. act_scale is what quantisation multiplied by (127 / absmax); the weights'
 * scale is a multiplier. y and acc must not overlap. */
void tk_gemv_finish(float *y, const int32_t *acc, size_t m, float act_scale, float weight_scale);

#endif
