#include "reference/oracle.h"

void oracle_rope_half(float *y, const float *x, const float *table, size_t tokens, size_t heads, size_t dim) {
    for (size_t t = 0; t < tokens; t++, table += dim)
        for (size_t h = 0; h < heads; h++, x += dim, y += dim)
            for (size_t i = 0; i < dim / 2; i++) {
                const float c = table[i], s = table[dim / 2 + i], a = x[i], b = x[i + dim / 2];
                const float ac = a * c, bs = b * s, as = a * s, bc = b * c;
                y[i] = ac - bs;
                y[i + dim / 2] = as + bc;
            }
}
