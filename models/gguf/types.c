/* types.c: names and sizes of tensor types. */
#include "dequant/dequant.h"
#include "kernel.h"
#include "models/gguf/gguf.h"

enum { TL2_PAIR_COLUMNS = 256, SCALE_BYTES = 32 };

static const tk_layout *own_layout(uint32_t type) {
    return type == TM_B2X ? &tk_layout_b2x : type == TM_B3 ? &tk_layout_b3 : NULL;
}

const char *tm_tensor_type_name(uint32_t type, bool bitnet) {
    static _Thread_local char unknown[24];
    const tk_type *t = tk_type_find(type);
    if (type == 39)
        return bitnet ? "TL2" : "MXFP4";
    if (t)
        return t->name;
    switch (type) {
    case TM_TL1:
        return "TL1";
    case TM_B2X:
        return "B2X";
    case TM_B3:
        return "B3";
    case 37:
        return "I8_S";
    case 40:
        return "NVFP4";
    case TM_IQ2_BN_R4:
        return "IQ2_BN_R4";
    default:
        snprintf(unknown, sizeof unknown, "type %u", type);
        return unknown;
    }
}

static bool times(uint64_t *a, uint64_t b) {
    return !__builtin_mul_overflow(*a, b, a) && *a <= INT64_MAX;
}

/* Where the one scale stands: behind the weights, at a multiple of 32 bytes where the type says so. */
uint64_t tm_tensor_scale_at(uint32_t type, bool bitnet, const uint64_t ne[4]) {
    const uint64_t k = ne[0], m = ne[1] * ne[2] * ne[3], n = k * m;
    if (type == TM_I2_S || type == TM_TL1)
        return n / 4;
    if (type == TM_TL2 && bitnet && k >= TL2_PAIR_COLUMNS)
        return ((k - TL2_PAIR_COLUMNS) * m / 3 * 5 / 8 + TL2_PAIR_COLUMNS * m / 2 * 4 / 8 + 31) / 32 * 32;
    if (own_layout(type))
        return (own_layout(type)->size((tk_shape){m, k, 1, 0}) + 31) / 32 * 32;
    return 0;
}

const char *tm_tensor_bytes(uint32_t type, bool bitnet, const uint64_t ne[4], uint64_t *bytes) {
    uint64_t n = 1, rows = 1;
    for (int i = 0; i < 4; i++)
        if (!ne[i] || !times(&n, ne[i]) || (i && !times(&rows, ne[i])))
            return ne[i] ? "more elements than a number can count" : "a dimension of 0";
    if (n > INT64_MAX / 16)
        return "more elements than a number can count";
    if (tm_tensor_scale_at(type, bitnet, ne)) {
        if (type == TM_I2_S ? n % 128 : type == TM_TL1 && n % 4)
            return type == TM_I2_S ? "elements are no multiple of 128" : "elements are no multiple of 4";
        *bytes = tm_tensor_scale_at(type, bitnet, ne) + SCALE_BYTES;
        return NULL;
    }
    if (type == TM_MXFP4 && !bitnet) {
        *bytes = n / 32 * 17;
        return ne[0] % 32 ? "K is no multiple of 32" : NULL;
    }
    if (type == TM_IQ2_BN_R4) { /* IQ2_BN, four rows interleaved */
        *bytes = rows * (4 + ne[0] / 4);
        return ne[0] % 64 || rows % 4 ? "K is no multiple of 64, or M none of 4" : NULL;
    }
    const tk_type *t = tk_type_find(type);
    if (!t)
        return "a tensor type whose size is not known";
    const size_t row = tk_type_row_bytes(t, ne[0]);
    *bytes = rows;
    if (!row)
        return "K is no multiple of the type's block";
    return times(bytes, row) ? NULL : "more bytes than a number can count";
}
