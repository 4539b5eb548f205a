/* cmd_batch.c: prompts of a file, answers to another. A bad row is reported and skipped; a run that was ended
 * goes on where it was. */
#include "harness/batch_rows.h"
#include "harness/sampling.h"
#include "harness/text_model.h"
#include "models/stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct job {
    tl_text_model t;
    tm_sampling sampling;
    const char *template, *system, *in, *out;
    uint64_t most, lookup;
    bool raw, quiet;
    tl_row *rows;
    size_t n;
} job;

static bool collect(void *ctx, const char *bytes, size_t n) {
    return tm_buffer_add(ctx, bytes, n);
}

static bool prompt_ids(const job *j, const char *prompt, tm_ids *ids, tm_error *err) {
    if (j->raw)
        return tm_encode(j->t.tokenizer, tm_str_of(prompt), TM_BOS | TM_SPECIALS, ids) ||
               tm_fail(err, "no memory");
    const tm_message messages[] = {{tm_str_of("system"), tm_str_of(j->system ? j->system : "")},
                                   {tm_str_of("user"), tm_str_of(prompt)}};
    const size_t from = j->system ? 0 : 1;
    return tm_template_render(j->t.style, j->t.tokenizer, messages + from, 2 - from, true, true, ids, err);
}

/* Every row begins anew, with the seed's own random numbers: rows do not depend on one another. */
static bool answer(job *j, tl_row *row, tm_error *err) {
    const tm_str stop = tm_str_of(j->raw ? "" : tm_template_stop(j->t.style));
    tm_ids ids = {0};
    tm_buffer text = {0};
    tm_stats stats = {0};
    tm_sampler *sampler = tm_sampler_new(&j->sampling, j->t.model->config.vocab, err);
    tm_stream stream = {
        .tokenizer = j->t.tokenizer, .stops = &stop, .nstops = stop.n > 0, .emit = collect, .ctx = &text};
    const tm_generation how = {.most = j->most,
                               .slide = true,
                               .keep = 4,
                               .token = tm_stream_token,
                               .ctx = &stream,
                               .lookup = j->lookup};
    tm_session_cut(j->t.session, 0, 0);
    bool good = sampler && prompt_ids(j, row->prompt, &ids, err) &&
                tm_generate(j->t.session, sampler, &how, &ids, 0, &stats, err);
    tm_stream_end(&stream, stats.reason);
    good = good && (tm_buffer_zeros(&text, 1) || tm_fail(err, "no memory"));
    if (good)
        row->answer = text.p;
    else
        tm_buffer_free(&text);
    free(stats.each);
    tm_sampler_free(sampler);
    tm_ids_free(&ids);
    return good;
}

static int run_rows(job *j, const char *journal) {
    tm_error err;
    tl_progress progress;
    const size_t known = tl_journal_read(journal, j->rows, j->n);
    size_t bad = 0;
    FILE *f = fopen(journal, "ab");
    if (!f)
        return tl_bad(journal, "a file that can be written was expected, found none");
    if (known && !j->quiet)
        fprintf(stderr, "%zu rows of %zu were done before\n", known, j->n);
    tl_progress_start(&progress, "batch", j->n, j->quiet);
    int status = TL_GO_ON;
    for (size_t i = 0; i < j->n && status == TL_GO_ON; i++) {
        tl_row *row = &j->rows[i];
        if (!row->why && !row->answer) {
            if (!answer(j, row, &err))
                row->why = strdup(err.text);
            else if (!tl_journal_add(f, i, row))
                status = tl_bad(journal, "space for an answer was expected, found none");
        }
        if (row->why) {
            fprintf(stderr, "ternlab: %s: row %zu (%s): %s\n", j->in, i + 1, row->id, row->why);
            bad++;
        }
        tl_progress_step(&progress, i + 1);
    }
    tl_progress_end(&progress);
    if (fclose(f) && status == TL_GO_ON)
        status = tl_bad(journal, "space for the answers was expected, found none");
    if (status == TL_GO_ON && bad)
        fprintf(stderr, "%zu of %zu rows skipped\n", bad, j->n);
    return status;
}

static int run_job(job *j, tl_row_kind in, tl_row_kind out) {
    char journal[4200];
    snprintf(journal, sizeof journal, "%s.journal", j->out);
    int status = tl_rows_read(j->in, in, &j->rows, &j->n);
    if (status == TL_GO_ON)
        status = run_rows(j, journal);
    if (status == TL_GO_ON)
        status = tl_rows_write(j->out, out, j->rows, j->n);
    if (status == TL_GOOD)
        unlink(journal);
    tl_rows_free(j->rows, j->n);
    return status;
}

static int run(int argc, char **argv) {
    tl_model_choice model = {0};
    job j = {.sampling = tm_greedy, .most = 256, .lookup = TM_LOOKUP_USUAL};
    int words;
    const tl_option options[] = {
        TL_MODEL_OPTIONS(model),
        {"max-tokens", TL_OPT_COUNT, &j.most, "N", "of an answer; default: 256", 1, 1 << 24},
        TL_SAMPLING_OPTIONS(j.sampling),
        TL_LOOKUP_OPTION(j.lookup, "7"),
        {"template", TL_OPT_TEXT, &j.template, "NAME", "auto, llama3, bitnet, plain; default: auto", 0, 0},
        {"raw", TL_OPT_FLAG, &j.raw, NULL, "prompts are text to go on with, no user's turns", 0, 0},
        {"system", TL_OPT_TEXT, &j.system, "TEXT", "the system's turn in front", 0, 0},
        {"quiet", TL_OPT_FLAG, &j.quiet, NULL, "no progress", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab batch [--model FILE] [options] IN OUT",
                            "Answers every prompt of IN (.txt .jsonl .json .csv) into OUT (the same kinds). A "
                            "bad row is reported and "
                            "skipped; what was answered before an end is kept beside OUT and not done again.",
                            "ternlab batch --max-tokens 64 prompts.jsonl answers.csv", 2};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    tl_row_kind in, out;
    if (words != 2)
        return tl_bad("batch", "two files, IN and OUT, were expected, found %d", words);
    for (int i = 1; i <= 2; i++)
        if (!tl_row_kind_of(argv[i], i == 1 ? &in : &out))
            return tl_bad(argv[i], "a name in .txt, .jsonl, .json or .csv was expected, found another");
    if (j.raw && (j.template || j.system))
        return tl_bad("--raw", "no --template and no --system were expected with it, found one");
    if (!strcmp(argv[1], argv[2]))
        return tl_bad(argv[2], "another file than the prompts' was expected, found the same");
    j.in = argv[1];
    j.out = argv[2];
    status = tl_text_open(&model, 1, j.template, &j.t);
    if (status != TL_GO_ON)
        return status;
    status = run_job(&j, in, out);
    tl_text_close(&j.t);
    return status;
}

const tl_command tl_cmd_batch = {"batch", "answers to a file of prompts", run};
