#include "reference/oracle.h"

#include <math.h>

void oracle_softmax(float *y, const float *x, size_t rows, size_t k) {
    for (size_t r = 0; r < rows; r++, x += k, y += k) {
        float max = -INFINITY;
        for (size_t i = 0; i < k; i++)
            if (x[i] > max)
                max = x[i];
        for (size_t i = 0; i < k; i++)
            y[i] = oracle_exp(x[i] - max);
        const float sum = oracle_sum(y, k);
        for (size_t i = 0; i < k; i++)
            y[i] = y[i] / sum;
    }
}
