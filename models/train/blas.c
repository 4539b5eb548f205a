/* blas.c: see blas.h. */
#include "models/train/blas.h"

#include <dlfcn.h>

/* cblas.h of the reference BLAS: enum values 101 = row-major, 111 = as it is, 112 = transposed. */
enum { ROW_MAJOR = 101, PLAIN = 111, TURNED = 112 };
typedef void sgemm(int order, int turn_a, int turn_b, int m, int n, int k, float alpha, const float *a, int lda,
                   const float *b, int ldb, float beta, float *c, int ldc);
static sgemm *multiply;

bool tm_blas_load(tm_error *err) {
    static const char *const files[] = {"libopenblas.so.0", "libopenblas.so"};
    void (*threads)(int) = NULL, *lib = NULL, *f = NULL;
    if (multiply)
        return true;
    for (size_t i = 0; i < sizeof files / sizeof *files && !lib; i++)
        lib = dlopen(files[i], RTLD_NOW);
    if (!lib)
        return tm_fail(
            err, "OpenBLAS: a library to train with was expected (package libopenblas0-pthread), found none");
    void *g = dlsym(lib, "openblas_set_num_threads");
    f = dlsym(lib, "cblas_sgemm");
    if (!f || !g)
        return tm_fail(err, "OpenBLAS: function %s was expected, found none",
                       f ? "openblas_set_num_threads" : "cblas_sgemm");
    memcpy(&threads, &g, sizeof g);
    memcpy(&multiply, &f, sizeof f);
    threads(1);
    return true;
}

void tm_gemm(size_t m, size_t n, size_t k, float alpha, tm_operand a, tm_operand b, float beta, float *c,
             size_t c_stride) {
    if (m && n)
        multiply(ROW_MAJOR, a.turned ? TURNED : PLAIN, b.turned ? TURNED : PLAIN, (int)m, (int)n, (int)k, alpha,
                 a.p, (int)a.stride, b.p, (int)b.stride, beta, c, (int)c_stride);
}
