/* gate_cases.c: see gate_cases.h. */
#include "harness/gate_cases.h"

static const tl_usual_case usual[] = {
    {"gemv", "i2s", {2560, 2560, 1, 0}, 1},       {"gemv", "tq1_0", {2560, 2560, 1, 0}, 1},
    {"gemv", "tq2_0", {2560, 2560, 1, 0}, 1},     {"gemv", "iq2_bn", {2560, 2560, 1, 0}, 1},
    {"gemv", "b2x", {2560, 2560, 1, 0}, 1},       {"gemv", "b3", {2560, 2560, 1, 0}, 1},
    {"gemv", "b3x4", {2560, 2560, 1, 0}, 1},      {"gemm", "i2s", {640, 2560, 8, 0}, 1},
    {"gemm", "b2x", {640, 2560, 8, 0}, 1},        {"gemm", "b2x", {640, 2560, 64, 0}, 1},
    {"gemm", "b3", {640, 2560, 64, 0}, 1},        {"gemm", "b3x4", {640, 2560, 8, 0}, 1},
    {"quant_a8", NULL, {1, 2560, 8, 0}, 1},       {"rms_norm", NULL, {1, 2560, 8, 0}, 1},
    {"softmax", NULL, {1, 2048, 8, 0}, 1},        {"relu2_mul", NULL, {1, 6912, 8, 0}, 1},
    {"silu_mul", NULL, {1, 6912, 8, 0}, 1},       {"attention_f16", NULL, {4, 128, 1, 1024}, 1},
    {"attention_i8", NULL, {4, 128, 1, 1024}, 1}, {"head_f16", NULL, {2048, 2560, 1, 0}, 1},
    {"head_q6_k", NULL, {2048, 2560, 1, 0}, 1},   {"gemv", "b2x", {2560, 2560, 1, 0}, 2}};

const tl_usual_case *tl_usual_cases(size_t *n) {
    *n = sizeof usual / sizeof *usual;
    return usual;
}
