/* gate_selftest.c: see gate_selftest.h. */
#include "harness/gate_selftest.h"
#include "harness/cli.h"
#include "harness/csv.h"
#include "version.h"

#include <fnmatch.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *kind;
    double percent; /* planted; 0: nothing */
    bool decode, load;
    unsigned windows;
    double bar; /* share that must be found, or at most be alarms; negative: none */
} plan[] = {{"A/A", 0, false, false, 200, 0.01}, /* what matters most comes first: a run may be stopped */
            {"one variant 5 % slower", 5, false, false, 60, 0.95},
            {"decoding 10 % slower", 10, true, false, 60, 0.95},
            {"A/A beside a busy core", 0, false, true, 100, 0.01},
            {"one variant 10 % slower", 10, false, false, 60, 0.95},
            {"one variant 2 % slower", 2, false, false, 60, -1}};
enum { KINDS = sizeof plan / sizeof *plan };

typedef struct tally {
    unsigned windows, right, ambiguous; /* right: the planted case and no other is SLOW; A/A: an alarm */
    double seconds;
} tally;

/* ---- Clopper-Pearson ------------------------------------------------------------------------------------- */
/* P(X <= k) of n draws with chance p. */
static double at_most(unsigned k, unsigned n, double p) {
    double sum = 0;
    for (unsigned i = 0; i <= k; i++)
        sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) + i * log(p) + (n - i) * log1p(-p));
    return sum;
}

static double solve(unsigned k, unsigned n, double tail) {
    double low = 1e-12, high = 1 - 1e-12;
    for (int i = 0; i < 60; i++) {
        const double p = (low + high) / 2;
        *(at_most(k, n, p) > tail ? &low : &high) = p;
    }
    return low;
}

static void interval(unsigned k, unsigned n, double *low, double *high) {
    *low = k ? solve(k - 1, n, 0.975) : 0;
    *high = k < n ? solve(k, n, 0.025) : 1;
}

/* ---- windows --------------------------------------------------------------------------------------------- */
static pid_t make_load(void) {
    fflush(NULL);
    const pid_t pid = fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile unsigned long n = 0;; n++)
            ;
    }
    return pid;
}

static void end_load(pid_t pid) {
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

/* Which case is slowed in window w: each in turn, decoding alone where that is the kind. */
static const tl_gate_case *planted(const tl_gate_case *cases, size_t n, size_t kind, unsigned w) {
    for (size_t i = 0; i < n && plan[kind].decode; i++)
        if (!strcmp(cases[i].name[1], "decode"))
            return &cases[i];
    for (size_t i = 0; i < n && plan[kind].percent > 0 && !plan[kind].decode; i++)
        if (!cases[(w + i) % n].missing && strcmp(cases[(w + i) % n].name[1], "decode"))
            return &cases[(w + i) % n];
    return NULL;
}

/* One window: its row, and its result. */
static int run_window(const tl_gate_case *cases, size_t n, size_t kind, unsigned w, FILE *to,
                      tl_gate_measure measure, void *ctx, tally *t) {
    const tl_gate_case *slow = planted(cases, n, kind, w);
    char plant[96] = "";
    if (slow)
        snprintf(plant, sizeof plant, "%s=%g", slow->name[1], plan[kind].percent);
    tl_gate_case *copy = malloc(n * sizeof *copy);
    if (!copy)
        return tl_bad("gate", "memory for %zu cases was expected, found none", n);
    memcpy(copy, cases, n * sizeof *copy);
    const tl_gate_window window = {plan[kind].kind, slow ? plant : NULL, plan[kind].load,
                                   1000 * (uint64_t)kind + w};
    const double start = tl_seconds();
    const pid_t load = window.load ? make_load() : 0;
    const int status = measure(ctx, &window, copy, n);
    end_load(load);
    bool found = false, alarm = false;
    unsigned ambiguous = 0;
    for (size_t i = 0; i < n && status == TL_GO_ON; i++) {
        if (copy[i].missing)
            continue;
        const bool same = slow && !strcmp(copy[i].name[1], slow->name[1]); /* at every shape that it has */
        found |= same && copy[i].change.kind == TL_SLOW;
        alarm |= !same && copy[i].change.kind == TL_SLOW;
        ambiguous += copy[i].change.kind == TL_AMBG;
    }
    free(copy);
    if (status == TL_GO_ON) {
        const double took = tl_seconds() - start;
        fprintf(to, "%s,%s,%u,%s,%d,%d,%u,%.1f\n", TL_GIT, plan[kind].kind, w, plant, found, alarm, ambiguous,
                took);
        fflush(to);
        *t = (tally){t->windows + 1, t->right + (slow ? found && !alarm : alarm), t->ambiguous + ambiguous,
                     t->seconds + took};
    }
    return status;
}

/* ---- the store: what an earlier run has done ------------------------------------------------------------- */
static const char header[] = "git,kind,window,plant,found,alarm,ambiguous,seconds";

static int read_store(const char *path, tally *t) {
    tl_csv csv;
    bool one_build = true;
    const int status = tl_csv_read(path, &csv);
    if (status != TL_GO_ON)
        return status;
    const int git = tl_csv_column(&csv, "git"), kind = tl_csv_column(&csv, "kind"),
              found = tl_csv_column(&csv, "found"), alarm = tl_csv_column(&csv, "alarm"),
              ambiguous = tl_csv_column(&csv, "ambiguous"), seconds = tl_csv_column(&csv, "seconds");
    const bool good = git >= 0 && kind >= 0 && found >= 0 && alarm >= 0 && ambiguous >= 0 && seconds >= 0;
    for (size_t r = 0; r < csv.rows && good; r++)
        for (size_t i = 0; i < KINDS; i++)
            if (!strcmp(tl_csv_at(&csv, r, kind), plan[i].kind)) {
                t[i].windows++;
                const bool alarmed = *tl_csv_at(&csv, r, alarm) == '1';
                t[i].right += plan[i].percent > 0 ? *tl_csv_at(&csv, r, found) == '1' && !alarmed : alarmed;
                t[i].ambiguous += (unsigned)strtoul(tl_csv_at(&csv, r, ambiguous), NULL, 10);
                t[i].seconds += strtod(tl_csv_at(&csv, r, seconds), NULL);
            }
    for (size_t r = 0; r < csv.rows && good; r++)
        one_build &= !strcmp(tl_csv_at(&csv, r, git), TL_GIT);
    tl_csv_free(&csv);
    if (good && !one_build)
        return tl_bad(path, "windows of this build (%s) were expected, found those of another", TL_GIT);
    return good ? TL_GO_ON : tl_bad(path, "the columns of a gate's self-test were expected, found others");
}

static int print_rates(const tally *t) {
    int status = TL_GOOD;
    for (size_t i = 0; i < KINDS; i++) {
        if (!t[i].windows)
            continue;
        double low, high;
        interval(t[i].right, t[i].windows, &low, &high);
        const double share = (double)t[i].right / t[i].windows;
        const bool alarms = !(plan[i].percent > 0),
                   good = plan[i].bar < 0 || (alarms ? share <= plan[i].bar : share >= plan[i].bar);
        printf("%-24s %4u windows, %s %5.1f %% (95 %%: %.1f .. %.1f), %.1f AMBG and %.0f s a window%s\n",
               plan[i].kind, t[i].windows, alarms ? "alarms" : "found ", 100 * share, 100 * low, 100 * high,
               (double)t[i].ambiguous / t[i].windows, t[i].seconds / t[i].windows, good ? "" : "  BAR MISSED");
        status = good ? status : TL_FAILED;
    }
    return status;
}

static bool wanted(const char *only, size_t kind) {
    return !only || !fnmatch(only, plan[kind].kind, 0);
}

int tl_gate_selftest(const tl_gate_case *cases, size_t n, const char *path, unsigned scale, const char *only,
                     tl_gate_measure measure, void *ctx) {
    tally t[KINDS] = {{0}};
    const bool old = !access(path, F_OK);
    size_t fit = 0;
    for (size_t i = 0; i < KINDS; i++)
        fit += wanted(only, i);
    if (!fit)
        return tl_bad("--only", "a kind of windows was expected (\"%s\", ...), found \"%s\"", plan[1].kind,
                      only);
    int status = old ? read_store(path, t) : TL_GO_ON;
    FILE *to = status == TL_GO_ON ? fopen(path, "a") : NULL;
    if (status == TL_GO_ON && !to)
        status = tl_bad(path, "a file to write was expected, found that it cannot be opened");
    if (to && !old)
        fprintf(to, "%s\n", header);
    for (size_t i = 0; i < KINDS && status == TL_GO_ON; i++) {
        const unsigned want = wanted(only, i) ? (plan[i].windows * scale + 99) / 100 : 0;
        for (unsigned w = t[i].windows; w < want && status == TL_GO_ON; w++) {
            if (plan[i].percent > 0 && !planted(cases, n, i, w))
                break;
            status = run_window(cases, n, i, w, to, measure, ctx, &t[i]);
        }
    }
    if (to && (ferror(to) | fclose(to)) && status == TL_GO_ON)
        status = tl_bad(path, "space for a row was expected, found none");
    return status == TL_GO_ON ? print_rates(t) : status;
}
