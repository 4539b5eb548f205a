/* choice_table.c: the choice table's file. Text, one row a variant:
 *
 *   ternlab choice 1
 *   cpu<TAB>...          the fingerprint, a line a key
 *   op format m k n threads rank variant ratio low high      (tabs between)
 *   ...
 *   sum<TAB>16 hex digits of FNV-1a over all bytes before this line
 *
 * The file is not trusted: sizes, order and numbers are checked, and a name is only ever looked up. */
#include "choice_table.h"
#include "registry.h"
#include "version.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char first_line[] = "ternlab choice 1\n";
static const char columns[] = "op\tformat\tm\tk\tn\tthreads\trank\tvariant\tratio\tlow\thigh\n";
enum { MAX_ROWS = 16384, MAX_BYTES = 4 << 20 };

static tk_choice_row *rows;
static size_t nrows;
static char why[256], fingerprint[2048];
static pthread_once_t once = PTHREAD_ONCE_INIT;

const tk_choice_row *tk_choice_rows(size_t *count) {
    *count = nrows;
    return rows;
}

static uint64_t fnv(uint64_t h, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
    return h;
}
static const uint64_t FNV = 0xcbf29ce484222325u;

/* ---- the fingerprint ------------------------------------------------------------------------------------- */
static uint64_t registry_hash(void) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    uint64_t h = fnv(FNV, TL_GIT TL_FLAGS, strlen(TL_GIT TL_FLAGS));
    for (size_t i = 0; i < n; i++)
        h = fnv(h, k[i]->name, strlen(k[i]->name) + 1);
    return h;
}

static void make_fingerprint(void) {
    char brand[64], id[64], isas[256] = "";
    size_t n;
    const tk_isa *const *isa = tk_isas(&n);
    tk_cpu_name(brand, id, sizeof brand);
    for (size_t i = 0, at = 0; i < n; i++)
        if (tk_isa_present(isa[i]) && at < sizeof isas)
            at += (size_t)snprintf(isas + at, sizeof isas - at, "%s%s", at ? "," : "", isa[i]->name);
    for (char *p = brand; *p; p++)
        *p = *p == '\t' || *p == '\n' ? ' ' : *p;
    snprintf(fingerprint, sizeof fingerprint,
             "cpu\t%s\nid\t%s\ncores\t%ld\ncaches\t%zu/%zu/%zu\nisa\t%s\ncompiler\t%s\nvariants\t%016" PRIx64
             "\n",
             brand, id, sysconf(_SC_NPROCESSORS_ONLN), tk_cache_bytes(1), tk_cache_bytes(2), tk_cache_bytes(3),
             isas, __VERSION__, registry_hash());
}

const char *tk_fingerprint(void) {
    pthread_once(&once, make_fingerprint);
    return fingerprint;
}

uint64_t tk_fingerprint_hash(void) {
    return fnv(FNV, tk_fingerprint(), strlen(tk_fingerprint()));
}

bool tk_choice_path(char *path, size_t n) {
    const char *own = getenv("TERNLAB_CHOICE"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int used = -1;
    if (own && *own)
        used = strcmp(own, "none") ? snprintf(path, n, "%s", own) : -1;
    else if (cache && *cache == '/')
        used = snprintf(path, n, "%s/ternlab/choice.tsv", cache);
    else if (home && *home)
        used = snprintf(path, n, "%s/.cache/ternlab/choice.tsv", home);
    return used > 0 && (size_t)used < n;
}

/* ---- reading --------------------------------------------------------------------------------------------- */
static const char *because(const char *text, const char *detail) {
    snprintf(why, sizeof why, text, detail);
    return why;
}

/* The whole file, NUL-terminated; NULL: `why` says what failed. */
static char *slurp(const char *path, size_t *bytes) {
    FILE *f = fopen(path, "r");
    char *text = f ? malloc(MAX_BYTES + 1) : NULL;
    *bytes = text ? fread(text, 1, MAX_BYTES, f) : 0;
    if (!f || !text || ferror(f))
        because("it could not be read (%s)", strerror(errno));
    bool bad = !f || !text || ferror(f);
    if (!bad && (*bytes == MAX_BYTES || memchr(text, 0, *bytes))) {
        because("it is damaged (%s)", "too long, or a NUL byte");
        bad = true;
    }
    if (f)
        fclose(f);
    if (bad) {
        free(text);
        return NULL;
    }
    text[*bytes] = 0;
    return text;
}

/* The next field of a line up to tab or newline; *p goes past it. False: empty or longer than n - 1. */
static bool word(char **p, char *out, size_t n) {
    size_t len = strcspn(*p, "\t\n");
    if (!len || len >= n)
        return false;
    memcpy(out, *p, len);
    out[len] = 0;
    *p += len + ((*p)[len] == '\t');
    return true;
}
static bool whole(char **p, size_t *out) {
    char text[16], *end;
    if (!word(p, text, sizeof text) || text[0] < '0' || text[0] > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return !*end && *out >= 1;
}
static bool ratio(char **p, double *out) {
    char text[32], *end;
    if (!word(p, text, sizeof text))
        return false;
    *out = strtod(text, &end);
    return !*end && isfinite(*out) && *out > 0;
}

/* One row; `before` is the row above it, NULL for the first. */
static bool parse_row(char **p, tk_choice_row *r, const tk_choice_row *before) {
    size_t threads, rank;
    *r = (tk_choice_row){0};
    if (!word(p, r->op, sizeof r->op) || !word(p, r->format, sizeof r->format) || !whole(p, &r->shape.m) ||
        !whole(p, &r->shape.k) || !whole(p, &r->shape.n) || !whole(p, &threads) || !whole(p, &rank) ||
        !word(p, r->name, sizeof r->name) || !ratio(p, &r->ratio) || !ratio(p, &r->low) ||
        !ratio(p, &r->high) || **p != '\n' || threads > 4096 || rank > 4096)
        return false;
    ++*p;
    r->threads = (unsigned)threads;
    r->rank = (unsigned)rank;
    const tk_kernel *k = tk_kernel_find(r->name);
    r->kernel = k && !strcmp(k->op, r->op) && !(k->flags & (TK_AUTOVEC | TK_SPECIAL)) ? k : NULL;
    if (rank == 1)
        return true;
    return before && rank == before->rank + 1 && !strcmp(r->op, before->op) &&
           !strcmp(r->format, before->format) && !memcmp(&r->shape, &before->shape, sizeof r->shape) &&
           r->threads == before->threads;
}

/* NULL, or the key of the first fingerprint line that is not ours. *p goes past the fingerprint. */
static const char *other_machine(char **p) {
    static char key[32];
    for (const char *own = tk_fingerprint(); *own;) {
        size_t n = strcspn(own, "\n") + 1;
        if (strncmp(*p, own, n)) {
            snprintf(key, sizeof key, "%.*s", (int)strcspn(own, "\t"), own);
            return key;
        }
        *p += n;
        own += n;
    }
    return NULL;
}

static const char *parse(char *text, size_t bytes) {
    char sum[32];
    char *last = bytes > 22 ? text + bytes - 21 : text;
    snprintf(sum, sizeof sum, "sum\t%016" PRIx64 "\n", fnv(FNV, text, (size_t)(last - text)));
    if (strncmp(text, first_line, sizeof first_line - 1))
        return because("it is damaged (%s)", "no choice table, version 1");
    if (strcmp(last, sum))
        return because("it is damaged (%s)", "wrong checksum");
    char *p = text + sizeof first_line - 1;
    const char *key = other_machine(&p);
    if (key)
        return because("it was made for another machine or build (%s differs)", key);
    if (strncmp(p, columns, sizeof columns - 1))
        return because("it is damaged (%s)", "other columns");
    for (p += sizeof columns - 1; p < last; nrows++) {
        if (nrows == MAX_ROWS || !parse_row(&p, &rows[nrows], nrows ? &rows[nrows - 1] : NULL)) {
            char line[32];
            snprintf(line, sizeof line, "row %zu", nrows + 1);
            return because("it is damaged (%s)", line);
        }
    }
    return NULL;
}

const char *tk_choice_load(const char *path) {
    size_t bytes;
    free(rows);
    rows = NULL;
    nrows = 0;
    if (!path)
        return NULL;
    char *text = slurp(path, &bytes);
    if (!text)
        return why;
    rows = malloc(MAX_ROWS * sizeof *rows);
    const char *bad = rows ? parse(text, bytes) : because("it could not be read (%s)", "no memory");
    free(text);
    if (bad)
        nrows = 0;
    return bad;
}

/* ---- writing --------------------------------------------------------------------------------------------- */
bool tk_choice_write(FILE *f, const tk_choice_row *r, size_t count) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *m = open_memstream(&text, &bytes);
    if (!m)
        return false;
    fprintf(m, "%s%s%s", first_line, tk_fingerprint(), columns);
    for (size_t i = 0; i < count; i++)
        fprintf(m, "%s\t%s\t%zu\t%zu\t%zu\t%u\t%u\t%s\t%.4f\t%.4f\t%.4f\n", r[i].op, r[i].format, r[i].shape.m,
                r[i].shape.k, r[i].shape.n, r[i].threads, r[i].rank, r[i].name, r[i].ratio, r[i].low,
                r[i].high);
    bool good = !fclose(m) && text && fwrite(text, 1, bytes, f) == bytes &&
                fprintf(f, "sum\t%016" PRIx64 "\n", fnv(FNV, text, bytes)) > 0;
    free(text);
    return good;
}
