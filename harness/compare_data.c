/* compare_data.c: CSV files of bench and e2e, checked cell by cell, as samples of cases. */
#include "harness/compare.h"
#include "harness/csv.h"
#include "harness/noise.h"

#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_ROW = 1 << 16, SEPARATOR = 0x1f };

/* clang-format off */
/* What every row says of its run. */
#define RUN_COLUMNS \
    {"schema", TL_COLUMN_SCHEMA}, {"host", TL_COLUMN_SETTING}, {"cpu", TL_COLUMN_SETTING}, \
    {"compiler", TL_COLUMN_SETTING}, {"flags", TL_COLUMN_SETTING}, {"git", TL_COLUMN_BUILD}, {"time", TL_COLUMN_WHEN}, \
    {"os", TL_COLUMN_SETTING}, {"governor", TL_COLUMN_SETTING}, {"huge_pages", TL_COLUMN_SETTING}, {"load", TL_COLUMN_RUN}, \
    {"steal_pct", TL_COLUMN_RUN}, {"switches", TL_COLUMN_RUN}, {"drift_pct", TL_COLUMN_RUN}, {"disturbed", TL_COLUMN_MARK}
/* clang-format on */

/* Order of the key columns: as they stand in a table. */
static const tl_compare_kind kinds[] = {{.name = "bench",
                                         .newest = TL_BENCH_SCHEMA,
                                         .most_cases = 100000,
                                         .unit = "us",
                                         .scale = 1e-3,
                                         .column = {RUN_COLUMNS,
                                                    {"op", TL_COLUMN_KEY},
                                                    {"m", TL_COLUMN_COUNT},
                                                    {"k", TL_COLUMN_COUNT},
                                                    {"n", TL_COLUMN_COUNT},
                                                    {"threads", TL_COLUMN_COUNT},
                                                    {"state", TL_COLUMN_KEY},
                                                    {"phase", TL_COLUMN_KEY},
                                                    {"kernel", TL_COLUMN_KEY},
                                                    {"label", TL_COLUMN_KEY},
                                                    {"format", TL_COLUMN_IMPLIED},
                                                    {"isa", TL_COLUMN_IMPLIED},
                                                    {"rep", TL_COLUMN_ROUND},
                                                    {"ns", TL_COLUMN_TIME},
                                                    {"baseline_ns", TL_COLUMN_BASELINE},
                                                    {"speedup", TL_COLUMN_NUMBER},
                                                    {"gmacs", TL_COLUMN_NUMBER},
                                                    {"gbps", TL_COLUMN_NUMBER},
                                                    {"roof_pct", TL_COLUMN_NUMBER},
                                                    {"noise", TL_COLUMN_NUMBER},
                                                    {"ok", TL_COLUMN_OK},
                                                    {"autovec_ns", TL_COLUMN_NUMBER},
                                                    {"speedup_autovec", TL_COLUMN_NUMBER},
                                                    {"roof_kind", TL_COLUMN_TEXT},
                                                    {"int8_pct", TL_COLUMN_NUMBER},
                                                    {"dram_pct", TL_COLUMN_NUMBER},
                                                    {"calls", TL_COLUMN_NUMBER},
                                                    {"overhead_ns", TL_COLUMN_NUMBER},
                                                    {"stop", TL_COLUMN_TEXT},
                                                    {"reason", TL_COLUMN_TEXT}}},
                                        {.name = "e2e",
                                         .figures = true,
                                         .newest = TL_E2E_SCHEMA,
                                         .oldest = TL_E2E_OLDEST,
                                         .most_cases = 1000,
                                         .unit = "ms",
                                         .scale = 1,
                                         .column = {RUN_COLUMNS,
                                                    {"model", TL_COLUMN_SETTING},
                                                    {"file_bytes", TL_COLUMN_SETTING},
                                                    {"cache", TL_COLUMN_SETTING},
                                                    {"layout", TL_COLUMN_SETTING},
                                                    {"threads", TL_COLUMN_COUNT},
                                                    {"prompt", TL_COLUMN_COUNT},
                                                    {"depth", TL_COLUMN_COUNT},
                                                    {"gen", TL_COLUMN_COUNT},
                                                    {"batch", TL_COLUMN_COUNT, "3", "1"},
                                                    {"kernels", TL_COLUMN_PICKED},
                                                    {"head", TL_COLUMN_PICKED},
                                                    {"round", TL_COLUMN_ROUND},
                                                    {"ttft_ms", TL_COLUMN_TIME},
                                                    {"prefill_tps", TL_COLUMN_RATE},
                                                    {"decode_tps", TL_COLUMN_RATE},
                                                    {"each_tps", TL_COLUMN_NUMBER, "3", ""},
                                                    {"load_ms", TL_COLUMN_NUMBER},
                                                    {"cached_pct", TL_COLUMN_RUN},
                                                    {"large_pct", TL_COLUMN_SHARE, "4", ""},
                                                    {"tok_ms_p50", TL_COLUMN_NUMBER},
                                                    {"tok_ms_p95", TL_COLUMN_NUMBER},
                                                    {"tok_ms_p99", TL_COLUMN_NUMBER},
                                                    {"peak_rss_mb", TL_COLUMN_NUMBER},
                                                    {"cpu_pct", TL_COLUMN_NUMBER},
                                                    {"joules", TL_COLUMN_NUMBER},
                                                    {"bytes_per_token", TL_COLUMN_NUMBER},
                                                    {"read_roof_gbps", TL_COLUMN_NUMBER},
                                                    {"roof_pct", TL_COLUMN_NUMBER},
                                                    {"ms_norm_quantise", TL_COLUMN_NUMBER},
                                                    {"ms_qkv", TL_COLUMN_NUMBER},
                                                    {"ms_rope_cache", TL_COLUMN_NUMBER},
                                                    {"ms_attention", TL_COLUMN_NUMBER},
                                                    {"ms_attn_output", TL_COLUMN_NUMBER},
                                                    {"ms_gate_up", TL_COLUMN_NUMBER},
                                                    {"ms_down", TL_COLUMN_NUMBER},
                                                    {"ms_head", TL_COLUMN_NUMBER}}}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool is_key(tl_column_role r) {
    return r == TL_COLUMN_KEY || r == TL_COLUMN_COUNT || r == TL_COLUMN_IMPLIED || r == TL_COLUMN_PICKED;
}
static bool is_constant(tl_column_role r) {
    return r == TL_COLUMN_SCHEMA || r == TL_COLUMN_SETTING || r == TL_COLUMN_BUILD;
}
static bool is_of_run(tl_column_role r) {
    return r == TL_COLUMN_RUN || r == TL_COLUMN_SHARE;
}
static bool is_sample(tl_column_role r) {
    return r == TL_COLUMN_TIME || r == TL_COLUMN_RATE;
}

/* ---- reading --------------------------------------------------------------------------------------------- */
typedef struct reading {
    tl_compare_file *file;
    const char *path;
    bool header;                   /* it has been read */
    int place[TL_COMPARE_COLUMNS]; /* in the row, of each column of the kind; -1: not there */
    tl_compare_case *last;         /* rows of a case stand together */
} reading;

static int find_columns(reading *r, const tl_csv_row *row) {
    tl_compare_file *f = r->file;
    for (int k = 0; k < KINDS && !f->kind; k++)
        for (size_t i = 0; i < row->cells; i++)
            for (const struct tl_compare_column *c = kinds[k].column; c->name; c++)
                if (c->role == TL_COLUMN_ROUND && !strcmp(c->name, row->cell[i]))
                    f->kind = &kinds[k];
    if (!f->kind)
        return tl_csv_bad(r->path, row->line, NULL, "the columns of a CSV file of bench or e2e", "others");
    for (int i = 0; f->kind->column[i].name; i++) {
        const char *name = f->kind->column[i].name;
        r->place[i] = -1;
        for (size_t j = 0; j < row->cells; j++)
            if (!strcmp(name, row->cell[j])) {
                if (r->place[i] >= 0)
                    return tl_csv_bad(r->path, row->line, name, "one such column", "two");
                r->place[i] = (int)j;
            }
        if (r->place[i] < 0 && !f->kind->column[i].since)
            return tl_csv_bad(r->path, row->line, name, "that column", "none");
    }
    r->header = true;
    return TL_GO_ON;
}

static const char *cell_of(const reading *r, const tl_csv_row *row, int column) {
    return r->place[column] < 0 ? r->file->kind->column[column].before : row->cell[r->place[column]];
}

static int bad_cell(const reading *r, const tl_csv_row *row, int column, const char *expected) {
    char found[72];
    snprintf(found, sizeof found, "\"%.64s\"", cell_of(r, row, column));
    return tl_csv_bad(r->path, row->line, r->file->kind->column[column].name, expected, found);
}

/* Wider than what any clock tells; beyond it ratios might leave what a double can hold. */
static bool is_time(const char *cell, double *v) {
    return tl_csv_number(cell, v) && *v >= 1e-6 && *v <= 1e18;
}

/* A version that is known (one digit each), with all columns that it has. */
static int check_version(const reading *r, const tl_csv_row *row, int column) {
    const tl_compare_kind *kind = r->file->kind;
    const char *cell = cell_of(r, row, column), *oldest = kind->oldest ? kind->oldest : kind->newest;
    char expected[64];
    snprintf(expected, sizeof expected, "version %s%s%s", oldest, kind->oldest ? " to " : "",
             kind->oldest ? kind->newest : "");
    if (strlen(cell) != 1 || *cell < *oldest || *cell > *kind->newest)
        return r->file->constant[column] ? TL_GO_ON : bad_cell(r, row, column, expected);
    for (int i = 0; kind->column[i].name; i++)
        if (r->place[i] < 0 && *kind->column[i].since <= *cell)
            return tl_csv_bad(r->path, row->line, kind->column[i].name, "that column", "none");
    return TL_GO_ON;
}

/* Schema, settings, build: what the first row says, all say. */
static int check_constant(reading *r, const tl_csv_row *row, int column) {
    tl_compare_file *f = r->file;
    const char *cell = cell_of(r, row, column);
    char expected[TL_COMPARE_CELL + 32];
    const int status =
        f->kind->column[column].role == TL_COLUMN_SCHEMA ? check_version(r, row, column) : TL_GO_ON;
    if (status != TL_GO_ON)
        return status;
    if (!f->constant[column] && !(f->constant[column] = strdup(cell)))
        return tl_bad(r->path, "memory was expected, found none");
    snprintf(expected, sizeof expected, "\"%s\", as in the rows before,", f->constant[column]);
    return strcmp(cell, f->constant[column]) ? bad_cell(r, row, column, expected) : TL_GO_ON;
}

/* Every cell by its column's role; samples of a refused shape are empty. */
static int check_cell(reading *r, const tl_csv_row *row, int column, bool refused) {
    const char *cell = cell_of(r, row, column);
    const tl_column_role role = r->file->kind->column[column].role;
    double v;
    if (strlen(cell) >= TL_COMPARE_CELL)
        return bad_cell(r, row, column, "fewer than 256 bytes");
    if ((is_constant(role) || is_key(role)) && !tl_csv_plain(cell)) /* they are printed, keys with SEPARATOR */
        return bad_cell(r, row, column, "text without control characters");
    if (is_constant(role))
        return check_constant(r, row, column);
    if (role == TL_COLUMN_COUNT || role == TL_COLUMN_WHEN || (role == TL_COLUMN_ROUND && !refused))
        return tl_csv_whole(cell) ? TL_GO_ON : bad_cell(r, row, column, "a whole number");
    if (role == TL_COLUMN_BASELINE && *cell && !refused)
        return is_time(cell, &v) ? TL_GO_ON : bad_cell(r, row, column, "a time above 0 or nothing");
    if (role == TL_COLUMN_NUMBER || is_of_run(role))
        return !*cell || tl_csv_number(cell, &v) ? TL_GO_ON : bad_cell(r, row, column, "a number or nothing");
    if (role == TL_COLUMN_OK)
        return !strcmp(cell, "yes") || !strcmp(cell, "no") || refused
                   ? TL_GO_ON
                   : bad_cell(r, row, column, "yes, no or refused");
    if (role == TL_COLUMN_MARK)
        return tl_noise_is_text(cell)
                   ? TL_GO_ON
                   : bad_cell(r, row, column, "steal, switch, clock with + between them or nothing");
    if (!is_sample(role) || refused)
        return TL_GO_ON;
    if (is_time(cell, &v) || (role == TL_COLUMN_RATE && tl_csv_number(cell, &v) && v <= 0))
        return TL_GO_ON;
    return bad_cell(r, row, column, role == TL_COLUMN_RATE ? "a rate" : "a time above 0");
}

static int by_id(const void *a, const void *b) {
    return strcmp(((const tl_compare_case *)a)->id, ((const tl_compare_case *)b)->id);
}

/* The case of this id, made if there is none; NULL: memory is short. */
static tl_compare_case *case_of(reading *r, char *id) {
    tl_compare_file *f = r->file;
    tl_compare_case probe = {.id = id};
    if (r->last && !strcmp(r->last->id, id))
        return r->last;
    void *found = tfind(&probe, &f->index, by_id);
    if (found)
        return *(tl_compare_case **)found;
    if (!(f->ncases & (f->ncases - 1))) { /* a power of two: the room is full */
        tl_compare_case **more = realloc(f->cases, (f->ncases ? 2 * f->ncases : 1) * sizeof *more);
        if (!more)
            return NULL;
        f->cases = more;
    }
    tl_compare_case *c = calloc(1, sizeof *c);
    if (!c || !(c->id = strdup(id)) || !tsearch(c, &f->index, by_id)) {
        free(c ? c->id : NULL);
        free(c);
        return NULL;
    }
    return f->cases[f->ncases++] = c;
}

/* Makes room for one more sample of this run; false: memory is short. */
static bool open_sample(tl_compare_case *c, size_t run) {
    if (c->n == c->room) {
        const size_t room = c->room ? 2 * c->room : 8;
        double *time = realloc(c->time, room * sizeof *time);
        c->time = time ? time : c->time;
        double *over = time ? realloc(c->over, room * sizeof *over) : NULL;
        if (!over)
            return false;
        c->over = over;
        c->room = room;
    }
    if (!c->runs || c->number[c->runs - 1] != run) {
        size_t *start = realloc(c->start, (c->runs + 1) * sizeof *start);
        c->start = start ? start : c->start;
        size_t *number = start ? realloc(c->number, (c->runs + 1) * sizeof *number) : NULL;
        if (!number)
            return false;
        c->number = number;
        c->number[c->runs] = run;
        c->start[c->runs++] = c->n;
    }
    return true;
}

static bool is_column(const struct tl_compare_column *c, const char *name) {
    return !strcmp(c->name, name);
}

/* Two variants are compared with each other: rows of any other are passed over, and what tells these two apart
 * is in no name. */
static bool passed_over(const reading *r, const tl_csv_row *row) {
    const struct tl_compare_column *column = r->file->kind->column;
    for (int i = 0; column[i].name && r->file->only; i++)
        if (is_column(&column[i], "kernel"))
            return strcmp(cell_of(r, row, i), r->file->only) != 0;
    return false;
}

static const char *id_cell(const reading *r, const tl_csv_row *row, int i) {
    const struct tl_compare_column *c = &r->file->kind->column[i];
    if (r->file->only && is_column(c, "kernel"))
        return r->file->named;
    return r->file->only && (is_column(c, "format") || is_column(c, "isa")) ? "" : cell_of(r, row, i);
}

/* The case's name for this sample of the row. */
static void make_id(const reading *r, const tl_csv_row *row, int sample, char *id) {
    const struct tl_compare_column *column = r->file->kind->column;
    char *end = stpncpy(id, column[sample].name, strcspn(column[sample].name, "_"));
    for (int i = 0; column[i].name; i++)
        if (is_key(column[i].role)) {
            *end++ = SEPARATOR;
            end = stpcpy(end, id_cell(r, row, i));
        }
    *end = 0;
}

/* What take_row finds in a row before its samples. */
typedef struct marks {
    int round, baseline; /* columns; baseline -1: the kind has none */
    bool refused, wrong, disturbed;
} marks;

/* One sample of a row: `sample` is its column. */
static int take_sample(reading *r, const tl_csv_row *row, int sample, const marks *m) {
    static char id[TL_COMPARE_COLUMNS * (TL_COMPARE_CELL + 1)];
    const tl_compare_kind *kind = r->file->kind;
    const double v = strtod(cell_of(r, row, sample), NULL);
    const double baseline = m->baseline >= 0 ? strtod(cell_of(r, row, m->baseline), NULL) : 0;
    char expected[64];
    if (v <= 0)
        return TL_GO_ON;
    make_id(r, row, sample, id);
    tl_compare_case *c = case_of(r, id);
    if (!c || !open_sample(c, r->file->runs))
        return tl_bad(r->path, "memory was expected, found none");
    const size_t next = c->n - c->start[c->runs - 1];
    if (strtoull(cell_of(r, row, m->round), NULL, 10) != next) {
        snprintf(expected, sizeof expected, "%zu, the next of this case,", next);
        return bad_cell(r, row, m->round, expected);
    }
    if (r->file->ncases > kind->most_cases) {
        snprintf(expected, sizeof expected, "at most %zu cases", kind->most_cases);
        return tl_csv_bad(r->path, row->line, NULL, expected, "more");
    }
    c->time[c->n] = kind->column[sample].role == TL_COLUMN_RATE ? 1e3 / v : v;
    c->over[c->n++] = baseline > 0 ? v / baseline : 0;
    c->without_baseline |= baseline <= 0;
    c->is_not_baseline |= baseline < v || baseline > v;
    c->wrong |= m->wrong;
    c->disturbed += m->disturbed;
    r->last = c;
    return TL_GO_ON;
}

/* What the run says of its surroundings, and whether this row was disturbed. */
static void note_surroundings(reading *r, const tl_csv_row *row) {
    tl_compare_file *f = r->file;
    for (int i = 0; f->kind->column[i].name; i++) {
        const char *cell = cell_of(r, row, i);
        tl_compare_range *x = &f->range[i];
        const double v = strtod(cell, NULL);
        if (f->kind->column[i].role == TL_COLUMN_WHEN && (!f->rows || v < f->began))
            f->began = v;
        if (f->kind->column[i].role == TL_COLUMN_MARK)
            f->disturbed += *cell != 0;
        if (!is_of_run(f->kind->column[i].role) || !*cell)
            continue;
        *x = (tl_compare_range){true, x->there && x->low < v ? x->low : v,
                                x->there && x->high > v ? x->high : v};
    }
    f->rows++;
}

static int take_row(void *arg, const tl_csv_row *row) {
    reading *r = arg;
    if (!row->ended)
        return tl_csv_bad(r->path, row->line, NULL, "a newline at the end of the row",
                          "the end of the file: it was cut");
    if (!r->header)
        return find_columns(r, row);
    const struct tl_compare_column *column = r->file->kind->column;
    marks m = {.baseline = -1};
    for (int i = 0; column[i].name; i++) {
        const char *cell = cell_of(r, row, i);
        if (column[i].role == TL_COLUMN_ROUND)
            m.round = i;
        if (column[i].role == TL_COLUMN_BASELINE)
            m.baseline = i;
        if (column[i].role == TL_COLUMN_MARK)
            m.disturbed = *cell != 0;
        if (column[i].role == TL_COLUMN_OK) {
            m.refused = !strcmp(cell, "refused");
            m.wrong = !strcmp(cell, "no");
        }
    }
    int status = TL_GO_ON;
    for (int i = 0; column[i].name && status == TL_GO_ON; i++)
        status = check_cell(r, row, i, m.refused);
    m.refused |= passed_over(r, row);
    for (int i = 0; column[i].name && status == TL_GO_ON && !m.refused; i++)
        if (is_sample(column[i].role))
            status = take_sample(r, row, i, &m);
    if (status == TL_GO_ON && !m.refused)
        note_surroundings(r, row);
    return status;
}

static int read_run(const char *path, tl_compare_file *f) {
    reading r = {.file = f, .path = path};
    f->runs++;
    return tl_csv_each(path, LONGEST_ROW, take_row, &r);
}

int tl_compare_read(const char *paths, tl_compare_file *f) {
    f->path = paths;
    char *list = strdup(paths), *rest = list, *path;
    int status = list ? TL_GO_ON : tl_bad(paths, "memory was expected, found none");
    while (status == TL_GO_ON && (path = strsep(&rest, ",")))
        status = read_run(path, f);
    free(list);
    if (status == TL_GO_ON && !f->ncases)
        return tl_bad(paths, "at least one row with a time%s%s was expected, found none", f->only ? " of " : "",
                      f->only ? f->only : "");
    return status;
}

static void nothing(void *p) {
    (void)p;
}

void tl_compare_free(tl_compare_file *f) {
    tdestroy(f->index, nothing);
    for (size_t i = 0; i < f->ncases; i++) {
        free(f->cases[i]->id);
        free(f->cases[i]->time);
        free(f->cases[i]->over);
        free(f->cases[i]->start);
        free(f->cases[i]->number);
        free(f->cases[i]);
    }
    free(f->cases);
    for (int i = 0; i < TL_COMPARE_COLUMNS; i++)
        free(f->constant[i]);
    *f = (tl_compare_file){0};
}

/* ---- two files ------------------------------------------------------------------------------------------- */
enum { RANGE_TEXT = 64 };

/* "97", or "60-97" where runs differ. */
static const char *range_text(const tl_compare_range *x, char text[RANGE_TEXT]) {
    snprintf(text, RANGE_TEXT, x->low < x->high ? "%g-%g" : "%g", x->low, x->high);
    return text;
}

/* Of one side and the other, or of the runs of one. */
static bool are_apart(const tl_compare_range *a, const tl_compare_range *b) {
    return a->there && b->there && fmax(a->high, b->high) - fmin(a->low, b->low) >= 20;
}

void tl_compare_differences(const tl_compare_file *a, const tl_compare_file *b, char *text, size_t room) {
    size_t used = 0;
    *text = 0;
    for (int i = 0; a->kind->column[i].name; i++) {
        const tl_column_role role = a->kind->column[i].role;
        if (role != TL_COLUMN_BUILD && role != TL_COLUMN_SCHEMA && is_constant(role) &&
            strcmp(a->constant[i], b->constant[i]) && used < room)
            used += (size_t)snprintf(text + used, room - used, "%s%s \"%s\" and \"%s\"", used ? ", " : "",
                                     a->kind->column[i].name, a->constant[i], b->constant[i]);
        if (role == TL_COLUMN_SHARE && are_apart(&a->range[i], &b->range[i]) && used < room) {
            char one[RANGE_TEXT], other[RANGE_TEXT];
            used += (size_t)snprintf(text + used, room - used, "%s%s %s and %s", used ? ", " : "",
                                     a->kind->column[i].name, range_text(&a->range[i], one),
                                     range_text(&b->range[i], other));
        }
    }
}

const char *tl_compare_constant(const tl_compare_file *f, const char *name) {
    for (int i = 0; f->kind->column[i].name; i++)
        if (!strcmp(f->kind->column[i].name, name))
            return f->constant[i];
    return "unknown";
}

void tl_compare_surroundings(const tl_compare_file *f, char *text, size_t room) {
    size_t used = 0;
    *text = 0;
    for (int i = 0; f->kind->column[i].name; i++) {
        const tl_compare_range *x = &f->range[i];
        char range[RANGE_TEXT];
        if (x->there && used < room)
            used += (size_t)snprintf(text + used, room - used, "%s %s, ", f->kind->column[i].name,
                                     range_text(x, range));
    }
    if (used < room)
        snprintf(text + used, room - used, "%zu of %zu rows disturbed", f->disturbed, f->rows);
}

/* Bytes of an id that are the same whatever dispatch picked: picked columns come last. */
static size_t fixed_part(const tl_compare_kind *kind, const char *id) {
    int cells = 1;
    const char *p = id;
    for (int i = 0; kind->column[i].name; i++)
        cells += is_key(kind->column[i].role) && kind->column[i].role != TL_COLUMN_PICKED;
    for (; *p && (cells -= *p == SEPARATOR) > 0; p++)
        ;
    return (size_t)(p - id);
}

/* The one case without a counterpart whose fixed part is this one's; NULL: none, or several. */
static tl_compare_case *only_one_like(const tl_compare_file *f, const char *id, size_t n) {
    tl_compare_case *one = NULL;
    for (size_t i = 0; i < f->ncases; i++)
        if (!f->cases[i]->other && fixed_part(f->kind, f->cases[i]->id) == n &&
            !strncmp(f->cases[i]->id, id, n)) {
            if (one)
                return NULL;
            one = f->cases[i];
        }
    return one;
}

static bool has_picked(const tl_compare_kind *kind) {
    for (int i = 0; kind->column[i].name; i++)
        if (kind->column[i].role == TL_COLUMN_PICKED)
            return true;
    return false;
}

size_t tl_compare_match(tl_compare_file *base, tl_compare_file *new) {
    size_t pairs = 0;
    for (size_t i = 0; i < base->ncases; i++) {
        void *found = tfind(base->cases[i], &new->index, by_id);
        if (found) {
            base->cases[i]->other = *(tl_compare_case **)found;
            base->cases[i]->other->other = base->cases[i];
            pairs++;
        }
    }
    for (size_t i = 0; i < base->ncases && has_picked(base->kind); i++) {
        const char *id = base->cases[i]->id;
        const size_t n = fixed_part(base->kind, id);
        tl_compare_case *mine = base->cases[i]->other ? NULL : only_one_like(base, id, n),
                        *theirs = mine ? only_one_like(new, id, n) : NULL;
        if (theirs) {
            mine->other = theirs;
            theirs->other = mine;
            pairs++;
        }
    }
    return pairs;
}

const struct tl_compare_column *tl_compare_key(const tl_compare_kind *kind, size_t n) {
    for (int i = 0; kind->column[i].name; i++)
        if (is_key(kind->column[i].role) && !--n)
            return &kind->column[i];
    return NULL;
}

bool tl_compare_cell(const tl_compare_case *c, size_t n, char *cell, size_t room) {
    const char *p = c->id;
    for (; n; n--, p++)
        if (!(p = strchr(p, SEPARATOR)))
            return false;
    snprintf(cell, room, "%.*s", (int)strcspn(p, (const char[]){SEPARATOR, 0}), p);
    return true;
}
