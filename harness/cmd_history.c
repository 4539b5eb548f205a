/* cmd_history.c: results over time: appended, changes listed, drawn. */
#include "harness/history.h"
#include "harness/report.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct options {
    const char *store, *filter, *csv, *json, *md, *output;
    double threshold; /* percent */
    uint64_t seed;
    bool quiet;
} options;

/* Leaves only the series whose case matches. */
static int filter(tl_history *h, const char *glob) {
    size_t kept = 0;
    for (size_t i = 0; i < h->nseries; i++)
        if (!glob || !fnmatch(glob, h->series[i].what, 0))
            h->series[kept++] = h->series[i];
    h->nseries = kept;
    return kept
               ? TL_GO_ON
               : tl_bad(glob ? "--case" : "history", "a case that the store has was expected, found none%s%s%s",
                        glob ? " like \"" : "", glob ? glob : "", glob ? "\"" : "");
}

static int load(const options *o, tl_history *h) {
    tl_change_rules_over_time rules = tl_change_rules_usual;
    rules.threshold = o->threshold / 100;
    rules.seed = o->seed;
    int status = tl_history_read(o->store, h);
    if (status == TL_GO_ON)
        status = filter(h, o->filter);
    if (status == TL_GO_ON)
        tl_history_changes(h, &rules);
    return status;
}

/* ---- show ------------------------------------------------------------------------------------------------ */
static void summary(const options *o, const tl_history *h, FILE *f) {
    size_t runs = 0;
    for (size_t i = 0; i < h->nseries; i++)
        runs += h->series[i].n;
    fprintf(f, "%zu changes in %zu series of %zu runs; threshold %g %%, seed %llu\n", tl_history_changes_of(h),
            h->nseries, runs, o->threshold, (unsigned long long)o->seed);
}

static int write_md(const options *o, const tl_history *h, const tl_table *t) {
    tl_out *out = tl_out_open(o->md);
    if (!out)
        return TL_BAD;
    summary(o, h, tl_out_file(out));
    fputc('\n', tl_out_file(out));
    tl_table_markdown(t, tl_out_file(out));
    return tl_out_close(out);
}

static int show(const options *o, const tl_history *h) {
    tl_table *t = tl_history_table(h);
    int status = o->csv ? tl_table_csv(t, o->csv) : TL_GOOD;
    if (status == TL_GOOD && o->json)
        status = tl_table_json(t, o->json);
    if (status == TL_GOOD && o->md)
        status = write_md(o, h, t);
    if (status == TL_GOOD && !tl_on_stdout(o->csv) && !tl_on_stdout(o->json) && !tl_on_stdout(o->md)) {
        if (tl_history_changes_of(h) && !o->quiet)
            tl_table_print(t, stdout);
        summary(o, h, stdout);
    }
    tl_table_free(t);
    return status;
}

/* ---- plot ------------------------------------------------------------------------------------------------ */
static int plot(const options *o, const tl_history *h) {
    char html[4200], md[4200];
    if (mkdir(o->output, 0777) && errno != EEXIST)
        return tl_bad(o->output, "a folder to write to was expected, found: %s", strerror(errno));
    snprintf(html, sizeof html, "%s/history.html", o->output);
    snprintf(md, sizeof md, "%s/history.md", o->output);
    tl_out *page = tl_out_open(html), *twin = page ? tl_out_open(md) : NULL;
    if (!twin) {
        tl_out_discard(page);
        return TL_BAD;
    }
    tl_doc doc = {.html = tl_out_file(page), .md = tl_out_file(twin), .folder = o->output};
    tl_doc_open(&doc, "ternlab: results over time");
    tl_report_history(&doc, h, o->filter != NULL);
    tl_doc_close(&doc);
    if (doc.failed) {
        tl_out_discard(page);
        tl_out_discard(twin);
        return TL_BAD;
    }
    const int status = tl_out_close(twin), other = tl_out_close(page);
    if (status == TL_GOOD && other == TL_GOOD)
        printf("%s\n", html);
    return status == TL_GOOD ? other : status;
}

/* ---- the command ----------------------------------------------------------------------------------------- */
static const char about[] =
    "add: appends the medians of CSV files of `bench` and `e2e` to DIR/history.csv, all of them or none, a "
    "point a "
    "run.\n"
    "show: lists where the level of a case changed, for each CPU model, ISA and number of threads apart, in "
    "the "
    "order\n"
    "of commits. plot: the same as a page (Markdown and HTML) with a picture of each case that changed, or of "
    "all "
    "that\n"
    "--case names.\n"
    "\n"
    "A change is the split before and after which ranks differ most, in all of a series or in overlapping "
    "parts of "
    "it\n"
    "(Mann-Whitney statistics; Hawkins and Deng 2010; seeded intervals: Kovacs and others 2023), if shuffled "
    "runs "
    "seldom\n"
    "differ so: a permutation test, corrected for the number of series (Benjamini and Hochberg, 5 %), then the "
    "same "
    "on both\n"
    "sides of it; and if the medians differ by half the threshold or more.\n"
    "Shuffling takes runs for independent: what a machine does for a while looks like a change, too. There the "
    "time "
    "over\n"
    "the generic variant, where bench took it, stays.";

static int run(int argc, char **argv) {
    options o = {.store = "reports/history", .output = "reports/out", .threshold = 5, .seed = 1};
    int words = 0;
    const tl_option table[] = {
        {"store", TL_OPT_TEXT, &o.store, "DIR", "where history.csv lies; default: reports/history", 0, 0},
        {"case", TL_OPT_TEXT, &o.filter, "GLOB",
         "only cases whose name matches, e.g. '*gemv_b3__*'; default: all", 0, 0},
        {"threshold", TL_OPT_REAL, &o.threshold, "PCT",
         "the smallest change that has to be found, in percent; default: 5", 0, 0},
        {"seed", TL_OPT_COUNT, &o.seed, "N", "of the permutations; default: 1", 0, 0},
        {"csv", TL_OPT_TEXT, &o.csv, "FILE", "show: one row a change (reports/SCHEMA.md)", 0, 0},
        {"json", TL_OPT_TEXT, &o.json, "FILE", "show: the same as JSON", 0, 0},
        {"md", TL_OPT_TEXT, &o.md, "FILE", "show: the same as Markdown", 0, 0},
        {"output", TL_OPT_TEXT, &o.output, "DIR", "plot: folder of the page; default: reports/out", 0, 0},
        {"quiet", TL_OPT_FLAG, &o.quiet, NULL, "show: the summary alone", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab history add FILE.csv... | show | plot [options]", about,
                            "ternlab history add bench.csv e2e.csv && ternlab history show", 1024};
    const int status = tl_parse(argc, argv, &usage, table, &words);
    if (status != TL_GO_ON)
        return status;
    const char *verb = words ? argv[1] : "";
    const bool add = !strcmp(verb, "add"), shows = !strcmp(verb, "show"), plots = !strcmp(verb, "plot");
    if (!add && !shows && !plots)
        return tl_bad("history", "add, show or plot was expected, found \"%s\"", verb);
    if (add ? words < 2 : words > 1)
        return tl_bad(verb, add ? "CSV files were expected, found none" : "no file was expected, found \"%s\"",
                      argv[2]);
    const char *unused = shows ? NULL : o.csv ? "--csv" : o.json ? "--json" : o.md ? "--md" : NULL;
    if (unused)
        return tl_bad(unused, "show was expected, found %s, which writes no such file", verb);
    if (!(o.threshold >= 0.1 && o.threshold <= 1000))
        return tl_bad("--threshold", "percent from 0.1 to 1000 were expected, found %g", o.threshold);
    if (add)
        return tl_history_add(o.store, argv + 2, (size_t)words - 1);
    tl_history h;
    int result = load(&o, &h);
    if (result == TL_GO_ON)
        result = shows ? show(&o, &h) : plot(&o, &h);
    tl_history_free(&h);
    return result;
}

const tl_command tl_cmd_history = {"history", "results of bench and e2e over time: where they changed", run};
