/* batch_rows.c: see batch_rows.h. */
#include "harness/batch_rows.h"
#include "harness/csv.h"
#include "harness/model.h"
#include "models/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool tl_row_kind_of(const char *path, tl_row_kind *kind) {
    static const char *const ends[] = {
        [TL_TXT] = ".txt", [TL_JSONL] = ".jsonl", [TL_JSON] = ".json", [TL_CSV_ROWS] = ".csv"};
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < 4; i++)
        if (!strcmp(dot, ends[i])) {
            *kind = (tl_row_kind)i;
            return true;
        }
    return false;
}

typedef struct reading {
    tl_row *p;
    size_t n, room;
} reading;

/* Takes copies; prompt NULL: a bad row. */
static bool add(reading *r, const char *id, size_t id_n, const char *prompt, size_t n, const char *why) {
    char number[24];
    if (r->n == r->room) {
        const size_t room = r->room ? 2 * r->room : 64;
        tl_row *p = realloc(r->p, room * sizeof *p);
        if (!p)
            return false;
        r->p = p;
        r->room = room;
    }
    snprintf(number, sizeof number, "%zu", r->n + 1);
    if (!why && prompt && n && memchr(prompt, 0, n))
        why = "a prompt without zero bytes was expected";
    r->p[r->n] = (tl_row){id ? strndup(id, id_n) : strdup(number), prompt ? strndup(prompt, n) : strdup(""),
                          why ? strdup(why) : NULL, NULL};
    r->n++;
    return r->p[r->n - 1].id && r->p[r->n - 1].prompt;
}

static bool add_json(reading *r, const tm_json *j) {
    tm_str prompt, id = {NULL, 0};
    int64_t number;
    char text[24];
    if (tm_json_str(j, &prompt))
        return add(r, NULL, 0, prompt.p, prompt.n, NULL);
    const tm_json *own = tm_json_get(j, "id");
    if (own && !tm_json_str(own, &id) && tm_json_int(own, &number)) {
        snprintf(text, sizeof text, "%lld", (long long)number);
        id = tm_str_of(text);
    }
    if (!tm_json_str(tm_json_get(j, "prompt"), &prompt))
        return add(r, id.p, id.n, NULL, 0, "a string \"prompt\" was expected");
    return add(r, id.p, id.n, prompt.p, prompt.n, NULL);
}

static bool read_lines(reading *r, tm_str text, bool json) {
    tm_error err;
    bool good = true;
    for (size_t at = 0; good && at < text.n;) {
        const char *p = text.p + at, *end = memchr(p, '\n', text.n - at);
        size_t n = end ? (size_t)(end - p) : text.n - at;
        at += n + 1;
        n -= n && p[n - 1] == '\r';
        if (!json) {
            good = add(r, NULL, 0, p, n, n ? NULL : "a prompt was expected, found an empty line");
            continue;
        }
        if (!n)
            continue;
        tm_json *j = tm_json_parse((tm_str){p, n}, "row", &err);
        good = j ? add_json(r, j) : add(r, NULL, 0, NULL, 0, err.text);
        tm_json_free(j);
    }
    return good;
}

static int read_array(reading *r, tm_str text, const char *path) {
    tm_error err;
    tm_json *root = tm_json_parse(text, path, &err);
    if (!root) {
        return tl_refused(&err);
    }
    bool good = tm_json_is_array(root);
    for (size_t i = 0; good && i < tm_json_size(root); i++)
        good = add_json(r, tm_json_at(root, i));
    const int status = tm_json_is_array(root)
                           ? good ? TL_GO_ON : tl_bad(path, "memory was expected, found none")
                           : tl_bad(path, "an array of prompts was expected, found something else");
    tm_json_free(root);
    return status;
}

static int read_table(reading *r, const char *path) {
    tl_csv c;
    int status = tl_csv_read(path, &c);
    if (status != TL_GO_ON)
        return status;
    const int prompt = tl_csv_column(&c, "prompt"), id = tl_csv_column(&c, "id");
    if (prompt < 0)
        status = tl_bad(path, "a column \"prompt\" was expected, found none");
    for (size_t i = 0; status == TL_GO_ON && i < c.rows; i++) {
        const char *text = tl_csv_at(&c, i, prompt), *name = id < 0 ? NULL : tl_csv_at(&c, i, id);
        if (!add(r, name, name ? strlen(name) : 0, text, strlen(text),
                 *text ? NULL : "a prompt was expected, found none"))
            status = tl_bad(path, "memory was expected, found none");
    }
    tl_csv_free(&c);
    return status;
}

int tl_rows_read(const char *path, tl_row_kind kind, tl_row **out, size_t *count) {
    reading r = {0};
    tm_error err;
    tm_buffer text = {0};
    int status = TL_GO_ON;
    if (kind != TL_CSV_ROWS && !tm_read_file(path, &text, &err)) {
        status = tl_refused(&err);
    } else if (kind == TL_CSV_ROWS)
        status = read_table(&r, path);
    else if (kind == TL_JSON)
        status = read_array(&r, (tm_str){text.p, text.n}, path);
    else if (!read_lines(&r, (tm_str){text.p, text.n}, kind == TL_JSONL))
        status = tl_bad(path, "memory was expected, found none");
    tm_buffer_free(&text);
    if (status != TL_GO_ON) {
        tl_rows_free(r.p, r.n);
        r = (reading){0};
    }
    *out = r.p;
    *count = r.n;
    return status;
}

void tl_rows_free(tl_row *p, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(p[i].id);
        free(p[i].prompt);
        free(p[i].why);
        free(p[i].answer);
    }
    free(p);
}

/* ---- answers --------------------------------------------------------------------------------------------- */
static void write_line(FILE *f, const char *s) {
    for (; s && *s; s++)
        if (*s == '\n')
            fputs("\\n", f);
        else if (*s == '\\')
            fputs("\\\\", f);
        else
            fputc(*s, f);
    fputc('\n', f);
}

static bool write_object(FILE *f, const tl_row *row, const char *more) {
    const char *const names[] = {"\"id\": ", ", \"prompt\": ", ", \"answer\": ", ", \"error\": "};
    const char *const values[] = {row->id, row->prompt, row->answer ? row->answer : "", row->why};
    tm_buffer b = {0};
    bool good = true;
    for (int i = 0; good && i < (row->why ? 4 : 3); i++)
        good = tm_buffer_add(&b, names[i], strlen(names[i])) && tm_json_quote(&b, tm_str_of(values[i]));
    good = good && fputs("{", f) >= 0 && fputs(more, f) >= 0 && fwrite(b.p, 1, b.n, f) == b.n &&
           fputs("}", f) >= 0;
    tm_buffer_free(&b);
    return good;
}

static int write_table(tl_out *out, const tl_row *rows, size_t n) {
    int status = tl_csv_write_row(out, (const char *const[]){"id", "prompt", "answer", "error"}, 4);
    for (size_t i = 0; i < n && status == TL_GO_ON; i++)
        status = tl_csv_write_row(out,
                                  (const char *const[]){rows[i].id, rows[i].prompt,
                                                        rows[i].answer ? rows[i].answer : "",
                                                        rows[i].why ? rows[i].why : ""},
                                  4);
    return status;
}

int tl_rows_write(const char *path, tl_row_kind kind, const tl_row *rows, size_t n) {
    tl_out *out = tl_out_open(path);
    FILE *f = out ? tl_out_file(out) : NULL;
    if (!out)
        return TL_BAD;
    if (kind == TL_CSV_ROWS && write_table(out, rows, n) != TL_GO_ON) {
        tl_out_discard(out);
        return TL_BAD;
    }
    for (size_t i = 0; i < n && kind != TL_CSV_ROWS; i++) {
        if (kind == TL_JSON)
            fputs(i ? ",\n" : "[\n", f);
        if (kind == TL_TXT)
            write_line(f, rows[i].answer);
        else
            write_object(f, &rows[i], "");
        if (kind == TL_JSONL)
            fputc('\n', f);
    }
    if (kind == TL_JSON)
        fputs(n ? "\n]\n" : "[]\n", f);
    return tl_out_close(out);
}

bool tl_journal_add(FILE *f, size_t number, const tl_row *row) {
    char more[40];
    snprintf(more, sizeof more, "\"row\": %zu, ", number);
    return write_object(f, row, more) && fputc('\n', f) != EOF && !fflush(f);
}

static bool take_answer(const tm_json *j, tl_row *rows, size_t n) {
    int64_t number;
    tm_str prompt, answer;
    if (!tm_json_int(tm_json_get(j, "row"), &number) || number < 0 || (size_t)number >= n ||
        !tm_json_str(tm_json_get(j, "prompt"), &prompt) || !tm_json_str(tm_json_get(j, "answer"), &answer))
        return false;
    tl_row *row = &rows[number];
    if (row->answer || row->why || !tm_str_is(prompt, row->prompt))
        return false;
    row->answer = strndup(answer.p, answer.n);
    return row->answer != NULL;
}

static bool is_of(tm_str line, const char *settings) {
    tm_json *j = tm_json_parse(line, "journal", NULL);
    tm_str found;
    const bool same = tm_json_str(tm_json_get(j, "settings"), &found) && tm_str_is(found, settings);
    tm_json_free(j);
    return same;
}

int tl_journal_open(const char *path, uint64_t settings, tl_row *rows, size_t n, FILE **f, size_t *found) {
    tm_buffer text = {0};
    tm_error err;
    char own[20];
    bool there = false;
    int status = TL_GO_ON;
    *found = 0;
    snprintf(own, sizeof own, "%016" PRIx64, settings);
    if (!tm_read_file(path, &text, &err) && !access(path, F_OK)) {
        tm_buffer_free(&text);
        return tl_refused(&err);
    }
    for (size_t at = 0; at < text.n && status == TL_GO_ON;) {
        const char *p = text.p + at, *end = memchr(p, '\n', text.n - at);
        const tm_str line = {p, end ? (size_t)(end - p) : text.n - at};
        at += line.n + 1;
        if (!end)
            break;
        if (!there && !is_of(line, own)) {
            status = tl_bad(
                path, "the journal of a run with this model and these options was expected, found another's: "
                      "end that run with its own options, or remove the file");
            break;
        }
        tm_json *j = there ? tm_json_parse(line, path, NULL) : NULL;
        *found += j && take_answer(j, rows, n);
        tm_json_free(j);
        there = true;
    }
    const bool cut = text.n && text.p[text.n - 1] != '\n';
    tm_buffer_free(&text);
    if (status != TL_GO_ON)
        return status;
    *f = fopen(path, there ? "ab" : "wb");
    if (*f && (there ? !cut || fputc('\n', *f) != EOF : fprintf(*f, "{\"settings\": \"%s\"}\n", own) > 0) &&
        !fflush(*f))
        return TL_GO_ON;
    if (*f)
        fclose(*f);
    return tl_bad(path, "a file that can be written was expected, found: %s", strerror(errno));
}
