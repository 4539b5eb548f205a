/* csv.h: the one place that calls libcsv. */
#ifndef TL_CSV_H
#define TL_CSV_H

#include "harness/cli.h"

/* Versions of the files that more than one place knows: reports/SCHEMA.md. */
#define TL_BENCH_SCHEMA "2"
#define TL_E2E_SCHEMA   "4"
#define TL_E2E_OLDEST   "2" /* that is still read */

/* What every row of both begins with: the machine, the build, the time. */
#define TL_RUN_COLUMNS "schema", "host", "cpu", "compiler", "flags", "git", "time"

/* Writes one row. TL_GO_ON, or TL_BAD (printed). */
int tl_csv_write_row(tl_out *, const char *const *cells, int count);

/* A row of a file that is being read; the cells are good until the function that is given it returns. */
typedef struct tl_csv_row {
    size_t line; /* of the file, from 1, that the row starts on */
    size_t cells;
    char *const *cell;
    bool ended; /* by a newline: the last row of a file that was cut is not */
} tl_csv_row;
typedef int tl_csv_take(void *arg, const tl_csv_row *); /* TL_GO_ON, or the status to stop with (printed) */

/* Gives `take` one row after another, the header first, in the memory of one row. path "-" = standard input.
 * TL_GO_ON; what `take` stopped with; or TL_BAD (printed: file, line, column, expected, found): no header, a
 * row of another length, a row of more than `longest` bytes, a quote left open, a NUL byte, more than 1 GiB. */
int tl_csv_each(const char *path, size_t longest, tl_csv_take *, void *arg);
/* Prints "ternlab: <path>:<line>: column "<column>": <expected> expected, found <found>"; column may be NULL.
 * TL_BAD. */
int tl_csv_bad(const char *path, size_t line, const char *column, const char *expected, const char *found);
/* A number as ternlab writes it: digits first (no sign, nan, inf or hex), finite. */
bool tl_csv_number(const char *text, double *);
bool tl_csv_whole(const char *text); /* digits alone, at most 18 */
bool tl_csv_plain(const char *text); /* no control characters: it may go to a terminal */

/* A whole CSV file in memory: a header, then rows with the same number of cells. */
typedef struct tl_csv {
    size_t rows, columns; /* rows without the header */
    char **cell;          /* (rows + 1) * columns; the header first */
    size_t *line;         /* rows + 1: the line of the file that each row starts on */
    bool cut;             /* no newline ends the last row: people's files may be so, not those of programs */
} tl_csv;

/* Reads all of it; TL_GO_ON or TL_BAD as tl_csv_each. The caller frees with tl_csv_free. */
int tl_csv_read(const char *path, tl_csv *);
void tl_csv_free(tl_csv *);
/* Column of this name; -1 if it is not there. */
int tl_csv_column(const tl_csv *, const char *name);
const char *tl_csv_at(const tl_csv *, size_t row, int column);

#endif
