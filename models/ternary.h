/* ternary.h: a weight matrix of a model: any ternary tensor of a GGUF file as values and scales, or as a packed
 * layout that kernels run on. */
#ifndef TM_TERNARY_H
#define TM_TERNARY_H

#include "kernel.h"
#include "layouts/tl.h"
#include "models/gguf/gguf.h"

/* The orders of I2_S. No file says which it has. */
typedef enum tm_i2s_order {
    TM_I2S_128,  /* groups of 128: bitnet.cpp on x86, and before November 2025 everywhere */
    TM_I2S_64,   /* groups of 64: bitnet.cpp on ARM since then */
    TM_I2S_4_ROW /* four rows in a byte: bitnet.cpp on x86, built without ACT_PARALLEL */
} tm_i2s_order;
/* From "128", "64", "4-row"; NULL is 128. False: another word. */
bool tm_i2s_order_of(const char *word, tm_i2s_order *);

/* How TL1 and TL2 tensors are tiled. No file says it. */
typedef struct tm_tl {
    enum { TM_TL_UNKNOWN, TM_TL_PRESET, TM_TL_GIVEN } from; /* refused; bitnet.cpp's presets; `tiling` */
    tk_tiling tiling;
} tm_tl;
/* From "preset" or "BM,BY,bm"; NULL is unknown. False: another word. */
bool tm_tl_of(const char *word, tm_tl *);

/* How a file is to be read. All zero: the usual. */
typedef struct tm_reading {
    bool large_pages; /* weights are copied into 2 MiB pages instead of being used where the file is mapped */
    tm_i2s_order i2s_order;
    tm_tl tl;
} tm_reading;

typedef struct tm_matrix {
    char name[65];
    const tk_layout *layout;
    const void *w; /* packed, in the file or in `owned` */
    size_t m, k;
    float scale;      /* of all rows, or */
    float *row_scale; /* of each row: float[m], NULL if they are all `scale` */
    void *owned;
    size_t owned_bytes;   /* mapped, where `owned` is not NULL */
    struct tm_lora *lora; /* lora.h; NULL: none */
} tm_matrix;

/* Is this a type whose weights are -1, 0 or +1 times a scale? */
bool tm_type_is_ternary(uint32_t type, bool bitnet);

/* The layout whose bytes the tensor's are, so that kernels can run on the file in place; NULL if it has to be
 * repacked. */
const tk_layout *tm_layout_in_place(const tm_tensor *, tm_reading);
/* Where the F16 scale lies in each block of the type; -1: its scales are elsewhere. */
int tm_block_scale_at(uint32_t type);
/* Where the scale of row i lies in a tensor of k columns whose rows have one each: F32 (IQ2_BN, IQ2_BN_R4), F16
 * (IQ1_BN). */
size_t tm_row_scale_at(uint32_t type, size_t i, size_t k);

/* The layout of this name (i2s, tq1_0, tq2_0, iq2_bn, q2_0, b2x, b3, ...) or NULL. */
const tk_layout *tm_layout_find(const char *name);

/* Values of all rows, int8[m][k], and a scale for each row, float[m]. Also F32, F16 and BF16 tensors, where a
 * row or the whole matrix has but one magnitude. False: a value that is not ternary, unequal scales inside of a
 * row, a scale that is not finite, a type without known ternary values. */
bool tm_ternary_values(const tm_gguf *, const tm_tensor *, tm_reading, int8_t *w, float *scales, tm_error *err);

/* Loads a matrix of m x k: in place where `layout` is NULL or what the file has, else repacked. The file must
 * stay open. False: err; nothing is left behind. */
bool tm_matrix_load(tm_matrix *, const tm_gguf *, const char *name, size_t m, size_t k, const tk_layout *layout,
                    tm_reading, tm_error *err);
void tm_matrix_free(tm_matrix *);

/* A copy of n bytes in large pages; NULL: no memory. */
void *tm_copy_to_pages(const void *, size_t n);
/* Pages for n bytes, zero; `large`: 2 MiB ones where the system has them. NULL: no memory. */
void *tm_pages(size_t n, bool large);
void tm_pages_free(void *, size_t n);
size_t tm_memory_there(void); /* bytes that can be had without swapping */

#endif
