/* csv.c: libcsv, wrapped. */
#include "harness/csv.h"
#include "harness/model.h"

#include <csv.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BYTES = 1 << 30 };

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

/* ---- row by row -------------------------------------------------------------------------------------------
 */
typedef struct reader {
    const char *path;
    char *text; /* the row's cells, one behind the other */
    size_t used, room, longest;
    size_t *start; /* of each cell in text */
    char **cell, **names;
    size_t cells, cells_room, columns;
    size_t line, row_line, bytes;
    bool in_row;
    int status;
    tl_csv_take *take;
    void *arg;
} reader;

int tl_csv_bad(const char *path, size_t line, const char *column, const char *expected, const char *found) {
    char where[512], shown[128];
    snprintf(where, sizeof where, "%s:%zu", path, line);
    snprintf(shown, sizeof shown, "%s", found);
    /* A cell may hold anything; the message is one line, and fit for a terminal. */
    for (char *p = shown; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    return column ? tl_bad(where, "column \"%s\": %s expected, found %s", column, expected, shown)
                  : tl_bad(where, "%s expected, found %s", expected, shown);
}

/* The first thing wrong is the one that is told. */
static void fail(reader *r, const char *expected, const char *found) {
    if (r->status == TL_GO_ON)
        r->status = tl_csv_bad(r->path, r->row_line, r->cells < r->columns ? r->names[r->cells] : NULL,
                               expected, found);
}

static bool grow(reader *r, size_t n) {
    while (r->used + n > r->room) {
        const size_t room = r->room ? 2 * r->room : 4096;
        char *text = realloc(r->text, room);
        if (!text)
            return false;
        r->text = text;
        r->room = room;
    }
    if (r->cells == r->cells_room) {
        const size_t room = r->cells_room ? 2 * r->cells_room : 64;
        size_t *start = realloc(r->start, room * sizeof *start);
        r->start = start ? start : r->start;
        char **cell = start ? realloc(r->cell, room * sizeof *cell) : NULL;
        if (!cell)
            return false;
        r->cell = cell;
        r->cells_room = room;
    }
    return true;
}

static void on_cell(void *text, size_t n, void *arg) {
    reader *r = arg;
    if (r->status != TL_GO_ON)
        return;
    if (text && memchr(text, 0, n)) {
        fail(r, "text", "a NUL byte");
    } else if (!grow(r, n + 1)) {
        fail(r, "memory", "none");
    } else {
        r->start[r->cells++] = r->used;
        if (n)
            memcpy(r->text + r->used, text, n);
        r->text[r->used + n] = 0;
        r->used += n + 1;
    }
}

static void keep_names(reader *r) {
    r->names = calloc(r->cells, sizeof *r->names);
    for (size_t i = 0; r->names && i < r->cells; i++)
        if (!(r->names[r->columns++] = strdup(r->cell[i])))
            fail(r, "memory", "none");
    if (!r->names)
        fail(r, "memory", "none");
}

static void on_row(int end, void *arg) {
    reader *r = arg;
    if (r->status != TL_GO_ON)
        return;
    for (size_t i = 0; i < r->cells; i++)
        r->cell[i] = r->text + r->start[i];
    if (!r->columns)
        keep_names(r);
    if (r->cells != r->columns) {
        char want[48], got[48];
        snprintf(want, sizeof want, "%zu cells", r->columns);
        snprintf(got, sizeof got, "%zu", r->cells);
        fail(r, want, got);
    }
    if (r->status == TL_GO_ON) /* libcsv says -1 when the end of the file ends the row */
        r->status = r->take(r->arg, &(tl_csv_row){r->row_line, r->cells, r->cell, end != -1});
    r->cells = r->used = r->bytes = 0;
    r->in_row = false;
}

/* n bytes that end a line, or are a part of one. */
static void feed_line(reader *r, struct csv_parser *p, const char *text, size_t n) {
    if (!r->in_row)
        r->row_line = r->line;
    r->in_row |= n > 2 || (text[0] != '\n' && text[0] != '\r'); /* empty lines are no rows */
    r->bytes += n;
    if (r->bytes > r->longest) {
        char most[48];
        snprintf(most, sizeof most, "a row of at most %zu bytes", r->longest);
        fail(r, most, "more");
    } else if (csv_parse(p, text, n, on_cell, on_row, r) != n) {
        fail(r, "well-formed CSV", csv_strerror(csv_error(p)));
    }
    r->line += text[n - 1] == '\n';
}

/* Chunks are cut at newlines, so that libcsv's callbacks know the line; quoted cells may span lines. */
static void feed(reader *r, struct csv_parser *p, FILE *f) {
    static char chunk[1 << 16];
    size_t n, total = 0;
    struct stat st;
    if (!fstat(fileno(f), &st) && S_ISREG(st.st_mode) && st.st_size > MOST_BYTES)
        fail(r, "at most 1 GiB", "more");
    while (r->status == TL_GO_ON && (n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        for (size_t at = 0, next; r->status == TL_GO_ON && at < n; at = next) {
            const char *end = memchr(chunk + at, '\n', n - at);
            next = end ? (size_t)(end - chunk) + 1 : n;
            feed_line(r, p, chunk + at, next - at);
        }
        total += n;
        if (total > MOST_BYTES)
            fail(r, "at most 1 GiB", "more");
    }
    if (r->status == TL_GO_ON && ferror(f))
        fail(r, "a readable file", strerror(errno));
    if (r->status == TL_GO_ON && csv_fini(p, on_cell, on_row, r))
        fail(r, "a closing quote", "the end of the file");
}

int tl_csv_each(const char *path, size_t longest, tl_csv_take *take, void *arg) {
    tm_error err;
    FILE *f = strcmp(path, "-") ? tm_open_file(path, &err) : stdin;
    if (!f)
        return tl_refused(&err);
    struct csv_parser p;
    reader r = {.path = path,
                .longest = longest,
                .line = 1,
                .row_line = 1,
                .status = TL_GO_ON,
                .take = take,
                .arg = arg};
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
        return tl_bad(path, "a CSV parser was expected, found none");
    feed(&r, &p, f);
    csv_free(&p);
    if (f != stdin)
        fclose(f);
    if (r.status == TL_GO_ON && !r.columns)
        fail(&r, "a header row", "an empty file");
    for (size_t i = 0; i < r.columns; i++)
        free(r.names[i]);
    free(r.names);
    free(r.text);
    free(r.start);
    free(r.cell);
    return r.status;
}

bool tl_csv_number(const char *text, double *v) {
    char *end;
    *v = strtod(text, &end);
    return *text >= '0' && *text <= '9' && !*end && isfinite(*v) && !strpbrk(text, "xX");
}

bool tl_csv_whole(const char *s) {
    return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 19;
}

bool tl_csv_plain(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

/* ---- the whole file ----------------------------------------------------------------------------------------
 */
static int keep_row(void *arg, const tl_csv_row *row) {
    tl_csv *c = arg;
    const size_t rows = c->columns ? c->rows + 2 : 1; /* the header is none */
    char **cell = realloc(c->cell, rows * row->cells * sizeof *cell);
    c->cell = cell ? cell : c->cell;
    size_t *line = cell ? realloc(c->line, rows * sizeof *line) : NULL;
    if (!line)
        return tl_bad("CSV", "memory was expected, found none");
    c->line = line;
    c->line[rows - 1] = row->line;
    c->cut = !row->ended;
    bool whole = true;
    for (size_t i = 0; i < row->cells; i++)
        whole &= (c->cell[(rows - 1) * row->cells + i] = strdup(row->cell[i])) != NULL;
    c->columns = row->cells;
    c->rows = rows - 1;
    return whole ? TL_GO_ON : tl_bad("CSV", "memory was expected, found none");
}

int tl_csv_read(const char *path, tl_csv *csv) {
    *csv = (tl_csv){0};
    const int status = tl_csv_each(path, MOST_BYTES, keep_row, csv);
    if (status != TL_GO_ON)
        tl_csv_free(csv);
    return status;
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
