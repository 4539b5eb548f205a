/* ops.c: see ops.h. Sums have 16 lanes, as everywhere in the lab. */
#include "models/train/ops.h"

#include "models/train/wide.h"

TM_WIDE void tm_norm_back(float *restrict dx, float *restrict dw, const float *restrict x,
                          const float *restrict w, const float *restrict dy, size_t k, float eps) {
    float square[F32_LANES] = {0}, along[F32_LANES] = {0};
    size_t i = 0;
    for (; i + F32_LANES <= k; i += F32_LANES)
        for (size_t j = 0; j < F32_LANES; j++) {
            square[j] += x[i + j] * x[i + j];
            along[j] += dy[i + j] * w[i + j] * x[i + j];
        }
    for (size_t j = 0; i < k; i++, j++) {
        square[j] += x[i] * x[i];
        along[j] += dy[i] * w[i] * x[i];
    }
    const float r = 1.0f / sqrtf(f32_tree(square) / (float)k + eps);
    const float back = r * r * r * (f32_tree(along) / (float)k);
    for (i = 0; i < k; i++) {
        dx[i] += r * (dy[i] * w[i]) - x[i] * back;
        dw[i] += dy[i] * (x[i] * r);
    }
}

TM_WIDE void tm_relu2_back(float *restrict g, float *restrict u, const float *restrict d, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const float r = g[i] > 0 ? g[i] : 0;
        g[i] = d[i] * (2 * r * u[i]);
        u[i] = d[i] * (r * r);
    }
}

TM_WIDE void tm_softmax_back(float *restrict dp, const float *restrict p, size_t k, float scale) {
    float sum[F32_LANES] = {0};
    size_t i = 0;
    for (; i + F32_LANES <= k; i += F32_LANES)
        for (size_t j = 0; j < F32_LANES; j++)
            sum[j] += p[i + j] * dp[i + j];
    for (size_t j = 0; i < k; i++, j++)
        sum[j] += p[i] * dp[i];
    const float along = f32_tree(sum);
    for (i = 0; i < k; i++)
        dp[i] = scale * (p[i] * (dp[i] - along));
}

TM_WIDE void tm_add(float *restrict y, const float *restrict x, size_t n) {
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

TM_WIDE void tm_from_i8(float *restrict y, const int8_t *restrict q, float scale, size_t n) {
    for (size_t i = 0; i < n; i++)
        y[i] = (float)q[i] * scale;
}

TM_WIDE void tm_blend_i8(float *restrict x, const int8_t *restrict q, float scale, float part, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] += part * ((float)q[i] * scale - x[i]);
}

TM_WIDE void tm_from_sums(float *y, float a, float s, size_t n) {
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(int32_t)f32_bits(y[i]) / a * s;
}

TM_WIDE double tm_squares(const float *x, size_t n) {
    double lane[F32_LANES] = {0};
    size_t i = 0;
    for (; i + F32_LANES <= n; i += F32_LANES)
        for (size_t j = 0; j < F32_LANES; j++)
            lane[j] += (double)x[i + j] * (double)x[i + j];
    for (size_t j = 0; i < n; i++, j++)
        lane[j] += (double)x[i] * (double)x[i];
    for (size_t half = F32_LANES / 2; half; half /= 2)
        for (size_t j = 0; j < half; j++)
            lane[j] += lane[j + half];
    return lane[0];
}

TM_WIDE void tm_adam_step(float *restrict w, float *restrict m, float *restrict v, const float *restrict g,
                          size_t n, const tm_adam *a) {
    const float rate = a->rate, decay = a->decay, b1 = a->beta1, b2 = a->beta2, eps = a->eps, gain = a->gain;
    const float fix1 = a->fix1, fix2 = a->fix2;
    for (size_t i = 0; i < n; i++) {
        const float d = g[i] * gain;
        m[i] = b1 * m[i] + (1 - b1) * d;
        v[i] = b2 * v[i] + (1 - b2) * (d * d);
        w[i] -= rate * (m[i] * fix1 / (sqrtf(v[i] * fix2) + eps) + decay * w[i]);
    }
}

TM_WIDE void tm_momentum_step(float *restrict w, float *restrict m, const float *restrict g, size_t n,
                              const tm_adam *a) {
    const float rate = a->rate, decay = a->decay, b1 = a->beta1, gain = a->gain;
    for (size_t i = 0; i < n; i++) {
        m[i] = b1 * m[i] + g[i] * gain;
        w[i] -= rate * (m[i] + decay * w[i]);
    }
}
