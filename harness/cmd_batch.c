/* cmd_batch.c: prompts of a file, answers to another. A bad row is reported and skipped; a run that was ended
 * goes on where it was. */
#include "harness/batch_rows.h"
#include "harness/sampling.h"
#include "harness/text_model.h"
#include "models/batch.h"
#include "models/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_PARALLEL = 8, MOST_PARALLEL = 1024 };

typedef struct seat { /* a row that is being answered */
    size_t row;
    tm_ids ids;
    tm_buffer text;
    tm_stats stats;
    tm_sampler *sampler;
    tm_stream stream;
} seat;

typedef struct job {
    tl_text_model t;
    tl_model_choice model;
    tm_sampling sampling;
    const char *template, *system, *stop, *in, *out;
    uint64_t most, parallel; /* 0: as many as suit */
    bool raw, quiet;
    tl_row *rows;
    size_t n, next, done, bad;
    tm_str stops[TM_MOST_STOPS + 1]; /* the template's behind those asked for */
    size_t nstops;
    seat *seats; /* by sequence */
    FILE *journal;
    char journal_path[4200];
    tl_progress progress;
    int status;
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

static void row_done(job *j, size_t i) {
    const tl_row *row = &j->rows[i];
    if (row->why) {
        fprintf(stderr, "ternlab: %s: row %zu (%s): %s\n", j->in, i + 1, row->id, row->why);
        j->bad++;
    }
    tl_progress_step(&j->progress, ++j->done);
}

/* The next row that has no answer yet, in a seat. Every row begins anew, with the seed's own random numbers:
 * rows do not depend on one another. False: there is none, or its error. */
static bool sit_down(job *j, seat *s, tm_batch_row *to) {
    tm_error err;
    for (; j->next < j->n; row_done(j, j->next++)) {
        tl_row *row = &j->rows[j->next];
        if (row->why || row->answer)
            continue;
        if (!prompt_ids(j, row->prompt, &s->ids, &err)) {
            row->why = strdup(err.text);
            tm_ids_free(&s->ids);
            continue;
        }
        s->row = j->next++;
        s->stream = (tm_stream){.tokenizer = j->t.tokenizer,
                                .stops = j->stops,
                                .nstops = j->nstops,
                                .emit = collect,
                                .ctx = &s->text};
        s->sampler = tm_sampler_new(&j->sampling, j->t.model->config.vocab, &err);
        *to = (tm_batch_row){
            s->sampler,
            {.most = j->most, .slide = true, .keep = 4, .token = tm_stream_token, .ctx = &s->stream},
            &s->ids,
            &s->stats};
        if (!s->sampler)
            j->status = tl_refused(&err);
        return s->sampler != NULL;
    }
    return false;
}

static void stand_up(seat *s) {
    tm_stream_end(&s->stream, s->stats.reason);
    free(s->stats.each);
    tm_sampler_free(s->sampler);
    tm_ids_free(&s->ids);
    tm_buffer_free(&s->text);
    *s = (seat){0};
}

static bool next_row(void *ctx, unsigned sequence, tm_batch_row *to) {
    job *j = ctx;
    return sit_down(j, &j->seats[sequence], to);
}

/* Takes the answer, and puts it into the journal. */
static bool end_row(void *ctx, unsigned sequence, const tm_error *why) {
    job *j = ctx;
    seat *s = &j->seats[sequence];
    const size_t i = s->row;
    tl_row *row = &j->rows[i];
    tm_stream_end(&s->stream, s->stats.reason);
    if (why || !tm_buffer_zeros(&s->text, 1)) {
        row->why = strdup(why ? why->text : "no memory");
    } else {
        row->answer = s->text.p;
        s->text = (tm_buffer){0};
        if (!tl_journal_add(j->journal, i, row))
            j->status = tl_bad(j->journal_path, "space for an answer was expected, found none");
    }
    stand_up(s);
    row_done(j, i);
    return j->status == TL_GO_ON;
}

static int answer_rows(job *j) {
    const unsigned n = tm_session_sequences(j->t.session);
    const tm_batch batch = {next_row, end_row, j};
    tm_error err;
    j->seats = calloc(n, sizeof *j->seats);
    if (!j->seats)
        return tl_bad("--parallel", "memory for %u rows was expected, found none", n);
    tl_progress_start(&j->progress, "batch", j->n, j->quiet);
    if (!tm_batch_run(j->t.session, &batch, &err))
        j->status = tl_refused(&err);
    tl_progress_end(&j->progress);
    for (unsigned i = 0; i < n; i++)
        stand_up(&j->seats[i]);
    free(j->seats);
    return j->status;
}

static void put(FILE *f, const char *name, const char *text) {
    if (text)
        fprintf(f, "%s %zu %s\n", name, strlen(text), text);
}

static void put_file(FILE *f, const char *name, const char *path) {
    struct stat st;
    if (path && !stat(path, &st))
        fprintf(f, "%s %lld %lld %ld\n", name, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
                st.st_mtim.tv_nsec);
}

/* A hash of all that decides the answers; a file is known by its size and time, the built-in model by its
 * bytes. */
static int settings(const job *j, uint64_t *hash) {
    const tm_gguf *model = j->t.model->file;
    const tl_model_choice *c = &j->model;
    const tm_sampling *s = &j->sampling;
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    *hash = tm_str_hash(TM_FNV, (tm_str){(const char *)model->map, c->model ? 0 : model->size});
    if (!f)
        return tl_bad("batch", "memory was expected, found none");
    put_file(f, "model", c->model);
    put_file(f, "lora", c->lora);
    put(f, "cache", c->cache);
    put(f, "head", c->head);
    put(f, "order", c->i2s_order);
    put(f, "tl", c->tl);
    put(f, "kernel", c->sel.kernel);
    fprintf(f, "context %u, %llu tokens\n", tm_session_context(j->t.session), (unsigned long long)j->most);
    fprintf(f, "%.17g %.17g %.17g %.17g %.17g %.17g %.17g %llu %llu %llu\n", s->temperature, s->top_p, s->min_p,
            s->typical_p, s->repeat_penalty, s->frequency_penalty, s->presence_penalty,
            (unsigned long long)s->top_k, (unsigned long long)s->penalty_last, (unsigned long long)s->seed);
    put(f, "template", j->raw ? NULL : tm_template_names[j->t.style]);
    put(f, "system", j->system);
    put(f, "stop", j->stop);
    const bool good = !fclose(f);
    *hash = tm_str_hash(*hash, (tm_str){text, n});
    free(text);
    return good ? TL_GO_ON : tl_bad("batch", "memory was expected, found none");
}

static int run_rows(job *j) {
    size_t known;
    uint64_t hash;
    int status = settings(j, &hash);
    if (status == TL_GO_ON)
        status = tl_journal_open(j->journal_path, hash, j->rows, j->n, &j->journal, &known);
    if (status != TL_GO_ON)
        return status;
    if (known && !j->quiet)
        fprintf(stderr, "%zu rows of %zu were done before\n", known, j->n);
    status = answer_rows(j);
    if (fclose(j->journal) && status == TL_GO_ON)
        status = tl_bad(j->journal_path, "space for the answers was expected, found none");
    if (status == TL_GO_ON && j->bad)
        fprintf(stderr, "%zu of %zu rows skipped\n", j->bad, j->n);
    return status;
}

/* More rows share what is read of the weights, until products are bound by arithmetic: 8 have most of that
 * gain, and their caches are small beside the weights. */
static int open_model(job *j) {
    const uint64_t most = j->parallel ? j->parallel : USUAL_PARALLEL;
    j->model.fewer = !j->parallel;
    return tl_text_open(&j->model, (unsigned)(most < j->n ? most : j->n), j->raw ? "plain" : j->template,
                        &j->t);
}

static int gather_stops(job *j, char *text) {
    const tm_str own = tm_str_of(j->raw ? "" : tm_template_stop(j->t.style));
    j->nstops = text ? tm_stream_stops(text, j->stops) : 0;
    if (j->nstops > TM_MOST_STOPS)
        return tl_bad("--stop", "at most %d texts were expected, found %zu", TM_MOST_STOPS, j->nstops);
    if (own.n)
        j->stops[j->nstops++] = own;
    return TL_GO_ON;
}

static int run_job(job *j, tl_row_kind in, tl_row_kind out) {
    snprintf(j->journal_path, sizeof j->journal_path, "%s.journal", j->out);
    char *stops = j->stop ? strdup(j->stop) : NULL;
    int status = tl_rows_read(j->in, in, &j->rows, &j->n);
    if (status == TL_GO_ON)
        status = open_model(j);
    if (status == TL_GO_ON)
        status = gather_stops(j, stops);
    if (status == TL_GO_ON)
        status = run_rows(j);
    if (status == TL_GO_ON)
        status = tl_rows_write(j->out, out, j->rows, j->n);
    if (status == TL_GOOD)
        unlink(j->journal_path);
    tl_rows_free(j->rows, j->n);
    tl_text_close(&j->t);
    free(stops);
    return status;
}

static int run(int argc, char **argv) {
    job j = {.sampling = tm_greedy, .most = 256, .status = TL_GO_ON};
    int words;
    const tl_option options[] = {
        TL_MODEL_OPTIONS(j.model),
        {"max-tokens", TL_OPT_COUNT, &j.most, "N", "of an answer; default: 256", 1, 1 << 24},
        {"parallel", TL_OPT_COUNT, &j.parallel, "N",
         "rows answered at once, each with a cache of --context positions; the answers are the same; default: "
         "8, or as many as memory holds caches for",
         1, MOST_PARALLEL},
        TL_SAMPLING_OPTIONS(j.sampling),
        {"stop", TL_OPT_TEXT, &j.stop, "TEXT", "end an answer before this text; several with | between them", 0,
         0},
        {"template", TL_OPT_TEXT, &j.template, "NAME", "auto, llama3, bitnet, plain; default: auto", 0, 0},
        {"raw", TL_OPT_FLAG, &j.raw, NULL, "prompts are text to go on with, no user's turns", 0, 0},
        {"system", TL_OPT_TEXT, &j.system, "TEXT", "the system's turn in front", 0, 0},
        {"quiet", TL_OPT_FLAG, &j.quiet, NULL, "no progress", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab batch [--model FILE] [options] IN OUT",
        "Answers every prompt of IN (.txt .jsonl .json .csv) into OUT (the same kinds). A "
        "bad row is reported and "
        "skipped; what was answered before an end is kept in OUT.journal and not done again, "
        "given the same model and options.",
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
    return run_job(&j, in, out);
}

const tl_command tl_cmd_batch = {"batch", "answers to a file of prompts", run};
