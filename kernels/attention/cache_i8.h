/* cache_i8.h: an int8 cache for attention_generic.h and attention_vec.h: a scale for each row of K and of V. */
#ifndef TK_CACHE_I8_H
#define TK_CACHE_I8_H

#include "f32/f32.h"
#include "kernel.h"

enum { CACHE_ELEMENT = 1 }; /* bytes */

static inline float widen(const void *data, size_t i) {
    return (float)((const int8_t *)data)[i];
}

static inline float scaled_score(const tk_args *a, float s, size_t position) {
    return s * ((const float *)a->x3)[2 * position];
}

static inline float scaled_weight(const tk_args *a, float p, size_t position) {
    return p * ((const float *)a->x3)[2 * position + 1];
}

#endif
