/* history_store.c: DIR/history.csv: read and checked, appended to as a whole. */
#include "harness/compare.h"
#include "harness/csv.h"
#include "harness/gate_base.h"
#include "harness/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HISTORY_SCHEMA "1"
enum {
    SCHEMA,
    KIND,
    CPU,
    ISA,
    THREADS,
    CASE,
    UNIT,
    GIT,
    COMMIT_TIME,
    TIME,
    MEDIAN,
    SPREAD,
    OVER,
    SAMPLES,
    DISTURBED
};
static const char *const columns[TL_HISTORY_CELLS] = {"schema", "kind",   "cpu",  "isa",         "threads",
                                                      "case",   "unit",   "git",  "commit_time", "time",
                                                      "median", "spread", "over", "samples",     "disturbed"};
enum { LONGEST_ROW = 1 << 14, LONGEST_CELL = 1024 };

static void path_of(const char *folder, char *path, size_t room) {
    snprintf(path, room, "%s/history.csv", folder);
}

/* ---- reading --------------------------------------------------------------------------------------------- */
typedef struct reading {
    tl_history *h;
    const char *path;
    bool header;
} reading;

static int bad_cell(const reading *r, const tl_csv_row *row, int column, const char *expected) {
    char found[72];
    snprintf(found, sizeof found, "\"%.64s\"", row->cell[column]);
    return tl_csv_bad(r->path, row->line, columns[column], expected, found);
}

static int check_header(reading *r, const tl_csv_row *row) {
    for (size_t i = 0; i < TL_HISTORY_CELLS; i++)
        if (i >= row->cells || strcmp(row->cell[i], columns[i]))
            return tl_csv_bad(r->path, row->line, columns[i], "that column",
                              i < row->cells ? row->cell[i] : "none");
    r->header = true;
    return row->cells == TL_HISTORY_CELLS
               ? TL_GO_ON
               : tl_csv_bad(r->path, row->line, NULL, "the columns of a history", "more");
}

static int check_row(const reading *r, const tl_csv_row *row) {
    double v;
    for (int i = 0; i < TL_HISTORY_CELLS; i++) {
        const char *cell = row->cell[i];
        if (strlen(cell) >= LONGEST_CELL || !tl_csv_plain(cell))
            return bad_cell(r, row, i, "fewer than 1024 bytes without control characters");
        if (i == SCHEMA && strcmp(cell, HISTORY_SCHEMA))
            return bad_cell(r, row, i, "version " HISTORY_SCHEMA);
        if (i == KIND && strcmp(cell, "bench") && strcmp(cell, "e2e"))
            return bad_cell(r, row, i, "bench or e2e");
        if ((i == THREADS || i == TIME || i == SAMPLES || i == DISTURBED || (i == COMMIT_TIME && *cell)) &&
            !tl_csv_whole(cell))
            return bad_cell(r, row, i, "a whole number");
        if (i == MEDIAN && !(tl_csv_number(cell, &v) && v > 0))
            return bad_cell(r, row, i, "a time above 0");
        if ((i == SPREAD && !tl_csv_number(cell, &v)) ||
            (i == OVER && *cell && !(tl_csv_number(cell, &v) && v > 0)))
            return bad_cell(r, row, i, "a number");
    }
    return TL_GO_ON;
}

/* Copies the cells. False: memory is short. */
static bool add_row(tl_history *h, char *const *cell) {
    if (!(h->nrows & (h->nrows - 1))) { /* a power of two: the room is full */
        tl_history_row *more = realloc(h->rows, (h->nrows ? 2 * h->nrows : 1) * sizeof *more);
        if (!more)
            return false;
        h->rows = more;
    }
    tl_history_row *row = &h->rows[h->nrows++];
    bool whole = true;
    for (int i = 0; i < TL_HISTORY_CELLS; i++)
        whole &= (row->cell[i] = strdup(cell[i])) != NULL;
    row->git = row->cell[GIT];
    row->commit_time = strtod(cell[COMMIT_TIME], NULL);
    row->time = strtod(cell[TIME], NULL);
    row->median = strtod(cell[MEDIAN], NULL);
    row->spread = strtod(cell[SPREAD], NULL);
    row->over = strtod(cell[OVER], NULL);
    return whole;
}

static int take_row(void *arg, const tl_csv_row *row) {
    reading *r = arg;
    if (!row->ended)
        return tl_csv_bad(r->path, row->line, NULL, "a newline at the end of the row",
                          "the end of the file: it was cut");
    if (!r->header)
        return check_header(r, row);
    const int status = check_row(r, row);
    if (status == TL_GO_ON && !add_row(r->h, row->cell))
        return tl_bad(r->path, "memory was expected, found none");
    return status;
}

static int read_rows(const char *path, tl_history *h) {
    reading r = {.h = h, .path = path};
    *h = (tl_history){0};
    return tl_csv_each(path, LONGEST_ROW, take_row, &r);
}

/* ---- series ---------------------------------------------------------------------------------------------- */
static int by_key(const tl_history_row *a, const tl_history_row *b) {
    static const int keys[] = {CPU, ISA, THREADS, KIND, CASE, UNIT};
    int order = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !order; i++)
        order = strcmp(a->cell[keys[i]], b->cell[keys[i]]);
    return order;
}

/* In the order of commits; a commit that git did not know stands where its run was. */
static double moment(const tl_history_row *r) {
    return r->commit_time > 0 ? r->commit_time : r->time;
}

static int by_key_and_time(const void *p, const void *q) {
    const tl_history_row *a = p, *b = q;
    const int order = by_key(a, b);
    if (order)
        return order;
    if (moment(a) < moment(b) || moment(a) > moment(b))
        return moment(a) < moment(b) ? -1 : 1;
    return a->time < b->time || a->time > b->time ? a->time < b->time ? -1 : 1
                                                  : strcmp(a->cell[GIT], b->cell[GIT]);
}

static bool make_series(tl_history *h) {
    h->series = calloc(h->nrows + 1, sizeof *h->series);
    if (!h->series)
        return false;
    if (h->nrows)
        qsort(h->rows, h->nrows, sizeof *h->rows, by_key_and_time);
    for (size_t i = 0; i < h->nrows; i++) {
        const tl_history_row *r = &h->rows[i];
        if (!i || by_key(r, r - 1))
            h->series[h->nseries++] = (tl_history_series){.kind = r->cell[KIND],
                                                          .cpu = r->cell[CPU],
                                                          .isa = r->cell[ISA],
                                                          .threads = r->cell[THREADS],
                                                          .what = r->cell[CASE],
                                                          .unit = r->cell[UNIT],
                                                          .row = r};
        h->series[h->nseries - 1].n++;
    }
    return true;
}

int tl_history_read(const char *folder, tl_history *h) {
    char path[4200];
    path_of(folder, path, sizeof path);
    const int status = read_rows(path, h);
    return status == TL_GO_ON && !make_series(h) ? tl_bad(path, "memory was expected, found none") : status;
}

void tl_history_free(tl_history *h) {
    for (size_t i = 0; i < h->nrows; i++)
        for (int j = 0; j < TL_HISTORY_CELLS; j++)
            free(h->rows[i].cell[j]);
    for (size_t i = 0; i < h->nseries; i++)
        free(h->series[i].change);
    free(h->rows);
    free(h->series);
    *h = (tl_history){0};
}

void tl_history_date(const tl_history_row *r, char *text, size_t room) {
    const time_t when = (time_t)moment(r);
    struct tm t;
    if (!gmtime_r(&when, &t) || !strftime(text, room, "%Y-%m-%d %H:%M", &t))
        snprintf(text, room, "?");
}

/* ---- appending ------------------------------------------------------------------------------------------- */
/* The case without what the class of machines says already (threads, ISA), without what dispatch picked, and
 * without what is as it was before there was a column for it: a series goes on. *threads and *isa are cells of
 * it. */
static void name_case(const tl_compare_file *f, const tl_compare_case *c, char *name, size_t room,
                      char *threads, char *isa) {
    const struct tl_compare_column *column;
    size_t used = 0;
    char cell[TL_COMPARE_CELL];
    static const char *const settings[] = {"model", "layout", "cache"};
    *isa = 0;
    for (size_t i = 0; f->kind->figures && i < 3; i++)
        used += (size_t)snprintf(name + used, room - used, "%s ", tl_compare_constant(f, settings[i]));
    for (size_t i = 0; (column = tl_compare_key(f->kind, i)) || !i; i++) {
        tl_compare_cell(c, i, cell, sizeof cell);
        if (column && !strcmp(column->name, "threads"))
            snprintf(threads, TL_COMPARE_CELL, "%s", cell);
        else if (column && !strcmp(column->name, "isa"))
            snprintf(isa, TL_COMPARE_CELL, "%s", cell);
        else if (*cell && used < room && !(column && column->before && !strcmp(cell, column->before)) &&
                 (column ? column->role != TL_COLUMN_IMPLIED && column->role != TL_COLUMN_PICKED
                         : f->kind->figures))
            used += (size_t)snprintf(name + used, room - used, "%s%s%s ",
                                     column && column->role == TL_COLUMN_COUNT ? column->name : "",
                                     column && column->role == TL_COLUMN_COUNT ? " " : "", cell);
    }
    name[strlen(name) - 1] = 0;
}

/* The row of one case of a file. */
static bool add_case(tl_history *h, const tl_compare_file *f, const tl_compare_case *c,
                     const char *commit_time) {
    char cell[TL_HISTORY_CELLS][LONGEST_CELL] = {HISTORY_SCHEMA}, *at[TL_HISTORY_CELLS];
    const bool over = !c->without_baseline && c->is_not_baseline;
    for (int i = 0; i < TL_HISTORY_CELLS; i++)
        at[i] = cell[i];
    snprintf(cell[KIND], LONGEST_CELL, "%s", f->kind->name);
    snprintf(cell[CPU], LONGEST_CELL, "%s", tl_compare_constant(f, "cpu"));
    name_case(f, c, cell[CASE], LONGEST_CELL, cell[THREADS], cell[ISA]);
    snprintf(cell[UNIT], LONGEST_CELL, "%s", f->kind->unit);
    snprintf(cell[GIT], LONGEST_CELL, "%s", tl_compare_constant(f, "git"));
    snprintf(cell[COMMIT_TIME], LONGEST_CELL, "%s", commit_time);
    snprintf(cell[TIME], LONGEST_CELL, "%.0f", f->began);
    snprintf(cell[MEDIAN], LONGEST_CELL, "%.6g", f->kind->scale * tl_median(c->time, c->n));
    snprintf(cell[SPREAD], LONGEST_CELL, "%.5f", tl_relative_mad(c->time, c->n));
    if (over)
        snprintf(cell[OVER], LONGEST_CELL, "%.6g", tl_median(c->over, c->n));
    snprintf(cell[SAMPLES], LONGEST_CELL, "%zu", c->n);
    snprintf(cell[DISTURBED], LONGEST_CELL, "%zu", c->disturbed);
    return add_row(h, at);
}

/* Is what `path` gave, the rows from `first` on, something that is not there yet? */
static int check_new(const tl_history *h, size_t first, const char *path) {
    for (size_t i = first; i < h->nrows; i++)
        for (size_t j = 0; j < i; j++) {
            const tl_history_row *a = &h->rows[i], *b = &h->rows[j];
            if (strcmp(a->cell[TIME], b->cell[TIME]) || strcmp(a->cell[GIT], b->cell[GIT]) || by_key(a, b))
                continue;
            return j < first
                       ? tl_bad(path, "a run that is not in the history was expected, found it there already")
                       : tl_bad(path, "one choice of kernels a case was expected, found several of \"%s\"",
                                a->cell[CASE]);
        }
    return TL_GO_ON;
}

static int add_file(tl_history *h, const char *path) {
    tl_compare_file f = {0};
    char commit_time[32] = "";
    const size_t first = h->nrows;
    if (strchr(path, ',')) /* a point is a run */
        return tl_bad(path, "one file was expected, found several with commas between");
    int status = tl_compare_read(path, &f);
    if (status == TL_GO_ON)
        tl_commit_time(tl_compare_constant(&f, "git"), commit_time, sizeof commit_time);
    for (size_t i = 0; status == TL_GO_ON && i < f.ncases; i++)
        if (!f.cases[i]->wrong && !add_case(h, &f, f.cases[i], commit_time))
            status = tl_bad(path, "memory was expected, found none");
    if (status == TL_GO_ON)
        status = check_new(h, first, path);
    tl_compare_free(&f);
    return status;
}

static int write_rows(const char *path, const tl_history *h) {
    tl_out *out = tl_out_open(path);
    if (!out)
        return TL_BAD;
    tl_csv_write_row(out, columns, TL_HISTORY_CELLS);
    for (size_t i = 0; i < h->nrows; i++)
        tl_csv_write_row(out, (const char *const *)h->rows[i].cell, TL_HISTORY_CELLS);
    return tl_out_close(out);
}

int tl_history_add(const char *folder, char *const *files, size_t n) {
    char path[4200];
    tl_history h = {0};
    path_of(folder, path, sizeof path);
    const bool made = !mkdir(folder, 0777);
    if (!made && errno != EEXIST)
        return tl_bad(folder, "a folder to write to was expected, found: %s", strerror(errno));
    const int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX)) {
        const int error = errno;
        if (lock >= 0)
            close(lock);
        return tl_bad(folder, "a folder was expected, found: %s", strerror(error));
    }
    int status = access(path, F_OK) ? TL_GO_ON : read_rows(path, &h);
    const size_t old = h.nrows;
    for (size_t i = 0; i < n && status == TL_GO_ON; i++)
        status = add_file(&h, files[i]);
    if (status == TL_GO_ON)
        status = write_rows(path, &h);
    if (status == TL_GOOD)
        printf("%s: %zu rows added, %zu in all\n", path, h.nrows - old, h.nrows);
    else if (made)
        rmdir(folder);
    tl_history_free(&h);
    close(lock);
    return status;
}
