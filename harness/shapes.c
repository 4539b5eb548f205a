/* shapes.c: datasets/shapes.csv, checked. */
#include "harness/shapes.h"
#include "harness/cli.h"
#include "harness/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int dimension(const char *path, const tl_csv *csv, size_t row, int column, size_t *out) {
    const char *text = tl_csv_at(csv, row, column);
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || v < 1 || v > 1u << 24) {
        char where[512];
        snprintf(where, sizeof where, "%s:%zu", path, csv->line[row + 1]);
        return tl_bad(where, "column \"%s\" from 1 to 16777216 was expected, found \"%.60s\"",
                      csv->cell[column], text);
    }
    *out = v;
    return TL_GO_ON;
}

static int read_row(const char *path, const tl_csv *csv, size_t row, const int *column, tl_shape_row *out) {
    out->shape.n = 1;
    snprintf(out->model, sizeof out->model, "%s", tl_csv_at(csv, row, column[0]));
    snprintf(out->tensor, sizeof out->tensor, "%s", tl_csv_at(csv, row, column[1]));
    if (dimension(path, csv, row, column[2], &out->shape.m) != TL_GO_ON ||
        dimension(path, csv, row, column[3], &out->shape.k) != TL_GO_ON)
        return TL_BAD;
    if (out->shape.m * out->shape.k > 1ull << 32) {
        char where[512];
        snprintf(where, sizeof where, "%s:%zu", path, csv->line[row + 1]);
        return tl_bad(where, "at most 4294967296 weights were expected, found %zux%zu", out->shape.m,
                      out->shape.k);
    }
    return TL_GO_ON;
}

int tl_shapes_read(const char *path, tl_shape_row **rows, size_t *count) {
    static const char *const names[] = {"model", "tensor", "m", "k"};
    int column[4];
    tl_csv csv;
    int status = tl_csv_read(path, &csv);
    if (status != TL_GO_ON)
        return status;
    for (int i = 0; i < 4 && status == TL_GO_ON; i++)
        if ((column[i] = tl_csv_column(&csv, names[i])) < 0)
            status = tl_bad(path, "a column \"%s\" was expected, found none", names[i]);
    if (status == TL_GO_ON && !csv.rows)
        status = tl_bad(path, "at least one shape was expected, found none");
    *rows = status == TL_GO_ON ? calloc(csv.rows, sizeof **rows) : NULL;
    if (status == TL_GO_ON && !*rows)
        status = tl_bad(path, "memory was expected, found none");
    for (size_t i = 0; i < csv.rows && status == TL_GO_ON; i++)
        status = read_row(path, &csv, i, column, &(*rows)[i]);
    *count = csv.rows;
    tl_csv_free(&csv);
    if (status != TL_GO_ON) {
        free(*rows);
        *rows = NULL;
    }
    return status;
}
