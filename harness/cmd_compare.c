/* cmd_compare.c: two CSV files of bench or e2e: FAST, SAME, SLOW or AMBG for each case, and the geometric mean.
 */
#include "harness/compare.h"

#include <stdlib.h>
#include <string.h>

typedef struct options {
    double threshold; /* percent */
    bool absolute, paired, force, quiet;
    uint64_t seed;
    const char *kernels; /* "A,B": two variants of one file */
    const char *csv, *json, *md, *junit;
} options;

static int write_md(const tl_comparison *c, const tl_table *t, const char *path) {
    tl_out *out = tl_out_open(path);
    if (!out)
        return TL_BAD;
    tl_comparison_summary(c, tl_out_file(out), "  \n"); /* two spaces: a line break */
    fputc('\n', tl_out_file(out));
    tl_table_markdown(t, tl_out_file(out));
    return tl_out_close(out);
}

static int output(const tl_comparison *c, const options *o) {
    tl_table *people = tl_comparison_table(c), *programs = tl_comparison_records(c);
    int status = o->csv ? tl_table_csv(programs, o->csv) : TL_GOOD;
    if (status == TL_GOOD && o->json)
        status = tl_table_json(programs, o->json);
    if (status == TL_GOOD && o->md)
        status = write_md(c, people, o->md);
    if (status == TL_GOOD && o->junit)
        status = tl_comparison_junit(c, o->junit);
    if (status == TL_GOOD && !tl_on_stdout(o->csv) && !tl_on_stdout(o->json) && !tl_on_stdout(o->md) &&
        !tl_on_stdout(o->junit)) {
        if (!o->quiet)
            tl_table_print(people, stdout);
        tl_comparison_summary(c, stdout, "\n");
    }
    tl_table_free(people);
    tl_table_free(programs);
    return status != TL_GOOD ? status : c->tally[TL_SLOW] || c->broken ? TL_FAILED : TL_GOOD;
}

static int check_alike(tl_comparison *c, bool force) {
    if (c->base.only && strcmp(c->base.kind->name, "bench") != 0)
        return tl_bad(c->base.path, "a CSV file of bench was expected with --kernels, found one of %s",
                      c->base.kind->name);
    if (c->base.kind != c->new.kind)
        return tl_bad(c->new.path, "a CSV file of %s, as %s is, was expected, found one of %s",
                      c->base.kind->name, c->base.path, c->new.kind->name);
    tl_compare_differences(&c->base, &c->new, c->differences, sizeof c->differences);
    if (*c->differences && !force)
        return tl_bad(c->new.path,
                      "the machine and settings of %s were expected (--force: compare all the same), "
                      "found %s",
                      c->base.path, c->differences);
    if (c->rules.paired && c->base.runs != c->new.runs)
        return tl_bad("--paired", "as many new files as base files were expected, found %zu and %zu",
                      c->new.runs, c->base.runs);
    if (!tl_compare_match(&c->base, &c->new))
        return tl_bad(c->new.path, "a case that is in %s too was expected, found none", c->base.path);
    return TL_GO_ON;
}

/* "A,B" as the two variants, and as the name of both. */
static int split_kernels(const options *o, tl_comparison *c, char name[2][64], char both[128]) {
    if (sscanf(o->kernels, "%63[^,],%63[^,]", name[0], name[1]) != 2 || !strcmp(name[0], name[1]) ||
        strlen(name[0]) + 1 + strlen(name[1]) != strlen(o->kernels))
        return tl_bad("--kernels", "two variants with a comma between were expected, found \"%s\"", o->kernels);
    snprintf(both, 128, "%s -> %s", name[0], name[1]);
    c->base.only = name[0];
    c->new.only = name[1];
    c->base.named = c->new.named = both;
    return TL_GO_ON;
}

static int compare(const options *o, char **paths) {
    char name[2][64], both[128];
    tl_comparison *c = calloc(1, sizeof *c);
    if (!c)
        return tl_bad("compare", "memory was expected, found none");
    c->rules = tl_change_usual;
    c->rules.threshold = o->threshold / 100;
    c->rules.paired = o->paired || o->kernels; /* bench takes all variants of a case in every block */
    c->seed = o->seed;
    c->absolute = o->absolute || o->kernels; /* and their baselines may be two */
    int status = o->kernels ? split_kernels(o, c, name, both) : TL_GO_ON;
    if (status == TL_GO_ON)
        status = tl_compare_read(paths[0], &c->base);
    if (status == TL_GO_ON)
        status = tl_compare_read(paths[o->kernels ? 0 : 1], &c->new);
    if (status == TL_GO_ON)
        status = check_alike(c, o->force);
    if (status == TL_GO_ON) {
        tl_comparison_judge(c);
        status = output(c, o);
    }
    tl_comparison_free(c);
    free(c);
    return status;
}

static const char about[] =
    "Compares two CSV files of `bench`, or two of `e2e`, case by case: FAST, SAME, SLOW, or AMBG where it "
    "cannot be\n"
    "told. A ratio is new / base of the median times, with a 95 % bootstrap interval; p is of a rank test, "
    "corrected\n"
    "for the number of cases. SLOW needs both: p at most 0.05, and the whole interval beyond the line halfway "
    "to the\n"
    "threshold (1.025 for 5 %), so that a change of the threshold's size is found. SAME: the interval within "
    "the lines.\n"
    "\n"
    "Two files are two runs, and a machine that was slower in one of them looks like slower code. Where bench "
    "took the\n"
    "generic variant's time in the same block, times in units of it are judged too, and both must say the "
    "same. What\n"
    "is left shows in several runs of each, taken in turns: a side may be several files with commas between.\n"
    "Or, with --kernels, two variants of one file of bench, side by side block for block.\n"
    "Exit status 1: a case is SLOW, or has a wrong answer in the new file.";

static int run(int argc, char **argv) {
    options o = {.threshold = 5, .seed = 1};
    int words = 0;
    const tl_option table[] = {
        {"kernels", TL_OPT_TEXT, &o.kernels, "A,B",
         "two variants of one file of bench: B against A where both ran, each block a pair", 0, 0},
        {"threshold", TL_OPT_REAL, &o.threshold, "PCT",
         "the smallest change of time that has to be found, in percent; default: 5", 0, 0},
        {"absolute", TL_OPT_FLAG, &o.absolute, NULL,
         "judge by time alone, also where bench took the generic variant's beside it", 0, 0},
        {"paired", TL_OPT_FLAG, &o.paired, NULL,
         "repetitions of the same number, of files in the same place of each list, were taken side by side; "
         "default: they were not",
         0, 0},
        {"force", TL_OPT_FLAG, &o.force, NULL, "compare files of different machines or settings", 0, 0},
        {"seed", TL_OPT_COUNT, &o.seed, "N", "of the resampling; default: 1", 0, 0},
        {"md", TL_OPT_TEXT, &o.md, "FILE", "summary and table as Markdown", 0, 0},
        {"csv", TL_OPT_TEXT, &o.csv, "FILE", "one row a case (reports/SCHEMA.md)", 0, 0},
        {"json", TL_OPT_TEXT, &o.json, "FILE", "the same as JSON", 0, 0},
        {"junit", TL_OPT_TEXT, &o.junit, "FILE", "JUnit XML: SLOW fails, AMBG is skipped", 0, 0},
        {"quiet", TL_OPT_FLAG, &o.quiet, NULL, "the summary alone", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab compare BASE.csv NEW.csv [options], or FILE.csv --kernels A,B", about,
                            "ternlab compare base.csv new.csv --md compare.md --junit compare.xml\n"
                            "  ternlab compare base1.csv,base2.csv,base3.csv new1.csv,new2.csv,new3.csv\n"
                            "  ternlab compare bench.csv --kernels gemv_i2s__avx2,gemv_b2x__avx2",
                            2};
    int status = tl_parse(argc, argv, &usage, table, &words);
    if (status != TL_GO_ON)
        return status;
    if (words != (o.kernels ? 1 : 2))
        return tl_bad("compare", "%s expected, found %d of them",
                      o.kernels ? "one CSV file with --kernels was" : "two CSV files, base and new, were",
                      words);
    if (o.kernels && !strcmp(argv[1], "-"))
        return tl_bad("compare", "a file with --kernels was expected, found standard input");
    if (!o.kernels && !strcmp(argv[1], "-") && !strcmp(argv[2], "-"))
        return tl_bad("compare", "one file at most from standard input was expected, found two");
    if (!(o.threshold >= 0.1 && o.threshold <= 1000))
        return tl_bad("--threshold", "percent from 0.1 to 1000 were expected, found %g", o.threshold);
    return compare(&o, argv + 1);
}

const tl_command tl_cmd_compare = {"compare", "two CSV files of bench or e2e: FAST, SAME, SLOW or AMBG a case",
                                   run};
