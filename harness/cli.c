/* cli.c: options, selection, errors, progress. */
#include "harness/cli.h"
#include "kernels/choice.h"
#include "kernels/registry.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int tl_bad(const char *where, const char *format, ...) {
    va_list v;
    va_start(v, format);
    fflush(stdout);
    fprintf(stderr, "ternlab: %s: ", *where ? where : "\"\"");
    vfprintf(stderr, format, v);
    fputc('\n', stderr);
    va_end(v);
    return TL_BAD;
}

double tl_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int print_usage(const tl_usage *u, const tl_option *options) {
    printf("usage: %s\n\n%s\n\n", u->synopsis, u->about);
    for (const tl_option *o = options; o->name; o++) {
        char left[64];
        if (!o->help) /* another spelling */
            continue;
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        printf("  %-20s %s\n", left, o->help);
    }
    printf("  %-20s %s\n\nexample:\n  %s\n", "--help", "this text", u->example);
    return TL_GOOD;
}

int tl_whole(const char *where, const char *text, uint64_t min, uint64_t max, uint64_t *to) {
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (!*text || *end || strchr(text, '-') || errno)
        return tl_bad(where, "a whole number was expected, found \"%s\"", text);
    if (v < min || (max && v > max))
        return tl_bad(where, "a number from %llu to %llu was expected, found \"%s\"", (unsigned long long)min,
                      max ? (unsigned long long)max : UINT64_MAX, text);
    *to = v;
    return TL_GO_ON;
}

static int parse_count(const tl_option *o, const char *text) {
    char where[64];
    snprintf(where, sizeof where, "--%s", o->name);
    return tl_whole(where, text, o->min, o->max, o->to);
}

static int parse_real(const tl_option *o, const char *text) {
    char where[64], *end;
    snprintf(where, sizeof where, "--%s", o->name);
    errno = 0;
    const double v = strtod(text, &end);
    if (!*text || *end || errno || !isfinite(v))
        return tl_bad(where, "a number was expected, found \"%s\"", text);
    *(double *)o->to = v;
    return TL_GO_ON;
}

/* Letters to put in, take out or replace that make `name` of the n that were typed. */
static size_t distance(const char *typed, size_t n, const char *name) {
    enum { MOST = 40 };
    size_t row[MOST + 1], m = strlen(name);
    if (m > MOST || n > MOST)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0, corner = row[0]++; j < m; j++) {
            const size_t replaced = corner + (typed[i] != name[j]),
                         other = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            corner = row[j + 1];
            row[j + 1] = replaced < other ? replaced : other;
        }
    return row[m];
}

void tl_nearer(const char *typed, size_t n, const char *name, const char **best) {
    const size_t d = distance(typed, n, name);
    if (d <= n / 3 && (!*best || d < distance(typed, n, *best)))
        *best = name;
}

static int apply(const tl_option *options, int argc, char **argv, int *i) {
    const char *name = argv[*i] + 2, *eq = strchr(name, '=');
    const char *meant = NULL;
    size_t n = eq ? (size_t)(eq - name) : strlen(name);
    for (const tl_option *o = options; o->name; o++) {
        tl_nearer(name, n, o->name, &meant);
        if (strlen(o->name) != n || strncmp(o->name, name, n))
            continue;
        if (o->kind == TL_OPT_FLAG) {
            if (eq)
                return tl_bad(argv[*i], "a flag without a value was expected, found \"%s\"", eq + 1);
            *(bool *)o->to = true;
            return TL_GO_ON;
        }
        if (!eq && *i + 1 >= argc)
            return tl_bad(argv[*i], "a value (%s) was expected, found nothing", o->arg);
        const char *value = eq ? eq + 1 : argv[++*i];
        if (o->kind == TL_OPT_COUNT)
            return parse_count(o, value);
        if (o->kind == TL_OPT_REAL)
            return parse_real(o, value);
        *(const char **)o->to = value;
        return TL_GO_ON;
    }
    return tl_bad(argv[*i], "an option was expected (--help lists them), found \"%s\"%s%s%s", argv[*i],
                  meant ? "; did you mean --" : "", meant ? meant : "", meant ? "?" : "");
}

int tl_parse(int argc, char **argv, const tl_usage *usage, const tl_option *options, int *words) {
    static char output[] = "--output";
    int found = 0;
    bool only_words = false;
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") && !only_words)
            return print_usage(usage, options);
        else if (!strcmp(argv[i], "--"))
            only_words = true;
    only_words = false;
    for (int i = 1; i < argc; i++) {
        if (!only_words && !strcmp(argv[i], "-o"))
            argv[i] = output;
        if (!only_words && !strcmp(argv[i], "--")) {
            only_words = true;
        } else if (!only_words && !strncmp(argv[i], "--", 2)) {
            int status = apply(options, argc, argv, &i);
            if (status != TL_GO_ON)
                return status;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1]) {
            return tl_bad(argv[i], "a long option was expected (--help lists them), found \"%s\"", argv[i]);
        } else if (found == usage->max_words) {
            return tl_bad(argv[0], "%d word(s) expected at most, found \"%s\"", usage->max_words, argv[i]);
        } else {
            argv[++found] = argv[i];
        }
    }
    if (words)
        *words = found;
    return TL_GO_ON;
}

static int parse_threads(tl_selection *s) {
    const char *p = s->threads_text ? s->threads_text : "1";
    for (s->nthreads = 0; *p;) {
        char *end;
        unsigned long v = strtoul(p, &end, 10);
        if (end == p || *p == '-' || (*end && *end != ',') || v < 1 || v > TL_MAX_THREADS || (*end && !end[1]))
            return tl_bad("--threads", "a list of counts from 1 to %d such as 1,2 was expected, found \"%s\"",
                          TL_MAX_THREADS, s->threads_text);
        if (s->nthreads == TL_MAX_LIST)
            return tl_bad("--threads", "at most %d counts expected, found more", TL_MAX_LIST);
        s->threads[s->nthreads++] = (unsigned)v;
        p = *end ? end + 1 : end;
    }
    if (!s->nthreads)
        return tl_bad("--threads", "a list of counts such as 1,2 was expected, found \"\"");
    return TL_GO_ON;
}

static int check_strict(const char *list) {
    size_t n;
    const tk_isa *const *isas = tk_isas(&n);
    for (size_t i = 0; i < n; i++) {
        tk_isa_state state = tk_isa_state_of(isas[i]);
        if (state == TK_ISA_FAULTS || state == TK_ISA_WRONG)
            return tl_bad("--strict", "an executable \"%s\" was expected, found: %s", isas[i]->name,
                          tk_isa_state_text(state));
        bool asked = list && *list && state != TK_ISA_MASKED;
        if (asked && state != TK_ISA_OK && strstr(list, isas[i]->name)) {
            const char *at = strstr(list, isas[i]->name);
            size_t len = strlen(isas[i]->name);
            if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
                return tl_bad("--strict", "ISA \"%s\" was expected to run here, found: %s", isas[i]->name,
                              tk_isa_state_text(state));
        }
    }
    return TL_GO_ON;
}

/* How many numbers "AxBxC..." has, at most 4; 0: it is something else. */
static int dimensions(const char *text, size_t v[4]) {
    for (int n = 1;; n++) {
        char *end;
        errno = 0;
        v[n - 1] = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || errno || !v[n - 1])
            return 0;
        if (!*end)
            return n;
        if (*end != 'x' || n == 4)
            return 0;
        text = end + 1;
    }
}

int tl_shape_parse(const char *where, const char *text, const tl_op *op, tk_shape *s) {
    size_t v[4] = {1, 1, 1, 0};
    const int n = dimensions(text, v);
    const bool positions = op && op->shapes && op->shapes->shape.g, flat = op && !strchr(op->axis, 'M');
    *s = n == 1 ? (tk_shape){1, v[0], 1, 0} : (tk_shape){v[0], v[1], v[2], v[3]};
    if (n > (positions ? 3
             : flat    ? 0
                       : 1) &&
        (n < 4 || positions || !op) && s->m <= 1 << 24 && s->k <= 1 << 30 && s->n <= 1 << 16 && s->g <= 1 << 24)
        return TL_GO_ON;
    return tl_bad(where, "%s was expected, found \"%s\"",
                  positions ? "MxKxNxG such as 4x128x1x1024"
                  : flat    ? "K, or MxKxN such as 1x2560x8"
                  : op      ? "MxKxN such as 2560x2560x1"
                            : "MxKxN, or MxKxNxG for attention,",
                  text);
}

/* Each of --kernel's globs matches something; "a,b" becomes "@(a|b)": one glob for whoever matches it. */
static int check_globs(tl_selection *s) {
    static char all[4096];
    static char one[sizeof all];
    tl_selection part = {.op = s->op, .kernel = one};
    size_t n, used = (size_t)snprintf(all, sizeof all, "@(");
    const tk_kernel *const *k = tk_kernels(&n);
    for (const char *p = s->kernel; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        size_t hits = 0;
        snprintf(one, sizeof one, "%.*s", (int)strcspn(p, ","), p);
        for (size_t i = 0; i < n; i++)
            hits += tl_selected(&part, k[i]);
        if (!hits)
            return tl_bad("--kernel", "a variant's name or glob was expected (`ternlab list`), found \"%s\"",
                          one);
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", p == s->kernel ? "" : "|", one);
        if (used + 2 > sizeof all)
            return tl_bad("--kernel", "at most %zu characters were expected, found more", sizeof all);
    }
    if (strchr(s->kernel, ',')) {
        all[used] = ')', all[used + 1] = 0;
        s->kernel = all;
    }
    return TL_GO_ON;
}

int tl_select(tl_selection *s) {
    const char *from = s->isa ? "--isa" : "$TERNLAB_ISA";
    const char *list = s->isa ? s->isa : getenv("TERNLAB_ISA");
    if (s->isa && !*s->isa)
        return tl_bad(from, "a list of ISA rows such as avx2,generic was expected, found \"\"");
    const char *wrong = tk_isa_mask(list);
    if (wrong)
        return tl_bad(from, "ISA rows of this architecture were expected (`ternlab list --isas`), found \"%s\"",
                      wrong);
    for (const char *p = s->op; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ","), p);
        if (!tl_op_find(name))
            return tl_bad("--op", "an op was expected (`ternlab list` names them), found \"%s\"", name);
    }
    if (s->kernel && check_globs(s) != TL_GO_ON)
        return TL_BAD;
    int status = parse_threads(s);
    if (status == TL_GO_ON && s->strict)
        status = check_strict(list);
    return status;
}

int tl_choice_use(const tl_selection *s) {
    char path[4096];
    bool named = s->choice && strcmp(s->choice, "none");
    if (s->choice && !*s->choice)
        return tl_bad("--choice", "a file or none was expected, found \"\"");
    if (named)
        snprintf(path, sizeof path, "%s", s->choice);
    tk_choice_load(NULL);
    if (!named && (s->choice || !tk_choice_path(path, sizeof path)))
        return TL_GO_ON;
    if (access(path, F_OK)) {
        if (named)
            return tl_bad("--choice", "a choice table was expected, found: %s: %s", path, strerror(errno));
        return TL_GO_ON; /* nothing was tuned yet */
    }
    const char *bad = tk_choice_load(path);
    if (bad)
        tl_bad(path, "a choice table of this machine was expected, found: %s; ignored (`ternlab tune`)", bad);
    return TL_GO_ON;
}

bool tl_op_selected(const tl_selection *s, const char *op) {
    const size_t n = strlen(op);
    for (const char *p = s->op; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        if (!strncmp(p, op, n) && (!p[n] || p[n] == ','))
            return true;
    return !s->op;
}

bool tl_selected(const tl_selection *s, const tk_kernel *k) {
    return tl_op_selected(s, k->op) && (!s->kernel || !fnmatch(s->kernel, k->name, FNM_EXTMATCH));
}

void tl_progress_start(tl_progress *p, const char *what, size_t total, bool quiet) {
    *p = (tl_progress){tl_seconds(), 0, total, what, !quiet && isatty(STDERR_FILENO)};
}

void tl_progress_step(tl_progress *p, size_t done) {
    double now = tl_seconds();
    if (!p->on || now - p->start < 2 || now - p->last < 0.2 || !done)
        return;
    p->last = now;
    double left = (now - p->start) / (double)done * (double)(p->total - done);
    fprintf(stderr, "\r%s %zu/%zu, %.0f s left \033[K", p->what, done, p->total, left);
}

void tl_progress_end(tl_progress *p) {
    if (p->on && p->last > 0)
        fprintf(stderr, "\r\033[K");
}

void tl_escape(FILE *f, const char *s) {
    for (; *s; s++)
        switch (*s) {
        case '<':
            fputs("&lt;", f);
            break;
        case '>':
            fputs("&gt;", f);
            break;
        case '&':
            fputs("&amp;", f);
            break;
        case '"':
            fputs("&quot;", f);
            break;
        default:
            fputc((unsigned char)*s < 0x20 ? ' ' : *s, f);
        }
}

bool tl_in_list(const char *list, const char *word) {
    size_t n = strlen(word);
    for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == n && !strncmp(p, word, n))
            return true;
    return false;
}

bool tl_on_stdout(const char *path) {
    return path && !strcmp(path, "-");
}

bool tl_program_path(char *path, size_t n) {
    const ssize_t length = readlink("/proc/self/exe", path, n);
    if (length <= 0 || (size_t)length >= n)
        return false;
    path[length] = 0;
    return true;
}

const char *tl_find_near_program(const char *relative, char *path, size_t n) {
    char self[4096];
    int len = tl_program_path(self, sizeof self) ? (int)strlen(self) : 0;
    for (int up = 0; len > 0 && up < 4; up++) {
        while (len > 0 && self[--len] != '/')
            ;
        snprintf(path, n, "%.*s/%s", len, self, relative);
        if (!access(path, R_OK))
            return path;
    }
    return NULL;
}
