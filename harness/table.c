/* table.c: one table, printed aligned, as Markdown, CSV or JSON. */
#include "harness/cli.h"
#include "harness/csv.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct tl_table {
    int columns;
    size_t cells, room; /* header included */
    char **cell;
};

static void add(tl_table *t, const char *text) {
    if (t->cells == t->room) {
        t->room = t->room ? t->room * 2 : 64;
        t->cell = realloc(t->cell, t->room * sizeof *t->cell);
        if (!t->cell)
            abort();
    }
    t->cell[t->cells++] = strdup(text);
}

tl_table *tl_table_new(int columns, const char *const *names) {
    tl_table *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    t->columns = columns;
    tl_table_row(t, names);
    return t;
}

void tl_table_row(tl_table *t, const char *const *cells) {
    for (int i = 0; i < t->columns; i++)
        add(t, cells[i]);
}

void tl_table_cell(tl_table *t, const char *format, ...) {
    char text[512];
    va_list v;
    va_start(v, format);
    vsnprintf(text, sizeof text, format, v);
    va_end(v);
    add(t, text);
}

char *const *tl_table_cells(const tl_table *t, size_t *rows) {
    *rows = t->cells / (size_t)t->columns - 1;
    return t->cell;
}

void tl_table_free(tl_table *t) {
    if (!t)
        return;
    for (size_t i = 0; i < t->cells; i++)
        free(t->cell[i]);
    free(t->cell);
    free(t);
}

static bool is_number(const char *s) {
    char *end;
    strtod(s, &end);
    return end != s && (!*end || !strcmp(end, "%") || !strcmp(end, "x"));
}

static size_t width(const char *s) { /* columns on a terminal: UTF-8 continuation bytes take none */
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

void tl_escape_md(FILE *f, const char *s) {
    for (; *s; s++)
        if (*s == '|')
            fputs("\\|", f);
        else
            fputc((unsigned char)*s < 0x20 ? ' ' : *s, f);
}

static void print(const tl_table *t, FILE *f, bool markdown) {
    size_t rows = t->cells / (size_t)t->columns;
    size_t *wide = calloc((size_t)t->columns, sizeof *wide);
    bool *right = calloc((size_t)t->columns, sizeof *right);
    if (!wide || !right)
        abort();
    for (size_t i = 0; i < rows * (size_t)t->columns; i++) {
        size_t c = i % (size_t)t->columns, w = width(t->cell[i]);
        wide[c] = w > wide[c] ? w : wide[c];
        right[c] |= i >= (size_t)t->columns && is_number(t->cell[i]);
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < (size_t)t->columns; c++) {
            const char *s = t->cell[r * (size_t)t->columns + c];
            bool last = c + 1 == (size_t)t->columns;
            int pad = (int)(wide[c] - width(s));
            fprintf(f, "%s%*s", markdown ? "| " : "", right[c] ? pad : 0, "");
            if (markdown)
                tl_escape_md(f, s);
            else
                fputs(s, f);
            fprintf(f, "%*s%s", right[c] || (last && !markdown) ? 0 : pad, "",
                    markdown ? " "
                    : last   ? ""
                             : "  ");
        }
        fputs(markdown ? "|\n" : "\n", f);
        for (size_t c = 0; markdown && !r && c < (size_t)t->columns; c++)
            fprintf(f, "|%s%s", right[c] ? "---:" : "---", c + 1 == (size_t)t->columns ? "|\n" : "");
    }
    free(wide);
    free(right);
}

void tl_table_print(const tl_table *t, FILE *f) {
    print(t, f, false);
}

void tl_table_markdown(const tl_table *t, FILE *f) {
    print(t, f, true);
}

#ifdef TL_CROSS
int tl_table_csv(const tl_table *t, const char *path) {
    (void)t;
    return tl_bad(path, "a build with libcsv was expected for CSV output, found the cross-built program");
}
#else
int tl_table_csv(const tl_table *t, const char *path) {
    tl_out *o = tl_out_open(path);
    if (!o)
        return TL_BAD;
    int status = TL_GO_ON;
    for (size_t i = 0; i < t->cells && status == TL_GO_ON; i += (size_t)t->columns)
        status = tl_csv_write_row(o, (const char *const *)t->cell + i, t->columns);
    if (status == TL_GO_ON)
        return tl_out_close(o);
    tl_out_discard(o);
    return status;
}
#endif

static void json_text(FILE *f, const char *s) {
    fputc('"', f);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20)
            fprintf(f, "\\u%04x", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

static bool json_number(const char *s) { /* what JSON allows: no nan, inf, hex, leading + or zeros */
    const char *digits = s + (*s == '-');
    return is_number(s) && s[strlen(s) - 1] != '%' && s[strlen(s) - 1] != 'x' &&
           strspn(s, "0123456789.eE+-") == strlen(s) && *digits >= '0' && *digits <= '9' &&
           !(*digits == '0' && digits[1] >= '0' && digits[1] <= '9') && s[strlen(s) - 1] != '.';
}

void tl_table_records(const tl_table *t, FILE *f) {
    static const char *const texts[] = {"git", "commit", "base"}; /* 12345e6789 is a commit, not a number */
    fputs("[", f);
    for (size_t i = (size_t)t->columns; i < t->cells; i++) {
        size_t c = i % (size_t)t->columns;
        fputs(c ? ", " : i > (size_t)t->columns ? "},\n {" : "\n {", f);
        json_text(f, t->cell[c]);
        fputs(": ", f);
        bool number = json_number(t->cell[i]);
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
            number &= strcmp(t->cell[c], texts[j]) != 0;
        if (number)
            fputs(t->cell[i], f);
        else
            json_text(f, t->cell[i]);
    }
    fputs(t->cells > (size_t)t->columns ? "}\n]\n" : "]\n", f);
}

int tl_table_json(const tl_table *t, const char *path) {
    tl_out *o = tl_out_open(path);
    if (!o)
        return TL_BAD;
    tl_table_records(t, tl_out_file(o));
    return tl_out_close(o);
}
