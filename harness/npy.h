/* npy.h: arrays for NumPy (the .npy format, version 1.0). */
#ifndef TL_NPY_H
#define TL_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Writes the header of a little-endian array [rows][columns]; `type` "<f4" or "|i1". The data follows as it
 * lies in memory. */
static inline bool tl_npy_header(FILE *f, const char *type, size_t rows, size_t columns) {
    char text[128];
    const int n = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu, %zu), }",
                           type, rows, columns);
    const int padded = (10 + n + 1 + 63) / 64 * 64 - 10;
    fwrite("\x93NUMPY\x01\x00", 1, 8, f);
    fputc(padded & 255, f);
    fputc(padded >> 8, f);
    return fprintf(f, "%s%*s\n", text, padded - n - 1, "") > 0;
}

#endif
