/* cmd_eval.c: `ternlab eval`: suites, figures with intervals, limits that fail. */
#include "harness/eval.h"
#include "models/json.h"
#include "version.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static tl_table *table_of(const tl_eval *e) {
    static const char *const head[] = {"suite", "metric", "topic", "value", "low",
                                       "high",  "stderr", "n",     "of",    "data"};
    tl_table *t = tl_table_new(10, head);
    for (size_t i = 0; i < e->figures.n; i++) {
        const tl_figure *f = &e->figures.p[i];
        tl_table_cell(t, "%s", f->suite);
        tl_table_cell(t, "%s", f->metric);
        tl_table_cell(t, "%s", f->topic);
        tl_table_cell(t, "%.6g", f->value);
        tl_table_cell(t, "%.6g", f->low);
        tl_table_cell(t, "%.6g", f->high);
        tl_table_cell(t, "%.4g", f->error);
        tl_table_cell(t, "%zu", f->n);
        tl_table_cell(t, "%zu", f->of);
        tl_table_cell(t, "%016" PRIx64, f->hash);
    }
    return t;
}

static void quoted(FILE *f, const char *text) {
    tm_buffer b = {0};
    if (tm_json_quote(&b, tm_str_of(text)))
        fwrite(b.p, 1, b.n, f);
    tm_buffer_free(&b);
}

static void number(FILE *f, double x) {
    fprintf(f, isfinite(x) ? "%.9g" : "null", x);
}

/* The form that dashboards of EleutherAI's lm-evaluation-harness read: results.<task>.<metric>,none. */
static int write_json(const tl_eval *e, const char *path, const char *model) {
    tl_out *out = tl_out_open(path);
    FILE *f = out ? tl_out_file(out) : NULL;
    if (!out)
        return TL_BAD;
    fprintf(f, "{\n  \"results\": {");
    const char *last = "";
    char task[128];
    for (size_t i = 0; i < e->figures.n; i++) {
        const tl_figure *x = &e->figures.p[i];
        const bool all = !strcmp(x->topic, "all");
        snprintf(task, sizeof task, "%s%s%s", x->suite, all ? "" : "_", all ? "" : x->topic);
        const bool same =
            i && !strcmp(e->figures.p[i - 1].suite, x->suite) && !strcmp(e->figures.p[i - 1].topic, x->topic);
        if (!same) {
            fprintf(f, "%s\n    ", last);
            quoted(f, task);
            fprintf(f, ": {\"alias\": ");
            quoted(f, task);
            fprintf(f, ", \"sample_len\": %zu, \"dataset_size\": %zu, \"dataset_hash\": \"%016" PRIx64 "\"",
                    x->n, x->of, x->hash);
        }
        fprintf(f, ", \"%s,none\": ", x->metric);
        number(f, x->value);
        fprintf(f, ", \"%s_stderr,none\": ", x->metric);
        number(f, x->error);
        const bool more = i + 1 < e->figures.n && !strcmp(e->figures.p[i + 1].suite, x->suite) &&
                          !strcmp(e->figures.p[i + 1].topic, x->topic);
        if (!more)
            fprintf(f, "}");
        last = ",";
    }
    fprintf(f, "\n  },\n  \"model_name\": ");
    quoted(f, model);
    fprintf(f, ",\n  \"git_hash\": \"%s\",\n  \"kernels\": \"%s\"\n}\n", TL_GIT,
            tm_session_kernel(e->t.session, true));
    return tl_out_close(out);
}

/* Every accuracy and perplexity of "all" against its limit; NAN: there is none. */
static int verdict(const tl_eval *e, double least, double most) {
    int status = TL_GOOD;
    for (size_t i = 0; i < e->figures.n; i++) {
        const tl_figure *f = &e->figures.p[i];
        const bool low = !strcmp(f->metric, "acc") && !strcmp(f->topic, "all") && f->value < least;
        const bool high = !strcmp(f->metric, "perplexity") && f->value > most;
        if (!low && !high)
            continue;
        fprintf(stderr, "%s %s: %s %g was asked for, found %g\n", f->suite, f->metric,
                low ? "at least" : "at most", low ? least : most, f->value);
        status = TL_FAILED;
    }
    return status;
}

typedef struct request {
    tl_model_choice model;
    const char *perplexity, *save, *compare, *choice, *answers, *heldout, *template, *csv, *json;
    const char *suite;  /* what the figures of `answers` are called */
    char path[3][4200]; /* of the built-in suites */
    uint64_t window, limit;
    double least, most;
} request;

static int run_all(tl_eval *e, const request *r) {
    int status = TL_GO_ON;
    if (r->perplexity)
        status = tl_eval_perplexity(e, r->perplexity, r->save, r->compare);
    if (r->choice && status == TL_GO_ON)
        status = tl_eval_choice(e, r->choice);
    if (r->answers && status == TL_GO_ON)
        status = tl_eval_answers(e, r->answers, r->suite);
    if (r->heldout && status == TL_GO_ON)
        status = tl_eval_answers(e, r->heldout, "qa_heldout");
    if (status != TL_GO_ON)
        return status;
    tl_table *t = table_of(e);
    status = r->csv ? tl_table_csv(t, r->csv) : TL_GOOD;
    if (r->json && status == TL_GOOD)
        status = write_json(e, r->json, tl_model_name(&r->model));
    if (!(r->csv && !strcmp(r->csv, "-")) && !(r->json && !strcmp(r->json, "-")) && status == TL_GOOD)
        tl_table_print(t, stdout);
    tl_table_free(t);
    return status == TL_GOOD ? verdict(e, r->least, r->most) : status;
}

/* The suites of the small world (datasets/make_world.py), where no other is asked for. */
static int use_own_suites(request *r) {
    static const char *const files[3] = {"datasets/world/qa.jsonl", "datasets/world/qa_heldout.jsonl",
                                         "datasets/world/heldout.txt"};
    for (int i = 0; i < 3; i++)
        if (!tl_find_near_program(files[i], r->path[i], sizeof r->path[i]))
            return tl_bad(files[i], "the built-in suites near the program were expected, found none");
    r->answers = r->path[0];
    r->suite = "qa";
    r->heldout = r->path[1];
    r->perplexity = r->path[2];
    return TL_GO_ON;
}

/* An option whose suite does not run; NULL: there is none. */
static const char *needless(const request *r, bool raw) {
    const struct {
        bool given, suite;
        const char *name;
    } all[] = {{r->save, r->perplexity, "--save-logits"},
               {r->compare, r->perplexity, "--compare-logits"},
               {!isnan(r->most), r->perplexity, "--max-perplexity"},
               {!isnan(r->least), r->choice || r->answers, "--min-accuracy"},
               {r->template, r->answers, "--template"},
               {raw, r->answers, "--raw"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].given && !all[i].suite)
            return all[i].name;
    return NULL;
}

static int run(int argc, char **argv) {
    request r = {.suite = "answers", .least = NAN, .most = NAN};
    tl_eval e = {.most = 32};
    const tl_option options[] = {
        TL_MODEL_OPTIONS(r.model),
        {"perplexity", TL_OPT_TEXT, &r.perplexity, "FILE", "perplexity of a text", 0, 0},
        {"window", TL_OPT_COUNT, &r.window, "N",
         "tokens of its windows, of which the second half counts; default: 512, or the context if that is less",
         4, 1 << 20},
        {"save-logits", TL_OPT_TEXT, &r.save, "FILE.npy", "write the scored tokens' logits, float32", 0, 0},
        {"compare-logits", TL_OPT_TEXT, &r.compare, "FILE.npy",
         "KL divergence from such a file, agreement of the likeliest token", 0, 0},
        {"multiple-choice", TL_OPT_TEXT, &r.choice, "FILE.jsonl",
         "multiple choice: {\"context\", \"choices\", \"answer\": index, \"topic\"}", 0, 0},
        {"answers", TL_OPT_TEXT, &r.answers, "FILE.jsonl", "questions: {\"question\", \"answer\", \"topic\"}",
         0, 0},
        {"template", TL_OPT_TEXT, &r.template, "NAME",
         "of questions: auto, llama3, bitnet, plain; default: auto", 0, 0},
        {"raw", TL_OPT_FLAG, &e.raw, NULL, "questions are text to go on with, answers end with the line", 0, 0},
        {"max-tokens", TL_OPT_COUNT, &e.most, "N", "of an answer; default: 32", 1, 1 << 20},
        {"limit", TL_OPT_COUNT, &r.limit, "N", "windows or rows at most; default: all", 1, 0},
        {"min-accuracy", TL_OPT_REAL, &r.least, "A", "exit 1 where an accuracy is below, 0 to 1", 0, 0},
        {"max-perplexity", TL_OPT_REAL, &r.most, "P", "exit 1 where the perplexity is above, 1 or more", 0, 0},
        {"csv", TL_OPT_TEXT, &r.csv, "FILE", "write the table as CSV", 0, 0},
        {"json", TL_OPT_TEXT, &r.json, "FILE", "write results as lm-evaluation-harness does", 0, 0},
        {"quiet", TL_OPT_FLAG, &e.quiet, NULL, "no progress", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab eval [--model FILE] [--perplexity FILE] [--multiple-choice FILE] [--answers FILE] [options]",
        "Judges a model: perplexity, distance to stored logits, multiple choice by log-likelihood, questions "
        "and answers; with 95 % intervals, the data's hash and size. Without a suite it runs those of "
        "datasets/world, which the built-in model was trained for: questions, held-out ones, perplexity of "
        "unseen stories.",
        "ternlab eval --csv eval.csv\n  ternlab eval --model m.gguf --perplexity text.txt", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status != TL_GO_ON)
        return status;
    if (!r.perplexity && !r.choice && !r.answers)
        status = use_own_suites(&r);
    if (status != TL_GO_ON)
        return status;
    const char *alone = needless(&r, e.raw);
    if (alone)
        return tl_bad(alone, "the suite that it belongs to was expected with it, found none");
    if (r.least < 0 || r.least > 1)
        return tl_bad("--min-accuracy", "a share from 0 to 1 was expected, found %g", r.least);
    if (r.most < 1)
        return tl_bad("--max-perplexity", "a number from 1 on was expected, found %g", r.most);
    if (e.raw && r.template)
        return tl_bad("--raw", "no --template was expected with it, found one");
    e.limit = r.limit;
    status = tl_text_open(&r.model, 1, r.answers && !e.raw ? r.template : "plain", &e.t);
    if (status == TL_GO_ON) {
        const uint32_t context = tm_session_context(e.t.session);
        e.window = r.window ? r.window : context < 512 ? context : 512;
    }
    if (status == TL_GO_ON && e.window > tm_session_context(e.t.session))
        status = tl_bad("--window", "at most the context (%u) was expected, found %zu",
                        tm_session_context(e.t.session), e.window);
    if (status == TL_GO_ON)
        status = run_all(&e, &r);
    free(e.figures.p);
    tl_text_close(&e.t);
    return status;
}

const tl_command tl_cmd_eval = {"eval", "perplexity, KL divergence, multiple choice, questions and answers",
                                run};
