/* dequant.c: rows of a type from standard input to f32 on standard output: dequant ID K. For
 * reference/test/dequant.py. Without words: what must be refused. */
#include "kernels/dequant/dequant.h"

#include <stdio.h>
#include <stdlib.h>

static int refusals(void) {
    float f[256];
    const uint8_t zero[512] = {0};
    const tk_type *q6 = tk_type_find(14), *f16 = tk_type_find(1);
    int bad = tk_type_find(39) != NULL || tk_type_find(4) != NULL || !q6 || !f16;
    bad |= tk_type_row_bytes(q6, 255) != 0 || tk_type_row_bytes(q6, 512) != 420;
    bad |= tk_type_row_bytes(f16, SIZE_MAX) != 0 || tk_dequant_row(f, q6, zero, 100, 1);
    bad |= tk_embed(f, f16, zero, 2, 4, 2) || !tk_embed(f, f16, zero, 2, 4, 1);
    return bad;
}

int main(int argc, char **argv) {
    if (argc != 3)
        return refusals();
    const tk_type *t = tk_type_find((uint32_t)atoi(argv[1]));
    const size_t k = (size_t)atol(argv[2]), bytes = t ? tk_type_row_bytes(t, k) : 0;
    uint8_t *row = malloc(bytes + 1);
    float *out = malloc((k + 1) * sizeof *out);
    if (!bytes || !row || !out)
        return 2;
    while (fread(row, 1, bytes, stdin) == bytes)
        if (!tk_dequant_row(out, t, row, k, 1) || fwrite(out, sizeof *out, k, stdout) != k)
            return 2;
    free(row);
    free(out);
    return 0;
}
