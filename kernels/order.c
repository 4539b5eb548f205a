/* order.c: the order of variants on CPU classes that were measured, for machines without a table of their own.
 * A line is what `ternlab tune` found there, most shapes deciding. A variant that no line names comes after
 * those that are named, by ISA rank, until it is measured. */
#include "choice.h"

static const tk_order orders[] = {
    {.cpu = "Xeon, Granite Rapids class, 1 thread",
     .vendor = "GenuineIntel",
     .isa = "avx512vbmi",
     .op = "gemv",
     .names = {"gemv_i2s__avx512vnni", "gemv_i2s__avxvnni", "gemv_i2s__avx2", "gemv_i2s__generic"}},
};

const tk_order *tk_orders(size_t *count) {
    *count = sizeof orders / sizeof *orders;
    return orders;
}
