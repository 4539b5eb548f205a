/* order.c: the order of variants on CPU classes that were measured, for machines without a table of their own.
 * The first line that fits counts: the CPU has that ISA row and vendor, and there are at least so many tokens.
 * Within a format the order is what `ternlab tune` found there (weights from memory; a tie keeps ISA rank);
 * between formats it goes by the times of one bench run. A variant that the line does not name comes after
 * those that it names, by ISA rank, until it is measured. */
#include "choice.h"

static const char granite[] = "a Xeon of the Granite Rapids class", intel[] = "GenuineIntel";

static const tk_order orders[] = {
    {.cpu = granite,
     .vendor = intel,
     .isa = "amx",
     .op = "gemm",
     .tokens = 1,
     .names = {"gemm_b3__amx", "gemm_b2x__amx", "gemm_b3__avx512vbmi", "gemm_b2x__avx512vnni",
               "gemm_b2x__generic", "gemm_b3__generic"}},
    {.cpu = granite,
     .vendor = intel,
     .isa = "avx512vbmi",
     .op = "gemv",
     .tokens = 8,
     .names = {"gemv_i2s__avx512vnni", "gemv_b2x__avx512vnni", "gemv_b3__avx512vbmi", "gemv_i2s__avxvnni",
               "gemv_b2x__avxvnni", "gemv_i2s__avx2", "gemv_b2x__avx2", "gemv_i2s__generic"}},
    /* One stream from memory on one core: the 256-bit form keeps up with it better than the 512-bit one. */
    {.cpu = granite,
     .vendor = intel,
     .isa = "avx512vbmi",
     .op = "gemv",
     .tokens = 1,
     .names = {"gemv_b3__avx512vbmi", "gemv_b2x__avxvnni", "gemv_i2s__avxvnni", "gemv_b2x__avx2",
               "gemv_b2x__avx512vnni", "gemv_i2s__avx512vnni", "gemv_i2s__avx2", "gemv_b3__avxvnni",
               "gemv_b3__avx2", "gemv_i2s__generic", "gemv_b2x__generic", "gemv_b3__generic"}},
};

const tk_order *tk_orders(size_t *count) {
    *count = sizeof orders / sizeof *orders;
    return orders;
}
