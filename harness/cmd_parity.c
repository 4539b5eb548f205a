/* cmd_parity.c: every variant against NumPy case files, the C oracle and generated adversarial cases. */
#include "harness/casefile.h"
#include "harness/cli.h"
#include "harness/junit.h"
#include "harness/parity.h"
#include "kernels/registry.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CASES = 10000000 };

typedef struct options {
    tl_selection sel;
    const char *globs; /* of --kernel, as given */
    const char *cases, *csv, *json, *junit, *only;
    uint64_t count, seed, timeout;
    bool quiet, verbose, selftest;
} options;

typedef struct result {
    char name[96], op[32], isa[16], verdict[40], detector[24], text[320], replay[256];
    unsigned cases, passed;
} result;

/* Rung 2: the C oracle must reproduce every NumPy case exactly, or nothing below means anything. */
static bool check_oracle(const tl_cases *files, size_t i, result *r) {
    const tl_case *c = files->item[i];
    tl_case *mine = tl_case_new(c->op, c->shape);
    bool good = mine != NULL;
    for (int a = 0; good && a < c->op->narrays; a++) {
        const tl_array_spec *s = &c->op->arrays[a];
        if (s->role != TL_OUT)
            memcpy(mine->data[a], c->data[a], s->count(c->shape) * tl_type_size(s->type));
    }
    if (good)
        c->op->oracle(mine);
    for (int a = 0; good && a < c->op->narrays; a++) {
        const tl_array_spec *s = &c->op->arrays[a];
        long at = s->role == TL_OUT ? tl_compare(s, c->data[a], mine->data[a], s->count(c->shape)) : -1;
        if (at >= 0) {
            snprintf(r->text, sizeof r->text, "NumPy case %zu (%s): the C oracle's %s[%ld] differs", i, c->cls,
                     s->name, at);
            good = false;
        }
    }
    tl_case_free(mine);
    return good;
}

static result oracle_result(const tl_op *op, const tl_cases *files) {
    result r = {.isa = "-"};
    snprintf(r.name, sizeof r.name, "oracle %s", op->name);
    snprintf(r.op, sizeof r.op, "%s", op->name);
    bool good = true;
    for (size_t i = 0; i < files->count && good; i++)
        if (files->item[i]->op == op) {
            r.cases++;
            good = check_oracle(files, i, &r);
            r.passed += good;
        }
    if (good && !r.cases)
        snprintf(r.text, sizeof r.text, "no NumPy case of this op was found");
    snprintf(r.verdict, sizeof r.verdict, "%s", good && r.cases ? "passed" : "FAILED");
    snprintf(r.detector, sizeof r.detector, "%s", good && r.cases ? "" : "value");
    return r;
}

static result layout_result(const tk_layout *l, const tl_cases *files, uint64_t seed) {
    result r = {.op = "layout", .isa = "-"};
    tl_failure f;
    bool good = tl_parity_layout(l, files, seed, &f, &r.cases);
    snprintf(r.name, sizeof r.name, "layout %s", l->name);
    r.passed = good ? r.cases : r.cases ? r.cases - 1 : 0;
    snprintf(r.verdict, sizeof r.verdict, "%s", good ? "passed" : "FAILED");
    snprintf(r.detector, sizeof r.detector, "%s", good ? "" : tl_detector_names[f.detector]);
    snprintf(r.text, sizeof r.text, "%s", good ? "" : f.text);
    return r;
}

static void replay_line(result *r, const tk_kernel *k, const tl_failure *f, const options *o) {
    if (f->index >= 0)
        snprintf(r->replay, sizeof r->replay, "build/ternlab parity --kernel %s --seed %llu --case %ld",
                 k->name, (unsigned long long)o->seed, f->index);
    else
        snprintf(r->replay, sizeof r->replay, "build/ternlab parity --kernel %s --count 0 --verbose%s%.120s",
                 k->name, o->cases ? " --cases " : "", o->cases ? o->cases : "");
}

static bool kernel_result(const tk_kernel *k, const options *o, const tl_cases *files, result *r) {
    static tl_verdict v;
    tl_parity_options p = {.count = (unsigned)o->count,
                           .seed = o->seed,
                           .only = o->only ? atol(o->only) : -1,
                           .timeout = (unsigned)o->timeout,
                           .files = files,
                           .replay = o->only || o->verbose};
    if (!tl_parity_run(k, &p, &v))
        return false;
    *r = (result){.cases = v.cases, .passed = v.passed};
    snprintf(r->name, sizeof r->name, "%s", k->name);
    snprintf(r->op, sizeof r->op, "%s", k->op);
    snprintf(r->isa, sizeof r->isa, "%s", k->isa->name);
    if (v.skipped) {
        snprintf(r->verdict, sizeof r->verdict, "skipped (not executed)");
        snprintf(r->text, sizeof r->text, "%s", v.skipped);
    } else if (v.failures || v.passed != v.cases || !v.cases) {
        const tl_failure *f = &v.failure[0];
        snprintf(r->verdict, sizeof r->verdict, "FAILED");
        snprintf(r->detector, sizeof r->detector, "%s", v.cases ? tl_detector_names[f->detector] : "no-case");
        snprintf(r->text, sizeof r->text, "case %ld (%s): %s", f->index, f->cls, f->text);
        replay_line(r, k, f, o);
    } else {
        snprintf(r->verdict, sizeof r->verdict, "passed");
    }
    return true;
}

static int write_junit(const char *path, const result *r, size_t n, uint64_t seed) {
    tl_junit_case *c = calloc(n ? n : 1, sizeof *c);
    char(*why)[sizeof r->text + 16] = calloc(n ? n : 1, sizeof *why);
    int status = c && why ? TL_GOOD : tl_bad(path, "memory was expected, found none");
    for (size_t i = 0; i < n && status == TL_GOOD; i++) {
        c[i] = (tl_junit_case){.group = r[i].op, .name = r[i].name, .type = r[i].detector, .text = r[i].replay};
        snprintf(why[i], sizeof why[i], "not executed: %s", r[i].text);
        c[i].failed = r[i].verdict[0] == 'F' ? r[i].text : NULL;
        c[i].skipped = r[i].verdict[0] == 's' ? why[i] : NULL;
    }
    if (status == TL_GOOD)
        status = tl_junit_write(path, "parity", seed, c, n);
    free(why);
    free(c);
    return status;
}

static bool executed(const result *r, const char *glob) {
    return strcmp(r->isa, "-") && r->verdict[0] != 's' && !fnmatch(glob, r->name, FNM_EXTMATCH);
}

/* --strict: of each glob that was asked for, something has to be executed. */
static int check_strict(const options *o, const result *r, size_t n) {
    for (const char *p = o->globs ? o->globs : "*"; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        char glob[4096];
        size_t ran = 0;
        snprintf(glob, sizeof glob, "%.*s", (int)strcspn(p, ","), p);
        for (size_t i = 0; i < n; i++)
            ran += executed(&r[i], glob);
        if (!ran) {
            tl_bad("--strict", "a variant \"%s\" that can be executed here was expected, found none", glob);
            return TL_FAILED;
        }
    }
    return TL_GOOD;
}

static int output(const options *o, const result *r, size_t n) {
    static const char *const head[] = {"kernel", "op",      "isa",      "cases",
                                       "passed", "verdict", "detector", "first failure"};
    tl_table *t = tl_table_new(8, head);
    unsigned tally[3] = {0}, ran = 0;
    for (size_t i = 0; i < n; i++) {
        char cases[16], passed[16];
        snprintf(cases, sizeof cases, "%u", r[i].cases);
        snprintf(passed, sizeof passed, "%u", r[i].passed);
        const char *row[] = {r[i].name, r[i].op,      r[i].isa,      cases,
                             passed,    r[i].verdict, r[i].detector, r[i].text};
        tl_table_row(t, row);
        tally[r[i].verdict[0] == 'p' ? 0 : r[i].verdict[0] == 'F' ? 1 : 2]++;
        ran += executed(&r[i], "*");
    }
    int status = TL_GOOD;
    if (o->csv)
        status = tl_table_csv(t, o->csv);
    if (o->json && status == TL_GOOD)
        status = tl_table_json(t, o->json);
    if (o->junit && status == TL_GOOD)
        status = write_junit(o->junit, r, n, o->seed);
    FILE *people = tl_on_stdout(o->csv) || tl_on_stdout(o->json) || tl_on_stdout(o->junit) ? stderr : stdout;
    if (!o->quiet)
        tl_table_print(t, people);
    tl_table_free(t);
    for (size_t i = 0; i < n; i++)
        if (r[i].replay[0])
            fprintf(people, "replay: %s\n", r[i].replay);
    if (!ran)
        fprintf(people, "no variant was executed: oracles and layouts alone were checked\n");
    fprintf(people, "seed %llu: %u passed, %u failed, %u skipped (not executed)\n", (unsigned long long)o->seed,
            tally[0], tally[1], tally[2]);
    if (status == TL_GOOD && o->sel.strict)
        status = check_strict(o, r, n);
    return status != TL_GOOD ? status : tally[1] ? TL_FAILED : TL_GOOD;
}

/* Layouts of the selected kernels, each once. */
static size_t add_layouts(const options *o, const tl_cases *files, result *r, size_t n) {
    size_t kernels;
    const tk_kernel *const *k = tk_kernels(&kernels);
    const tk_layout *seen[32];
    size_t nseen = 0;
    for (size_t i = 0; i < kernels; i++) {
        bool new = k[i]->layout &&tl_selected(&o->sel, k[i]) && nseen < 32;
        for (size_t j = 0; j < nseen; j++)
            new &= seen[j] != k[i]->layout;
        if (new)
            r[n++] = layout_result(seen[nseen++] = k[i]->layout, files, o->seed);
    }
    return n;
}

static size_t add_oracles(const options *o, const tl_cases *files, result *r, size_t n) {
    size_t ops, kernels;
    const tl_op *const *op = tl_ops(&ops);
    const tk_kernel *const *k = tk_kernels(&kernels);
    for (size_t i = 0; i < ops; i++) {
        bool wanted = false;
        for (size_t j = 0; j < kernels; j++)
            wanted |= !strcmp(k[j]->op, op[i]->name) && tl_selected(&o->sel, k[j]);
        if (wanted)
            r[n++] = oracle_result(op[i], files);
    }
    return n;
}

static int run_all(const options *o, const tl_cases *files) {
    size_t kernels, ops, n = 0;
    const tk_kernel *const *k = tk_kernels(&kernels);
    tl_ops(&ops);
    result *r = calloc(kernels + ops + 32, sizeof *r);
    if (!r)
        return tl_bad("parity", "memory was expected, found none");
    if (!o->only) {
        n = add_oracles(o, files, r, n);
        n = add_layouts(o, files, r, n);
    }
    tl_progress p;
    tl_progress_start(&p, "variants", kernels, o->quiet);
    int status = TL_GO_ON;
    for (size_t i = 0; i < kernels && status == TL_GO_ON; i++) {
        tl_progress_step(&p, i);
        if (!tl_selected(&o->sel, k[i]))
            continue;
        if (!tl_op_find(k[i]->op))
            status = tl_bad(k[i]->name, "an adapter harness/ops/%s.c was expected, found none", k[i]->op);
        else if (!kernel_result(k[i], o, files, &r[n++]))
            status = tl_bad("parity", "a worker process was expected, found none");
    }
    tl_progress_end(&p);
    if (status == TL_GO_ON)
        status = output(o, r, n);
    free(r);
    return status;
}

static uint64_t fresh_seed(void) {
    uint64_t seed = 0;
    FILE *f = fopen("/dev/urandom", "rb");
    if (!f || fread(&seed, 4, 1, f) != 1)
        seed = (uint64_t)(tl_seconds() * 1e6) % 1000000000u;
    if (f)
        fclose(f);
    return seed ? seed : 1;
}

static int parse(int argc, char **argv, options *o) {
    const char *count = getenv("TERNLAB_PARITY_COUNT");
    o->count = 1000;
    o->timeout = 60;
    if (count && *count && tl_whole("$TERNLAB_PARITY_COUNT", count, 0, MOST_CASES, &o->count) != TL_GO_ON)
        return TL_BAD;
    const tl_option table[] = {
        TL_SELECTION_OPTIONS(o->sel),
        {"count", TL_OPT_COUNT, &o->count, "N",
         "generated cases a variant ($TERNLAB_PARITY_COUNT); default: 1000", 0, MOST_CASES},
        {"seed", TL_OPT_COUNT, &o->seed, "N", "seed of the generated cases; default: fresh, printed", 1, 0},
        {"case", TL_OPT_TEXT, &o->only, "I", "run only generated case I and show the first difference", 0, 0},
        {"cases", TL_OPT_TEXT, &o->cases, "PATH", "NumPy case file or folder; default: the committed ones", 0,
         0},
        {"timeout", TL_OPT_COUNT, &o->timeout, "SECONDS", "time that one case may take; default: 60", 1, 3600},
        {"selftest", TL_OPT_FLAG, &o->selftest, NULL, "judge the harness by kernels that are wrong on purpose",
         0, 0},
        {"self-test", TL_OPT_FLAG, &o->selftest, NULL, NULL, 0, 0},
        {"csv", TL_OPT_TEXT, &o->csv, "FILE", "write the table as CSV", 0, 0},
        {"json", TL_OPT_TEXT, &o->json, "FILE", "write the table as JSON", 0, 0},
        {"junit", TL_OPT_TEXT, &o->junit, "FILE", "write JUnit XML", 0, 0},
        {"verbose", TL_OPT_FLAG, &o->verbose, NULL, "show expected and found around each first difference", 0,
         0},
        {"quiet", TL_OPT_FLAG, &o->quiet, NULL, "print only failures and the last line", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab parity [options]",
                            "Checks the C oracles against NumPy case files, the layouts against golden bytes, "
                            "and every selected variant\n"
                            "against both: inputs read-only, guard pages on both sides, outputs poisoned, in "
                            "parts, twice, on threads.\n"
                            "What cannot be executed here is skipped; with --strict that fails (1) where "
                            "nothing of a GLOB was executed.",
                            "ternlab parity --op gemv --isa avx2,generic --junit parity.xml", 0};
    int status = tl_parse(argc, argv, &usage, table, NULL);
    if (status == TL_GO_ON && o->only) {
        char *end;
        long v = strtol(o->only, &end, 10);
        if (*end || end == o->only || v < 0)
            return tl_bad("--case", "a case number was expected, found \"%s\"", o->only);
    }
    if (status == TL_GO_ON && o->selftest &&
        (o->sel.op || o->sel.kernel || o->only || o->csv || o->json || o->junit))
        return tl_bad("--selftest",
                      "all kernels that are wrong on purpose, and a table for people, were expected, "
                      "found a selection of cases or variants, or a file");
    o->globs = o->sel.kernel;
    return status == TL_GO_ON ? tl_select(&o->sel) : status;
}

static int run(int argc, char **argv) {
    options o = {0};
    tl_cases files = {0};
    int status = parse(argc, argv, &o);
    if (status != TL_GO_ON)
        return status;
    if (!o.seed)
        o.seed = fresh_seed();
    char near[4096];
    const char *path = o.cases ? o.cases : tl_find_near_program("reference/cases", near, sizeof near);
    if (!path)
        return tl_bad("--cases", "reference/cases near the program was expected, found none");
    status = TL_OUT_CHECK(o.csv, o.json, o.junit);
    if (status == TL_GO_ON)
        status = tl_cases_read(path, &files);
    if (status == TL_GO_ON && o.selftest) {
        tl_parity_options p = {.count = (unsigned)(o.count < 300 ? o.count : 300),
                               .seed = o.seed,
                               .only = -1,
                               .timeout = 20,
                               .files = &files};
        printf("seed %llu\n", (unsigned long long)o.seed);
        status = tl_parity_selftest(&p, o.quiet);
    } else if (status == TL_GO_ON) {
        status = run_all(&o, &files);
    }
    tl_cases_free(&files);
    return status;
}

const tl_command tl_cmd_parity = {"parity", "every variant against NumPy cases, oracle and adversarial cases",
                                  run};
