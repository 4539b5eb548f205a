/* csv.h: the one place that calls libcsv. */
#ifndef TL_CSV_H
#define TL_CSV_H

#include "harness/cli.h"

/* Writes one row. TL_GO_ON, or TL_BAD (printed). */
int tl_csv_write_row(tl_out *, const char *const *cells, int count);

/* A whole CSV file in memory: a header, then rows with the same number of cells. */
typedef struct tl_csv {
    size_t rows, columns; /* rows without the header */
    char **cell;          /* (rows + 1) * columns; the header first */
    size_t *line;         /* rows + 1: the line of the file that each row starts on */
} tl_csv;

/* Reads path ("-" = standard input). TL_GO_ON, or TL_BAD (printed: file, line, expected, found): no header, a
 * row of another length, a quote left open, a NUL byte, more than 1 GiB. The caller frees with tl_csv_free. */
int tl_csv_read(const char *path, tl_csv *);
void tl_csv_free(tl_csv *);
/* Column of this name; -1 if it is not there. */
int tl_csv_column(const tl_csv *, const char *name);
const char *tl_csv_at(const tl_csv *, size_t row, int column);

#endif
