/* encode.h: ternary matrices and float rows into the tensor types of GGUF files. */
#ifndef TM_ENCODE_H
#define TM_ENCODE_H

#include "kernel.h"
#include "models/gguf/gguf.h"

/* Tensor types that tm_encode_ternary and tm_encode_floats write, by the names that people type: i2_s, tq1_0,
 * tq2_0, q2_0, pq2_0, ptq1_0, stq1_0, iq1_bn, iq2_bn, iq2_bn_r4, b2x, b3 and f32, f16, bf16, q8_0, q6_k. False:
 * no such name. */
bool tm_type_of_name(const char *name, uint32_t *type);
/* The same, of those that tm_encode_ternary writes, and of those that tm_encode_floats writes. */
bool tm_weights_of_name(const char *name, uint32_t *type);
bool tm_head_of_name(const char *name, uint32_t *type);
/* The layout of the type's codes; NULL: floats, or a type that is not written. */
const tk_layout *tm_type_layout(uint32_t type);
/* Does the type store scales in fewer bits than F32? */
bool tm_type_rounds_scale(uint32_t type);

/* general.file_type of a file whose projections have this tensor type, where the engines that own the type have
 * a number for it (llama.h of llama.cpp, of bitnet.cpp's copy and of ik_llama.cpp); no key otherwise. */
bool tm_put_file_type(tm_writer *, uint32_t type);

/* Why a file of a bitnet architecture, or of another, cannot have tensors of the type; NULL: it can. */
const char *tm_type_misfit(uint32_t type, bool bitnet);

/* int8[m][k] of -1, 0, +1 and a scale a row, float[m], as a tensor: tm_tensor_bytes bytes. Where the type has
 * no room for the scale as it is (it has one for all rows and they differ; F16 that rounds), *factor gets what
 * the stored weights are to be multiplied with, all rows alike, and 1 is stored; otherwise 1. NULL, or why it
 * cannot be: K does not fit, row scales that differ, weights that the type
 * cannot hold. */
const char *tm_encode_ternary(uint8_t *out, uint32_t type, const int8_t *w, const float *scales, size_t m,
                              size_t k, float *factor);

/* Rows of k floats. F32 is exact; F16 and BF16 round to nearest; Q8_0 as ggml does (d = absmax / 127, q =
 * round(x / d), halves away from zero); Q6_K: a scale a 16 weights from its largest value, then those scales in
 * int8. NULL, or why not. */
const char *tm_encode_floats(uint8_t *out, uint32_t type, const float *x, size_t rows, size_t k);

#endif
