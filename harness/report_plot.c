/* report_plot.c: data files for the gnuplot scripts in reports/, and the one place that runs gnuplot. */
#include "harness/report.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- axes that pictures of one name share ---------------------------------------------------------------- */
static struct limits {
    char name[128];
    double axis[4]; /* least and greatest x, then y */
} * shared;
static size_t nshared;
static tl_axes axes;

void tl_plot_axes(tl_axes what) {
    axes = what;
    if (what == TL_AXES_SHARED)
        return;
    free(shared);
    shared = NULL;
    nshared = 0;
}

/* The limits of this name, until others are asked for; made if there are none. */
static struct limits *limits_of(const char *name) {
    size_t i = 0;
    while (i < nshared && strcmp(shared[i].name, name))
        i++;
    if (i == nshared) {
        struct limits *more = realloc(shared, (nshared + 1) * sizeof *more);
        if (!more)
            abort();
        shared = more;
        shared[nshared++] = (struct limits){.axis = {INFINITY, -INFINITY, INFINITY, -INFINITY}};
        snprintf(shared[i].name, sizeof shared[i].name, "%s", name);
    }
    return &shared[i];
}

/* What gnuplot chose for this picture. */
static void gather(const char *name, const char *path) {
    double v[4];
    struct limits *l = limits_of(name);
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3]) == 4)
        for (int i = 0; i < 4; i++)
            l->axis[i] = i % 2 ? fmax(l->axis[i], v[i]) : fmin(l->axis[i], v[i]);
    if (f)
        fclose(f);
    unlink(path);
}

static int run_gnuplot(char **argv, const char *name) {
    pid_t pid;
    int status = 0, error = posix_spawnp(&pid, "gnuplot", NULL, NULL, argv, environ);
    if (error)
        return tl_bad("gnuplot", "a program to draw with was expected (package gnuplot-nox), found: %s",
                      strerror(error));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status ? tl_bad("gnuplot", "a picture %s.svg was expected, found a failure", name) : TL_GO_ON;
}

/* name='text'; in single quotes gnuplot gives a meaning to nothing but the quote itself. */
static void assign(FILE *f, const char *name, const char *text) {
    fprintf(f, "%s='", name);
    for (; *text; text++)
        fputs(*text == '\'' ? "''" : (const char[]){*text, 0}, f);
    fputs("'; ", f);
}

/* A file in the folder. gnuplot takes a name that begins with < or | for a command: none begins so. */
static void assign_file(FILE *f, const char *name, const char *folder, const char *stem, const char *end) {
    char path[4400];
    snprintf(path, sizeof path, "%s%s/%s.%s", *folder == '/' ? "" : "./", folder, stem, end);
    assign(f, name, path);
}

/* What the script is told; the caller frees. */
static char *settings(const char *look, const char *folder, const char *name, const char *title, int baselines,
                      int series) {
    char *text = NULL;
    size_t size;
    const struct limits *l = axes == TL_AXES_SHARED ? limits_of(name) : NULL;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        abort();
    assign(f, "look", look);
    assign_file(f, "data", folder, name, "dat");
    assign_file(f, "out", folder, name, "svg");
    assign_file(f, "chosen", folder, name, "axes");
    assign(f, "heading", title);
    fprintf(f, "baselines=%d; series=%d", baselines, series);
    if (l && l->axis[0] < l->axis[1] && l->axis[2] < l->axis[3])
        fprintf(f, "; xlimits='set xrange [%.17g:%.17g]'; ylimits='set yrange [%.17g:%.17g]'", l->axis[0],
                l->axis[1], l->axis[2], l->axis[3]);
    if (fclose(f))
        abort();
    return text;
}

int tl_gnuplot(const char *script, const char *folder, const char *name, const char *title, int baselines,
               int series) {
    char near[4200], look[4200], path[64], chosen[4200],
        after[] = "set print chosen; print GPVAL_X_MIN, GPVAL_X_MAX, GPVAL_Y_MIN, GPVAL_Y_MAX";
    snprintf(path, sizeof path, "reports/%s", script);
    if (!tl_find_near_program(path, near, sizeof near) ||
        !tl_find_near_program("reports/style.gp", look, sizeof look))
        return tl_bad(path, "a gnuplot script near the program was expected, found none");
    char *set = settings(look, folder, name, title, baselines, series);
    char *argv[] = {(char[]){"gnuplot"},
                    (char[]){"-e"},
                    set,
                    near,
                    axes == TL_AXES_GATHER ? (char[]){"-e"} : NULL,
                    after,
                    NULL};
    const int status = run_gnuplot(argv, name);
    free(set);
    snprintf(chosen, sizeof chosen, "%s/%s.axes", folder, name);
    if (status == TL_GO_ON && axes == TL_AXES_GATHER)
        gather(name, chosen);
    return status;
}

static int by_size(const void *a, const void *b) {
    const tl_series *x = *(const tl_series *const *)a, *y = *(const tl_series *const *)b;
    int base = tl_is_baseline(y) - tl_is_baseline(x), name = strcmp(x->kernel, y->kernel);
    double dx = tl_series_size(x), dy = tl_series_size(y);
    return base ? base : name ? name : (dx > dy) - (dx < dy);
}

/* The run-phase series of a picture, baselines first, then by kernel and size. The caller frees. */
static const tl_series **select_series(const tl_report_data *d, const char *op, const char *state,
                                       unsigned threads, size_t *count) {
    const tl_series **s = calloc(d->nseries + 1, sizeof *s);
    if (!s)
        abort();
    *count = 0;
    for (size_t i = 0; i < d->nseries; i++) {
        const tl_series *x = &d->series[i];
        if (!strcmp(x->op, op) && !strcmp(x->state, state) && x->threads == threads &&
            !strcmp(x->phase, "run") && x->trusted)
            s[(*count)++] = x;
    }
    qsort(s, *count, sizeof *s, by_size);
    return s;
}

/* A picture has room for a dozen lines: of more variants the best ones are drawn, baselines not. */
enum { LINES = 12 };
static double worth(const tl_series *s, tl_plot plot) {
    return plot == TL_PLOT_SPEEDUP ? s->speedup : s->gops;
}

static size_t best_lines(const tl_series **s, size_t n, tl_plot plot) {
    double mean[512];
    size_t first[512], kinds = 0, kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!i || strcmp(s[i]->kernel, s[i - 1]->kernel)) {
            if (kinds == 512)
                return n;
            first[kinds] = i;
            mean[kinds++] = 0;
        }
        mean[kinds - 1] += worth(s[i], plot);
    }
    if (kinds <= LINES)
        return n;
    for (size_t k = 0; k < kinds; k++) {
        const size_t end = k + 1 < kinds ? first[k + 1] : n;
        size_t better = 0;
        for (size_t j = 0; j < kinds; j++)
            better += !tl_is_baseline(s[first[j]]) && (mean[j] > mean[k] || (mean[j] == mean[k] && j < k));
        for (size_t i = first[k]; i < end && !tl_is_baseline(s[i]) && better < LINES; i++)
            s[kept++] = s[i];
    }
    return kept;
}

int tl_plot_series(const tl_report_data *d, tl_plot plot, const char *op, const char *state, unsigned threads,
                   const char *folder, const char *name, const char *title) {
    char path[4200];
    size_t n;
    int baselines = 0, series = 0;
    const tl_series **s = select_series(d, op, state, threads, &n);
    n = best_lines(s, n, plot);
    snprintf(path, sizeof path, "%s/%s.dat", folder, name);
    tl_out *o = n ? tl_out_open(path) : NULL;
    if (!o) {
        free(s);
        return n ? TL_BAD : TL_FAILED;
    }
    FILE *f = tl_out_file(o);
    for (size_t i = 0; i < n; i++) {
        const char *isa = strstr(s[i]->kernel, "__") ? strstr(s[i]->kernel, "__") + 2 : s[i]->kernel;
        const char *shown =
            !strncmp(s[i]->kernel, "gem", 3) ? s[i]->kernel + 5 : isa; /* formats side by side */
        if (plot == TL_PLOT_SPEEDUP && (!strcmp(isa, "generic") || !(s[i]->speedup > 0)))
            continue; /* no baseline, no speed-up */
        if (!i || strcmp(s[i]->kernel, s[i - 1]->kernel)) {
            fprintf(f, "%s\"%s\" median low high\n", series ? "\n\n" : "", shown);
            series++;
            baselines += tl_is_baseline(s[i]);
        }
        if (plot == TL_PLOT_SPEEDUP)
            fprintf(f, "%.0f %.4f %.4f %.4f\n", tl_series_size(s[i]), s[i]->speedup, s[i]->speedup_low,
                    s[i]->speedup_high);
        else
            fprintf(f, "%.0f %.3f %.3f %.3f\n", tl_series_size(s[i]), s[i]->roof,
                    s[i]->roof * s[i]->ns / s[i]->ns_high, s[i]->roof * s[i]->ns / s[i]->ns_low);
    }
    free(s);
    int status = tl_out_close(o);
    if (status != TL_GOOD)
        return status;
    return series ? tl_gnuplot(plot == TL_PLOT_SPEEDUP ? "speedup.gp" : "roof.gp", folder, name, title,
                               baselines, series)
                  : TL_FAILED;
}

int tl_plot_machine(const tl_report_data *d, const char *folder, const char *name, const char *title) {
    const tl_csv *c = &d->machine;
    int kind = tl_csv_column(c, "kind"), what = tl_csv_column(c, "name"), threads = tl_csv_column(c, "threads"),
        bytes = tl_csv_column(c, "bytes"), value = tl_csv_column(c, "value");
    char path[4200], last[32] = "";
    int series = 0;
    snprintf(path, sizeof path, "%s/%s.dat", folder, name);
    tl_out *o = tl_out_open(path);
    if (!o)
        return TL_BAD;
    FILE *f = tl_out_file(o);
    for (size_t i = 0; i < c->rows; i++) {
        if (strcmp(tl_csv_at(c, i, kind), "roof") || strncmp(tl_csv_at(c, i, what), "read", 4))
            continue;
        const char *t = tl_csv_at(c, i, threads);
        if (strcmp(t, last)) {
            fprintf(f, "%s\"%s thread%s\" GB/s\n", series++ ? "\n\n" : "", t, strcmp(t, "1") ? "s" : "");
            snprintf(last, sizeof last, "%s", t);
        }
        fprintf(f, "%s %s\n", tl_csv_at(c, i, bytes), tl_csv_at(c, i, value));
    }
    int status = tl_out_close(o);
    if (status != TL_GOOD)
        return status;
    return series ? tl_gnuplot("machine.gp", folder, name, title, 0, series) : TL_FAILED;
}
