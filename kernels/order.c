/* order.c: the order of variants on CPU classes that were measured, for machines without a table of their own.
 * The first line that fits counts: the CPU has that ISA row and vendor, and there are at least so many tokens.
 * Within a format the order is what `ternlab tune` found there (weights from memory; a tie keeps ISA rank);
 * between formats it goes by the times of one bench run. A variant that the line does not name comes after
 * those that it names, by ISA rank, until it is measured; the plain C ones need no place. A CPU without a line
 * goes by ISA rank and name alone: b2x, one stream and the fastest loops, comes first of the 2-bit formats
 * then. */
#include "choice.h"

static const char granite[] = "a Xeon of the Granite Rapids class", intel[] = "GenuineIntel";
static const char zen4[] = "an EPYC of the Zen 4 class", amd[] = "AuthenticAMD";

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
    {.cpu = zen4,
     .vendor = amd,
     .isa = "avx512vbmi",
     .op = "gemm",
     .tokens = 1,
     .names = {"gemm_b2x__avx512vnni",    "gemm_iq2_bn_r4__avx512vnni", "gemm_tq2_0__avx512vnni",
               "gemm_qk256__avx512vnni",  "gemm_i2s__avx512vnni",       "gemm_q2_0__avx512vnni",
               "gemm_i2s_64__avx512vnni", "gemm_pq2_0__avx512vnni",     "gemm_i2s_r4__avx512vnni",
               "gemm_stq1_0__avx512vnni", "gemm_iq2_bn__avx512vnni",    "gemm_b3__avx512vbmi",
               "gemm_iq1_bn__avx512vnni", "gemm_ptq1_0__avx512vnni",    "gemm_tq1_0__avx512vnni",
               "gemm_i2s_r4__avx2",       "gemm_iq2_bn_r4__avx2",       "gemm_qk256__avx2",
               "gemm_iq2_bn__avx2",       "gemm_i2s_64__avx2",          "gemm_pq2_0__avx2",
               "gemm_q2_0__avx2",         "gemm_tq2_0__avx2",           "gemm_stq1_0__avx2"}},
    {.cpu = zen4,
     .vendor = amd,
     .isa = "avx512vbmi",
     .op = "gemv",
     .tokens = 8,
     .names = {"gemv_b2x__avx512vnni",    "gemv_i2s__avx512vnni",
               "gemv_b3__avx512vbmi",     "gemv_iq2_bn_r4__avx512vnni",
               "gemv_qk256__avx512vnni",  "gemv_tq2_0__avx512vnni",
               "gemv_i2s_64__avx512vnni", "gemv_i2s_r4__avx512vnni",
               "gemv_iq2_bn__avx512vnni", "gemv_pq2_0__avx512vnni",
               "gemv_i2s__avx2",          "gemv_i2s_r4__avx2",
               "gemv_q2_0__avx512vnni",   "gemv_i2s_64__avx2",
               "gemv_qk256__avx2",        "gemv_stq1_0__avx512vnni",
               "gemv_iq2_bn__avx2",       "gemv_b2x__avx2",
               "gemv_iq2_bn_r4__avx2",    "gemv_pq2_0__avx2",
               "gemv_q2_0__avx2",         "gemv_tq1_0__avx512vnni",
               "gemv_ptq1_0__avx512vnni", "gemv_iq1_bn__avx512vnni",
               "gemv_tq2_0__avx2",        "gemv_tl1__avx2",
               "gemv_b3__avx2",           "gemv_tl2__avx2",
               "gemv_stq1_0__avx2",       "gemv_ptq1_0__avx2",
               "gemv_iq1_bn__avx2",       "gemv_tq1_0__avx2"}},
    /* From memory one stream counts for more than wide vectors: the 512-bit forms that read four rows at once
     * take two to three times the time of those that read one row, or rows in panels. */
    {.cpu = zen4,
     .vendor = amd,
     .isa = "avx512vbmi",
     .op = "gemv",
     .tokens = 1,
     .names = {"gemv_b3__avx512vbmi",     "gemv_b2x__avx512vnni",    "gemv_iq2_bn_r4__avx512vnni",
               "gemv_i2s_r4__avx512vnni", "gemv_i2s_r4__avx2",       "gemv_i2s_64__avx2",
               "gemv_qk256__avx2",        "gemv_iq2_bn__avx2",       "gemv_iq2_bn_r4__avx2",
               "gemv_stq1_0__avx512vnni", "gemv_b2x__avx2",          "gemv_pq2_0__avx2",
               "gemv_q2_0__avx2",         "gemv_tq2_0__avx2",        "gemv_iq1_bn__avx512vnni",
               "gemv_tq1_0__avx512vnni",  "gemv_b3__avx2",           "gemv_ptq1_0__avx512vnni",
               "gemv_stq1_0__avx2",       "gemv_i2s__avx512vnni",    "gemv_i2s__avx2",
               "gemv_iq2_bn__avx512vnni", "gemv_i2s_64__avx512vnni", "gemv_qk256__avx512vnni",
               "gemv_pq2_0__avx512vnni",  "gemv_tq2_0__avx512vnni",  "gemv_q2_0__avx512vnni",
               "gemv_ptq1_0__avx2",       "gemv_tq1_0__avx2",        "gemv_iq1_bn__avx2",
               "gemv_tl1__avx2",          "gemv_tl2__avx2"}},
};

const tk_order *tk_orders(size_t *count) {
    *count = sizeof orders / sizeof *orders;
    return orders;
}
