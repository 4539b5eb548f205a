/* csv.c: libcsv, wrapped. */
#include "harness/csv.h"
#include "harness/model.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tl_csv_write_row(tl_out *o, const char *const *cells, int count) {
    FILE *f = tl_out_file(o);
    for (int i = 0; i < count; i++) {
        bool plain = cells[i][0] && !strpbrk(cells[i], ",\"\n\r") && cells[i][0] != ' ';
        if (i)
            fputc(',', f);
        if (plain)
            fputs(cells[i], f);
        else if (cells[i][0])
            csv_fwrite(f, cells[i], strlen(cells[i]));
    }
    fputc('\n', f);
    return TL_GO_ON;
}

typedef struct reader {
    tl_csv *csv;
    const char *path;
    size_t cells, room, in_row, line, row_line;
    int status;
} reader;

static void fail(reader *r, const char *expected, const char *found) {
    char where[512];
    snprintf(where, sizeof where, "%s:%zu", r->path, r->row_line);
    if (r->status == TL_GO_ON)
        r->status = tl_bad(where, "%s expected, found %s", expected, found);
}

static void on_cell(void *text, size_t n, void *arg) {
    reader *r = arg;
    if (r->status != TL_GO_ON)
        return;
    if (text && memchr(text, 0, n)) {
        fail(r, "text", "a NUL byte");
        return;
    }
    if (r->cells == r->room) {
        r->room = r->room ? 2 * r->room : 256;
        char **grown = realloc(r->csv->cell, r->room * sizeof *grown);
        if (!grown) {
            fail(r, "memory", "none");
            return;
        }
        r->csv->cell = grown;
    }
    r->csv->cell[r->cells] = strndup(text ? text : "", n);
    if (!r->csv->cell[r->cells++])
        fail(r, "memory", "none");
    r->in_row++;
}

static void on_row(int end, void *arg) {
    reader *r = arg;
    tl_csv *c = r->csv;
    (void)end;
    if (r->status != TL_GO_ON)
        return;
    if (!c->columns)
        c->columns = r->in_row;
    if (r->in_row != c->columns) {
        char want[48], got[48];
        snprintf(want, sizeof want, "%zu cells", c->columns);
        snprintf(got, sizeof got, "%zu", r->in_row);
        fail(r, want, got);
        return;
    }
    size_t row = r->cells / c->columns;
    size_t *grown = realloc(c->line, row * sizeof *grown);
    if (!grown) {
        fail(r, "memory", "none");
        return;
    }
    c->line = grown;
    c->line[row - 1] = r->row_line;
    c->rows = row - 1;
    r->in_row = 0;
}

/* One line at a time, so that libcsv's callbacks know the line; quoted cells may span lines. */
static void feed(reader *r, struct csv_parser *p, FILE *f) {
    char *text = NULL;
    size_t room = 0, total = 0;
    ssize_t n;
    while (r->status == TL_GO_ON && (n = getline(&text, &room, f)) > 0) {
        r->line++;
        if (!r->in_row)
            r->row_line = r->line;
        total += (size_t)n;
        if (total > (1u << 30))
            fail(r, "at most 1 GiB", "more");
        else if (csv_parse(p, text, (size_t)n, on_cell, on_row, r) != (size_t)n)
            fail(r, "well-formed CSV", csv_strerror(csv_error(p)));
    }
    free(text);
    if (r->status == TL_GO_ON && ferror(f))
        fail(r, "a readable file", strerror(errno));
    if (r->status == TL_GO_ON && csv_fini(p, on_cell, on_row, r))
        fail(r, "a closing quote", "the end of the file");
}

int tl_csv_read(const char *path, tl_csv *csv) {
    *csv = (tl_csv){0};
    tm_error err;
    FILE *f = strcmp(path, "-") ? tm_open_file(path, &err) : stdin;
    if (!f)
        return tl_refused(&err);
    struct csv_parser p;
    reader r = {.csv = csv, .path = path, .row_line = 1, .status = TL_GO_ON};
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
        return tl_bad(path, "a CSV parser was expected, found none");
    feed(&r, &p, f);
    csv_free(&p);
    if (f != stdin)
        fclose(f);
    if (r.status == TL_GO_ON && !csv->columns)
        fail(&r, "a header row", "an empty file");
    if (r.status != TL_GO_ON) {
        csv->rows = csv->columns ? r.cells / csv->columns : 0;
        for (size_t i = 0; i < r.cells; i++)
            free(csv->cell[i]);
        free(csv->cell);
        free(csv->line);
        *csv = (tl_csv){0};
    }
    return r.status;
}

void tl_csv_free(tl_csv *c) {
    for (size_t i = 0; c->columns && i < (c->rows + 1) * c->columns; i++)
        free(c->cell[i]);
    free(c->cell);
    free(c->line);
    *c = (tl_csv){0};
}

int tl_csv_column(const tl_csv *c, const char *name) {
    for (size_t i = 0; i < c->columns; i++)
        if (!strcmp(c->cell[i], name))
            return (int)i;
    return -1;
}

const char *tl_csv_at(const tl_csv *c, size_t row, int column) {
    return c->cell[(row + 1) * c->columns + (size_t)column];
}
