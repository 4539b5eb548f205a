/* ops.h: the loops of training that are no matrix products: one token, or a stretch of numbers. The steps
 * forward are kernels of the lab; these are the ways back, and what only training has. Derivatives are those of
 * the formulas in kernels/rms_norm/rms_norm.h and FORMATS 7.1. No buffer may overlap another. */
#ifndef TM_TRAIN_OPS_H
#define TM_TRAIN_OPS_H

#include <stddef.h>
#include <stdint.h>

/* y = (x r) w with r = 1 / sqrt(mean x^2 + eps):
 *   dx += r dy w - x r^3 mean(dy w x),   dw += dy x r.       All [k]. */
void tm_norm_back(float *dx, float *dw, const float *x, const float *w, const float *dy, size_t k, float eps);

/* f = max(g, 0)^2 u: g becomes df/dg times d, u becomes df/du times d. All [n]. */
void tm_relu2_back(float *g, float *u, const float *d, size_t n);

/* Row i of p [k] is a softmax: dp becomes scale * p (dp - sum p dp). */
void tm_softmax_back(float *dp, const float *p, size_t k, float scale);

void tm_add(float *y, const float *x, size_t n); /* y += x */
/* y = q scale. */
void tm_from_i8(float *y, const int8_t *q, float scale, size_t n);
/* x += part (q scale - x): `part` of the way to what quantisation makes of x. */
void tm_blend_i8(float *x, const int8_t *q, float scale, float part, size_t n);
/* int32 sums of a ternary product, in y's own place, to values (y / a) s, in the order of inference. */
void tm_from_sums(float *y, float a, float s, size_t n);
/* Sum of squares in double, 16 lanes and one tree. */
double tm_squares(const float *x, size_t n);

typedef struct tm_adam {
    float rate, decay, beta1, beta2, eps;
    float fix1, fix2; /* 1 / (1 - beta^step) */
    float gain;       /* of the gradient: mean over tokens, clipping */
} tm_adam;
/* AdamW (Loshchilov and Hutter 2019): m and v are running means of g and g^2; w loses rate * (m' / (sqrt(v') +
 * eps) + decay * w). */
void tm_adam_step(float *w, float *m, float *v, const float *g, size_t n, const tm_adam *);
/* m = beta1 m + g; w -= rate * (m + decay * w). */
void tm_momentum_step(float *w, float *m, const float *g, size_t n, const tm_adam *);

#endif
