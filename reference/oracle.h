/* oracle.h: plain C definitions of every op, proven equal to the NumPy definitions in reference/<op>.py by case
 * files. Built -O2 -ffp-contract=off, without the vectoriser. They share no code with the kernels. */
#ifndef TL_ORACLE_H
#define TL_ORACLE_H

#include <stddef.h>
#include <stdint.h>

/* y[i] = x[i] * t(w[i]), t = identity on {-1,0,1}, 0 elsewhere. */
void oracle_ternary_mul(float *y, const float *x, const int8_t *w, size_t n);
/* The same with {-2,-1,0,1}. */
void oracle_i2s_mul(float *y, const float *x, const int8_t *w, size_t n);
/* y[n][m] = sum over k of w[m][k] * q[n][k], int64 inside. */
void oracle_gemv(int32_t *y, const int8_t *w, const int8_t *q, size_t m, size_t k, size_t n);
void oracle_gemv_lossy(int32_t *y, float *scale, const int8_t *w, const int8_t *q, size_t m, size_t k,
                       size_t n);
/* y[n][m] = (f32)sums[n][m] / a[n] * scale[m], or * scale[0] where k is 1; each step rounded. */
void oracle_dequant_sums(float *y, const int32_t *sums, const float *a, const float *scale, size_t m, size_t k,
                         size_t n);
/* One token at a time; see reference/quant_a8.py. */
void oracle_quant_a8(int8_t *q, float *scale, int32_t *sum, const float *x, size_t n, size_t k);
/* See reference/quant_w158.py. */
void oracle_quant_w158(int8_t *t, float *scale, const float *w, size_t m, size_t k);

void oracle_rms_norm(float *y, const float *x, const float *w, float eps, size_t tokens, size_t k);
void oracle_relu2_mul(float *y, const float *gate, const float *up, size_t n);
void oracle_silu_mul(float *y, const float *gate, const float *up, size_t n);
void oracle_softmax(float *y, const float *x, size_t rows, size_t k);
void oracle_rope_half(float *y, const float *x, const float *table, size_t tokens, size_t heads, size_t dim);
void oracle_rope_pairs(float *y, const float *x, const float *table, size_t tokens, size_t heads, size_t dim);

void oracle_attention_f16(float *y, const float *q, const uint16_t *k, const uint16_t *v, size_t tokens,
                          size_t heads, size_t dim, size_t positions);
void oracle_attention_i8(float *y, const float *q, const int8_t *k, const int8_t *v, const float *scales,
                         size_t tokens, size_t heads, size_t dim, size_t positions);

/* The output head: weights as in a GGUF file. */
void oracle_head_f16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);
void oracle_head_f32(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);
void oracle_head_bf16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);
void oracle_head_q8_0(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);
void oracle_head_q6_k(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);
/* Activations rounded to 16 bits, exact sums of a block. */
void oracle_head_q6_k_a16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);
void oracle_head_q6_k_a8(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);
void oracle_head_q8_0_a16(float *y, const uint8_t *w, const float *x, size_t m, size_t k, size_t n);

/* IEEE binary16 to f32, from its definition. */
float oracle_f16(uint16_t h);
/* The float rules, written a second time: e^x, and the sum of 16 lanes by index mod 16 with its tree. */
float oracle_exp(float x);
float oracle_sum(const float *terms, size_t n);

#endif
