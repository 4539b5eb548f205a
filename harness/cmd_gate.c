/* cmd_gate.c: is this tree slower than its base? Builds the base, checks parity of both, times them in turns
 * until every case is settled or the budget ends. */
#include "harness/cli.h"
#include "harness/count.h"
#include "harness/csv.h"
#include "harness/gate.h"
#include "harness/gate_answers.h"
#include "harness/gate_base.h"
#include "harness/gate_cases.h"
#include "harness/gate_print.h"
#include "harness/gate_selftest.h"
#include "harness/gate_worker.h"
#include "harness/noise.h"
#include "kernels/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    tl_selection sel;
    const char *base, *base_program, *plant, *store, *only, *csv, *json, *junit, *md;
    uint64_t budget, seed, parity;
    double threshold, e2e_threshold,
        growth; /* percent; growth: of instructions, below 0: none was given, cases are timed */
    uint64_t windows;
    const char *answers;
    tl_answers_wanted wanted; /* of --answers */
    bool selftest, serve, annotate, quiet;
} options;

typedef struct gate {
    const options *o;
    tl_gate_sides sides;
    char program[4096], commit[64], self[4096], counter[64];
    tl_gate_case cases[TL_GATE_CASES];
    size_t n;
    unsigned rounds;
    double seconds;
    tl_machine machine;
    tl_noise noise; /* of the rounds: switches of both sides' processes */
    tl_gate_verdict verdict;
} gate;

/* ---- cases ----------------------------------------------------------------------------------------------- */
/* A variant by name, or what each side's dispatch picks for op and format. */
static bool add_case(gate *g, tl_gate_case like, const char *name, double percent) {
    if (g->n == TL_GATE_CASES) {
        tl_bad("gate", "at most %d cases were expected, found more: choose with --op and --kernel",
               TL_GATE_CASES);
        return false;
    }
    tl_gate_case *c = &g->cases[g->n++];
    *c = like;
    c->threshold = percent / 100;
    c->change.kind = TL_AMBG;
    for (int k = 0; k < 2; k++)
        snprintf(c->name[k], sizeof c->name[k], "%s", name);
    return true;
}

/* By default what dispatch picks; with --kernel every variant that matches, at the shapes of its op. */
static bool plan_row(gate *g, const tl_usual_case *row, unsigned cores) {
    const char *op = row->op, *format = row->format ? row->format : "";
    tl_gate_case like = {.shape = row->shape, .threads = row->threads};
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    if (row->threads > (g->o->growth < 0 ? cores : 1) || !tl_op_selected(&g->o->sel, op))
        return true;
    if (!g->o->sel.kernel) {
        snprintf(like.op, sizeof like.op, "%s", op);
        snprintf(like.format, sizeof like.format, "%s", format);
        return add_case(g, like, "", g->o->growth < 0 ? g->o->threshold : g->o->growth);
    }
    for (size_t i = 0; i < n; i++)
        if (!strcmp(k[i]->op, op) && (!*format || !strcmp(k[i]->format, format)) &&
            tl_selected(&g->o->sel, k[i]) && tk_isa_state_of(k[i]->isa) == TK_ISA_OK &&
            !tk_kernel_refuses(k[i], like.shape) && strcmp(k[i]->isa->name, "generic") &&
            !(k[i]->flags & TK_AUTOVEC) &&
            !add_case(g, like, k[i]->name, g->o->growth < 0 ? g->o->threshold : g->o->growth))
            return false;
    return true;
}

/* --plant NAME=PERCENT: is there such a case, and such a slowdown? */
static int check_plant(const gate *g) {
    const char *plant = g->o->plant, *equals = plant ? strchr(plant, '=') : NULL;
    char *end = NULL;
    const double percent = equals ? strtod(equals + 1, &end) : 0;
    if (!plant)
        return TL_GO_ON;
    if (!equals || *end || !(percent > 0 && percent <= 1000))
        return tl_bad("--plant", "NAME=PERCENT was expected, found \"%s\"", plant);
    for (size_t i = 0; i < g->n; i++)
        if (!g->cases[i].missing && strlen(g->cases[i].name[1]) == (size_t)(equals - plant) &&
            !strncmp(g->cases[i].name[1], plant, (size_t)(equals - plant)))
            return TL_GO_ON;
    return tl_bad("--plant", "the name of a case was expected, found \"%s\"", plant);
}

/* The cases, and both sides' variants for them. */
static int plan(gate *g) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t both = 0, rows;
    const tl_usual_case *usual = tl_usual_cases(&rows);
    for (size_t i = 0; i < rows; i++)
        if (!plan_row(g, &usual[i], (unsigned)cores))
            return TL_BAD;
    if (!g->o->sel.op && !g->o->sel.kernel && g->o->growth < 0 &&
        !add_case(g, (tl_gate_case){.threads = 1}, "decode", g->o->e2e_threshold))
        return TL_BAD;
    if (!tl_gate_meet(&g->sides, g->cases, g->n))
        return TL_BAD;
    for (size_t i = 0; i < g->n; i++)
        both += !g->cases[i].missing;
    if (!both)
        return tl_bad("gate", "a case that both sides have was expected, found none");
    return check_plant(g);
}

/* ---- parity of both -------------------------------------------------------------------------------------- */
/* The variants of side k as a glob. */
static void glob_of(const gate *g, int k, char *glob, size_t room) {
    size_t used = (size_t)snprintf(glob, room, "@(-");
    for (size_t i = 0; i < g->n; i++)
        if (*g->cases[i].name[k])
            used += (size_t)snprintf(glob + used, room - used, "|%s", g->cases[i].name[k]);
    snprintf(glob + used, room - used, ")");
}

/* Runs parity of side k, its records to `records`, what else it says to `said`. Its exit status; -1: no
 * program.
 */
static int run_parity(const gate *g, int k, FILE *records, FILE *said) {
    char glob[TL_GATE_CASES * 64], count[24], seed[24];
    glob_of(g, k, glob, sizeof glob);
    snprintf(count, sizeof count, "%llu", (unsigned long long)g->o->parity);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)g->o->seed);
    const char *const argv[] = {k ? g->sides.new : g->sides.base,
                                "parity",
                                "--kernel",
                                glob,
                                "--count",
                                count,
                                "--seed",
                                seed,
                                "--csv",
                                "-",
                                "--quiet",
                                NULL};
    return tl_run_program(argv, fileno(records), fileno(said));
}

/* The variants that failed, by name, and how. */
static int name_failures(gate *g, FILE *records) {
    char path[64];
    tl_csv csv;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(records));
    const int status = tl_csv_read(path, &csv);
    if (status != TL_GO_ON)
        return status;
    const int name = tl_csv_column(&csv, "kernel"), verdict = tl_csv_column(&csv, "verdict"),
              first = tl_csv_column(&csv, "first failure");
    for (size_t i = 0; i < csv.rows && name >= 0 && verdict >= 0 && first >= 0; i++)
        if (!strcmp(tl_csv_at(&csv, i, verdict), "FAILED"))
            tl_gate_lost(&g->verdict, tl_csv_at(&csv, i, name), "parity: %s", tl_csv_at(&csv, i, first));
    tl_csv_free(&csv);
    return TL_GO_ON;
}

/* TL_GO_ON (what failed on the new side is in the verdict), or TL_BAD (printed): it could not be run, or the
 * base fails. */
static int check_parity(gate *g, int k) {
    const char *program = k ? g->sides.new : g->sides.base;
    char line[1024];
    FILE *records = tmpfile(), *said = tmpfile();
    int status = records && said ? run_parity(g, k, records, said) : -1;
    if (said)
        rewind(said);
    while (status && said && fgets(line, sizeof line, said))
        fputs(line, stderr);
    if (status == TL_FAILED && !k)
        status = tl_bad("--base", "a base that is right was expected, found one that fails parity");
    else if (status == TL_FAILED && name_failures(g, records) == TL_GO_ON && g->verdict.losses)
        status = TL_GO_ON;
    else if (status)
        status = tl_bad(program, "parity was expected to run, found that it does not");
    if (records)
        fclose(records);
    if (said)
        fclose(said);
    return status == TL_GOOD ? TL_GO_ON : status;
}

/* ---- rounds ---------------------------------------------------------------------------------------------- */
static bool all_settled(const gate *g) {
    for (size_t i = 0; i < g->n; i++)
        if (!g->cases[i].settled)
            return false;
    return true;
}

/* Rounds until all is settled or the budget ends. Looks come ever more seldom: each is a chance to be wrong. */
static int measure(gate *g, uint64_t seed) {
    enum { FIRST_LOOK = 6 };
    const double start = tl_seconds();
    unsigned look = FIRST_LOOK;
    tl_rng rng;
    tl_progress progress;
    tl_rng_seed(&rng, seed);
    tl_progress_start(&progress, "seconds", g->o->budget, g->o->quiet);
    double longest = 0;
    tl_noise_free(&g->noise);
    tl_noise_begin(&g->noise, true);
    while (!all_settled(g) && g->rounds < TL_GATE_ROUNDS &&
           (g->seconds = tl_seconds() - start) + longest < (double)g->o->budget) {
        if (!tl_gate_round(&g->sides, g->cases, g->n, &rng))
            return TL_BAD;
        tl_noise_look(&g->noise);
        if (++g->rounds == look) {
            tl_gate_judge(g->cases, g->n, seed);
            look += look / 2;
        }
        const double took = tl_seconds() - start - g->seconds;
        longest = took > longest ? took : longest;
        tl_progress_step(&progress, (size_t)(tl_seconds() - start));
    }
    tl_progress_end(&progress);
    tl_noise_end(&g->noise);
    if (!all_settled(g))
        tl_gate_judge(g->cases, g->n, seed);
    g->seconds = tl_seconds() - start;
    return TL_GO_ON;
}

/* ---- instructions ---------------------------------------------------------------------------------------- */
/* Of side k: what cannot be counted is missing. */
static int count_side(gate *g, int k) {
    tl_count_case count[TL_GATE_CASES];
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        if (!g->cases[i].missing) { /* the second side is not asked for what the first cannot count */
            count[n] = (tl_count_case){.shape = g->cases[i].shape};
            snprintf(count[n++].kernel, sizeof count->kernel, "%s", g->cases[i].name[k]);
        }
    const int status = tl_count(TL_VALGRIND, k ? g->sides.new : g->sides.base, count, n);
    n = 0;
    for (size_t i = 0; i < g->n && status == TL_GO_ON; i++) {
        tl_gate_case *c = &g->cases[i];
        if (c->missing)
            continue;
        c->instructions[k] = count[n].instructions;
        if (*count[n].why) {
            c->missing = "not counted";
            snprintf(c->why, sizeof c->why, "%s", count[n].why);
        }
        n++;
    }
    return status;
}

/* TL_GO_ON with at least one case counted on both sides. */
static int count_both(gate *g) {
    int status = TL_GO_ON;
    if (!tl_counter_find(TL_VALGRIND, g->sides.new, g->counter))
        return TL_BAD;
    g->verdict.counter = g->counter;
    for (int k = 0; k < 2 && status == TL_GO_ON; k++)
        status = count_side(g, k);
    for (size_t i = 0; i < g->n && status == TL_GO_ON; i++)
        if (!g->cases[i].missing)
            return TL_GO_ON;
    return status == TL_GO_ON
               ? tl_bad("gate", "a case that can be counted on both sides was expected, found none")
               : status;
}

/* ---- the verdict ----------------------------------------------------------------------------------------- */
static int conclude(gate *g) {
    const tl_gate_outputs to = {.csv = g->o->csv,
                                .json = g->o->json,
                                .junit = g->o->junit,
                                .md = g->o->md,
                                .annotate = g->o->annotate,
                                .quiet = g->o->quiet,
                                .seed = g->o->seed};
    g->verdict.base = *g->commit ? g->commit : "itself";
    g->verdict.cases = g->cases;
    g->verdict.n = g->n;
    g->verdict.rounds = g->rounds;
    g->verdict.seconds = g->seconds;
    if (g->rounds)
        tl_noise_summary(&g->noise, &g->machine, g->verdict.noise, sizeof g->verdict.noise);
    return tl_gate_conclude(&g->verdict, &to);
}

/* ---- self-test ------------------------------------------------------------------------------------------- */
static int measure_window(void *ctx, const tl_gate_window *w, tl_gate_case *cases, size_t n) {
    gate *g = ctx, *one = malloc(sizeof *one);
    if (!one)
        return tl_bad("gate", "memory was expected, found none");
    *one = *g;
    memcpy(one->cases, cases, n * sizeof *cases);
    one->sides.slow = w->plant;
    const int status = measure(one, g->o->seed + w->number);
    memcpy(cases, one->cases, n * sizeof *cases);
    tl_noise_free(&one->noise);
    free(one);
    return status;
}

static int self_test(gate *g) {
    g->sides = (tl_gate_sides){.base = g->self, .new = g->self};
    int status = plan(g);
    if (status == TL_GO_ON)
        status = check_parity(g, 1);
    if (status == TL_GO_ON && g->verdict.losses)
        status = conclude(g);
    else if (status == TL_GO_ON)
        status = tl_gate_selftest(g->cases, g->n, g->o->store ? g->o->store : "gate-selftest.csv",
                                  (unsigned)g->o->windows, g->o->only, measure_window, g);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------------------- */
static int find_sides(gate *g) {
    const options *o = g->o;
    if (!tl_program_path(g->self, sizeof g->self))
        return tl_bad("gate", "/proc was expected, found none");
    g->sides = (tl_gate_sides){.base = g->program, .new = g->self, .slow = o->plant};
    if (!o->base_program || o->selftest)
        return o->selftest || tl_gate_base(o->base, g->program, sizeof g->program, g->commit, o->quiet)
                   ? TL_GO_ON
                   : TL_BAD;
    snprintf(g->commit, sizeof g->commit, "%s", "a program");
    if (!realpath(o->base_program, g->program) || access(g->program, X_OK))
        return tl_bad("--base-program", "a program was expected, found \"%s\"", o->base_program);
    return TL_GO_ON;
}

static int run_gate(const options *o) {
    static gate g;
    g = (gate){.o = o};
    tl_machine_read(&g.machine); /* now: the base's build raises the load */
    int status = find_sides(&g);
    if (status != TL_GO_ON || o->selftest)
        return status == TL_GO_ON ? self_test(&g) : status;
    status = plan(&g);
    for (int k = 1; k >= 0 && status == TL_GO_ON && !g.verdict.losses; k--)
        status = check_parity(&g, k);
    if (status == TL_GO_ON && !g.verdict.losses)
        tl_gate_answers(&g.sides, o->wanted, &g.verdict);
    if (status == TL_GO_ON && !g.verdict.losses)
        status = o->growth < 0 ? measure(&g, o->seed) : count_both(&g);
    return status == TL_GO_ON ? conclude(&g) : status;
}

static int run(int argc, char **argv) {
    options o = {.seed = 1, .parity = 30, .threshold = 5, .e2e_threshold = 10, .growth = -INFINITY};
    const tl_option table[] = {
        {"base", TL_OPT_TEXT, &o.base, "REV",
         "git revision to compare with, built with $CC; default: the merge base with main, on main its first "
         "parent",
         0, 0},
        {"base-program", TL_OPT_TEXT, &o.base_program, "FILE", "a ternlab that is built already, instead", 0,
         0},
        {"budget", TL_OPT_COUNT, &o.budget, "S",
         "seconds of measuring at most; default: 300; 45 a window of the self-test", 1, 86400},
        {"threshold", TL_OPT_REAL, &o.threshold, "PERCENT",
         "slowdown of a variant that has to be found; default: 5", 0, 0},
        {"e2e-threshold", TL_OPT_REAL, &o.e2e_threshold, "PERCENT",
         "of decoding the built-in model; default: 10", 0, 0},
        {"instructions", TL_OPT_REAL, &o.growth, "PERCENT",
         "count instructions under valgrind (AVX2 and below), instead of timing: more growth than that fails, "
         "exactly; default: time",
         0, 0},
        TL_SELECTION_OPTIONS(o.sel),
        {"parity", TL_OPT_COUNT, &o.parity, "N",
         "parity cases a variant, on both sides, before anything is timed; default: 30", 1, 100000},
        {"seed", TL_OPT_COUNT, &o.seed, "N", "of orders, data and resampling; default: 1", 1, 0},
        {"answers", TL_OPT_TEXT, &o.answers, "WANTED",
         "same: the built-in model's greedy answers are the base's, logits have a cosine of 0.99; close: the "
         "cosine alone counts; any: another model; default: same",
         0, 0},
        {"csv", TL_OPT_TEXT, &o.csv, "FILE", "one row a case (reports/SCHEMA.md)", 0, 0},
        {"json", TL_OPT_TEXT, &o.json, "FILE", "the same as JSON", 0, 0},
        {"junit", TL_OPT_TEXT, &o.junit, "FILE", "JUnit XML: SLOW and LOST fail, AMBG is skipped", 0, 0},
        {"md", TL_OPT_TEXT, &o.md, "FILE", "write verdict and table as Markdown", 0, 0},
        {"annotate", TL_OPT_FLAG, &o.annotate, NULL, "print at most ten annotations for GitHub Actions", 0, 0},
        {"quiet", TL_OPT_FLAG, &o.quiet, NULL, "the last line alone", 0, 0},
        {"plant", TL_OPT_TEXT, &o.plant, "CASE=PERCENT", "slow this case of the new side down, to see it found",
         0, 0},
        {"self-test", TL_OPT_FLAG, &o.selftest, NULL,
         "measure the gate itself: this program against itself, unchanged and with planted slowdowns", 0, 0},
        {"selftest", TL_OPT_FLAG, &o.selftest, NULL, NULL, 0, 0},
        {"store", TL_OPT_TEXT, &o.store, "FILE",
         "of the self-test: a row a window; it goes on where it ended; default: gate-selftest.csv", 0, 0},
        {"windows", TL_OPT_COUNT, &o.windows, "PERCENT", "of the self-test's windows; default: 100", 1, 1000},
        {"only", TL_OPT_TEXT, &o.only, "GLOB", "of the self-test's kinds of windows; default: all", 0, 0},
        {"serve", TL_OPT_FLAG, &o.serve, NULL,
         "what a gate starts on both sides: answers requests for times (harness/gate_worker.h)", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab gate [options]",
                            "Is this program slower than the one of another revision? Builds that one beside "
                            "it, checks parity of both, "
                            "and times both in turns, never at once, in fresh processes every round, until "
                            "every case is settled: SLOW, FAST, SAME, or "
                            "AMBG where the budget ends first. What looks slower is measured anew before it is "
                            "called SLOW. Exit status 1: SLOW, or parity or the built-in model's answers "
                            "are LOST (then nothing is timed); with --instructions, that a variant needs "
                            "MORE of them.",
                            "ternlab gate --base HEAD~3 --budget 120 --md gate.md", 0};
    const int status = tl_parse(argc, argv, &usage, table, NULL);
    if (status != TL_GO_ON)
        return status;
    if (o.serve)
        return tl_select(&o.sel) == TL_GO_ON ? tl_gate_serve() : TL_BAD; /* $TERNLAB_ISA masks it */
    if (o.base_program && o.base)
        return tl_bad("--base-program", "it or --base was expected, found both");
    if (o.selftest && (o.base || o.base_program || o.plant))
        return tl_bad("--self-test",
                      "neither --base, --base-program nor --plant was expected, found one of them");
    if (!o.selftest && (o.store || o.windows || o.only))
        return tl_bad(o.store     ? "--store"
                      : o.windows ? "--windows"
                                  : "--only",
                      "--self-test beside it was expected, found none");
    if (!o.windows)
        o.windows = 100;
    if (!o.budget)
        o.budget = o.selftest ? 45 : 300;
    if (!(o.threshold > 0 && o.threshold <= 1000))
        return tl_bad("--threshold", "a percentage above 0 was expected, found %g", o.threshold);
    if (!(o.e2e_threshold > 0 && o.e2e_threshold <= 1000))
        return tl_bad("--e2e-threshold", "a percentage above 0 was expected, found %g", o.e2e_threshold);
    static const char *const wanted[] = {"same", "close", "any"};
    while (o.answers && strcmp(o.answers, wanted[o.wanted]) != 0)
        if (++o.wanted > TL_ANSWERS_ANY)
            return tl_bad("--answers", "same, close or any was expected, found \"%s\"", o.answers);
    if (isfinite(o.growth) && (o.growth < 0 || o.growth > 1000))
        return tl_bad("--instructions", "a percentage from 0 to 1000 was expected, found %g", o.growth);
    if (o.growth >= 0 && (o.selftest || o.plant))
        return tl_bad("--instructions", "neither --self-test nor --plant was expected, found one of them");
    if (o.growth >= 0 && !o.sel.isa && !getenv("TERNLAB_ISA"))
        o.sel.isa = TL_COUNT_ISAS;
    if (o.sel.isa) /* both sides' workers and parity see it, too */
        setenv("TERNLAB_ISA", o.sel.isa, 1);
    return tl_select(&o.sel) == TL_GO_ON && TL_OUT_CHECK(o.csv, o.json, o.junit, o.md) == TL_GO_ON
               ? run_gate(&o)
               : TL_BAD;
}

const tl_command tl_cmd_gate = {"gate", "is this tree slower than its base? parity and interleaved timing",
                                run};
