/* dequant.c: looking types up, rows of blocks. */
#include "dequant/blocks.h"

static const tk_type *const groups[] = {tk_types_plain, tk_types_small, tk_types_k, tk_types_ternary};
enum { GROUPS = sizeof groups / sizeof *groups, MOST = 64 };

const tk_type *tk_type_find(uint32_t id) {
    for (size_t g = 0; g < GROUPS; g++)
        for (const tk_type *t = groups[g]; t->name; t++)
            if (t->id == id)
                return t;
    return NULL;
}

const tk_type *tk_types(size_t *count) {
    static tk_type all[MOST];
    *count = 0;
    for (size_t g = 0; g < GROUPS; g++)
        for (const tk_type *t = groups[g]; t->name && *count < MOST; t++)
            all[(*count)++] = *t;
    return all;
}

size_t tk_type_row_bytes(const tk_type *t, size_t k) {
    const size_t blocks = k / t->weights;
    if (k % t->weights || blocks > (SIZE_MAX / 2 - t->row_head) / t->bytes)
        return 0;
    return t->row_head + blocks * t->bytes;
}

bool tk_dequant_row(float *dst, const tk_type *t, const void *src, size_t k, float scale) {
    const uint8_t *block = (const uint8_t *)src + t->row_head;
    if (k % t->weights)
        return false;
    if (t->head) {
        float row;
        t->head(&row, src);
        scale *= row;
    }
    for (size_t i = 0; i < k; i += t->weights, block += t->bytes)
        t->block(dst + i, block);
    for (size_t i = 0; i < k && scale != 1.0f; i++)
        dst[i] *= scale;
    return true;
}

bool tk_embed(float *dst, const tk_type *t, const void *table, uint64_t rows, size_t k, uint64_t id) {
    const size_t bytes = tk_type_row_bytes(t, k);
    if (id >= rows || (!bytes && k) || id > SIZE_MAX / (bytes ? bytes : 1))
        return false;
    return tk_dequant_row(dst, t, (const uint8_t *)table + (size_t)id * bytes, k, 1);
}
