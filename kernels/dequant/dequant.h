/* dequant.h: the tensor types of GGUF files, and a row of each as f32.
 *
 * Layouts from ggml (src/ggml-common.h, src/ggml-quants.c), for I2_S from microsoft/BitNet
 * (src/ggml-bitnet-mad.cpp), for IQ1_BN and IQ2_BN from ik_llama.cpp (ggml/src/iqk/iqk_quantize.cpp), for PQ2_0
 * and PTQ1_0 from PrismML's llama.cpp, for STQ1_0 from ggml pull request 22836 (older files of it say 42). A
 * value is the product of exact factors, rounded where the type's formula rounds; types of one scale are exact.
 */
#ifndef TK_DEQUANT_H
#define TK_DEQUANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tk_type {
    uint32_t id; /* in a GGUF file; 36..39 are bitnet.cpp's, 134 and 135 ik_llama's, 142 and 143 PrismML's */
    const char *name;        /* "Q6_K" */
    uint32_t weights, bytes; /* of a block; a row is whole blocks */
    uint32_t row_head;       /* bytes before the blocks of each row (IQ1_BN, IQ2_BN: the row's scale) */
    void (*block)(float *dst, const uint8_t *block);
    void (*head)(float *scale, const uint8_t *head); /* NULL: 1 */
} tk_type;

/* The type with this id, or NULL. 39 is not among them: TL2 in bitnet.cpp, MXFP4 elsewhere. */
const tk_type *tk_type_find(uint32_t id);
/* All of them, *count many. */
const tk_type *tk_types(size_t *count);

/* Bytes of a row of k weights; 0 if k is no multiple of the block or the number does not fit. */
size_t tk_type_row_bytes(const tk_type *, size_t k);

/* dst[0..k-1] = a row. src holds tk_type_row_bytes bytes, at any alignment. `scale` multiplies every value: 1
 * but for I2_S, whose one scale stands behind the tensor. False: k is no multiple of the block; nothing is
 * written. */
bool tk_dequant_row(float *dst, const tk_type *, const void *src, size_t k, float scale);

/* Token `id` of an embedding of `rows` rows of k: false if there is no such row or k does not fit. */
bool tk_embed(float *dst, const tk_type *, const void *table, uint64_t rows, size_t k, uint64_t id);

#endif
