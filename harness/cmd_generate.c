/* cmd_generate.c: a prompt goes on: streaming text, or ids. */
#include "harness/ids.h"
#include "harness/model.h"
#include "harness/sampling.h"
#include "models/generate.h"
#ifndef TL_CROSS
#include "models/stream.h"
#include "models/tokenizer/template.h"
#endif

#include <stdlib.h>
#include <string.h>

enum { USUAL_KEEP = 4 };
#define UNSET UINT64_MAX

typedef struct request {
    tl_model_choice model;
    tm_sampling sampling;
    const char *tokens, *template, *system, *stop;
    uint64_t most, keep, lookup;
    bool stats, no_bos, plain, show_ids, no_slide, ignore_stops;
} request;

static volatile int interrupted;

static void print_stats(tm_session *s, const tm_stats *st) {
    double parts[TM_PARTS], sum = 0;
    fprintf(stderr, "\nprompt  %zu tokens in %.1f ms (%.1f tokens/s)\n", st->prompt, 1e3 * st->prefill,
            (double)st->prompt / st->prefill);
    fprintf(stderr, "first   token after %.1f ms\n", 1e3 * st->first);
    if (st->made > 1)
        fprintf(stderr, "decode  %zu tokens in %.1f ms (%.1f tokens/s)\n", st->made - 1, 1e3 * st->decode,
                (double)(st->made - 1) / st->decode);
    if (st->lookup.passes)
        fprintf(stderr, "passes  %zu (%.2f tokens each): of %zu tokens foreseen and read, %zu came true\n",
                st->lookup.passes, (double)(st->made - 1) / (double)st->lookup.passes, st->lookup.drafted,
                st->lookup.accepted);
    fprintf(stderr, "end     %s after %zu tokens; %u thread(s), %s / %s\n", tm_reason_names[st->reason],
            st->made, tm_session_threads(s), tm_session_kernel(s, false), tm_session_kernel(s, true));
    fprintf(stderr, "head    %s", tm_session_head(s));
    if (tm_session_rescored(s) > 0)
        fprintf(stderr, ": %.1f rows a token computed", tm_session_rescored(s));
    fprintf(stderr, "\ntime   ");
    tm_session_times(s, parts);
    for (int i = 0; i < TM_PARTS; i++)
        sum += parts[i];
    for (int i = 0; i < TM_PARTS; i++)
        fprintf(stderr, " %s %.1f %%%s", tm_part_names[i], 100 * parts[i] / sum, i + 1 < TM_PARTS ? "," : "\n");
}

typedef bool on_token(void *ctx, uint32_t id, tm_reason *);

static int go_on(request *r, tm_model *m, tm_session *s, on_token *token, void *ctx, tm_ids *ids,
                 tm_stats *stats) {
    tm_error err;
    tm_sampler *sampler = tm_sampler_new(&r->sampling, m->config.vocab, &err);
    const tm_generation how = {.most = r->most,
                               .slide = !r->no_slide,
                               .keep = r->keep == UNSET ? USUAL_KEEP : (uint32_t)r->keep,
                               .token = token,
                               .ctx = ctx,
                               .interrupt = &interrupted,
                               .lookup = r->lookup};
    tl_out_interrupt(&interrupted);
    const bool good = sampler && tm_generate(s, sampler, &how, ids, 0, stats, &err);
    tl_out_interrupt(NULL);
    tm_sampler_free(sampler);
    return good ? TL_GOOD : tl_refused(&err);
}

/* The end of the line, ids, figures. */
static int finish(const request *r, tm_session *s, const tm_ids *ids, tm_stats *stats, bool show_ids) {
    for (size_t i = stats->prompt; show_ids && i < ids->n; i++)
        printf(i > stats->prompt ? " %u" : "%u", ids->p[i]);
    tl_say("\n", 1); /* now: giving back the model takes a while */
    if (r->stats || interrupted)
        print_stats(s, stats);
    free(stats->each);
    return interrupted ? TL_INTERRUPTED : TL_GOOD;
}

#ifndef TL_CROSS
static bool print_text(void *ctx, const char *bytes, size_t n) {
    (void)ctx;
    return tl_say(bytes, n);
}

static int prompt_ids(const request *r, const tm_model *m, tm_tokenizer *t, tm_str prompt, tm_ids *ids) {
    tm_error err;
    if (tm_vocab(t) > m->config.vocab)
        return tl_bad(tl_model_name(&r->model),
                      "a vocabulary of at most %u tokens was expected, found a tokenizer of %u",
                      m->config.vocab, tm_vocab(t));
    if (!r->template) {
        if (!tm_encode(t, prompt, (r->no_bos ? 0 : TM_BOS) | (r->plain ? 0 : TM_SPECIALS), ids))
            return tl_bad("PROMPT", "memory was expected, found none");
        return TL_GO_ON;
    }
    tm_template style;
    if (!strcmp(r->template, "auto")) {
        if (!tm_template_of(m->file, t, &style, &err))
            return tl_refused(&err);
    } else if (!tm_template_find(r->template, &style))
        return tl_bad("--template", "auto, llama3, bitnet, plain or none was expected, found \"%s\"",
                      r->template);
    const tm_message messages[] = {{tm_str_of("system"), tm_str_of(r->system ? r->system : "")},
                                   {tm_str_of("user"), prompt}};
    const size_t from = r->system ? 0 : 1;
    return tm_template_render(style, t, messages + from, 2 - from, !r->no_bos, true, ids, &err)
               ? TL_GO_ON
               : tl_refused(&err);
}

static int read_prompt(const char *word, tm_buffer *b) {
    tm_error err;
    if (strcmp(word, "-") != 0)
        return tm_buffer_add(b, word, strlen(word)) ? TL_GO_ON
                                                    : tl_bad("PROMPT", "memory was expected, found none");
    return tm_read_file("-", b, &err) ? TL_GO_ON : tl_refused(&err);
}

static int with_text(request *r, tm_model *m, tm_session *s, const char *word) {
    char *stop_text = r->stop ? strdup(r->stop) : NULL;
    tm_error err;
    tm_buffer prompt = {0};
    tm_ids ids = {0};
    tm_str stops[TM_MOST_STOPS];
    const size_t nstops = stop_text ? tm_stream_stops(stop_text, stops) : 0;
    tm_tokenizer *t = tm_tokenizer_from_gguf(m->file, &err);
    int status = t ? read_prompt(word, &prompt) : tl_refused(&err);
    if (nstops > TM_MOST_STOPS)
        status = tl_bad("--stop", "at most %d texts were expected, found %zu", TM_MOST_STOPS, nstops);
    if (status == TL_GO_ON)
        status = prompt_ids(r, m, t, (tm_str){prompt.p, prompt.n}, &ids);
    if (status == TL_GO_ON) {
        tm_stats stats = {0};
        tm_stream stream = {.tokenizer = t,
                            .stops = stops,
                            .nstops = nstops,
                            .ignore_stops = r->ignore_stops,
                            .emit = r->show_ids ? NULL : print_text};
        status = go_on(r, m, s, tm_stream_token, &stream, &ids, &stats);
        tm_stream_end(&stream, stats.reason);
        if (status == TL_GOOD)
            status = finish(r, s, &ids, &stats, r->show_ids);
    }
    tm_ids_free(&ids);
    tm_buffer_free(&prompt);
    tm_tokenizer_free(t);
    free(stop_text);
    return status;
}
#endif

static int with_ids(request *r, tm_model *m, tm_session *s) {
    tm_ids ids = {0};
    int status = tl_parse_ids("--tokens", r->tokens, m->config.vocab, &ids);
    tm_stats stats = {0};
    if (status == TL_GO_ON)
        status = go_on(r, m, s, NULL, NULL, &ids, &stats);
    if (status == TL_GOOD)
        status = finish(r, s, &ids, &stats, true);
    tm_ids_free(&ids);
    return status;
}

static int check(const request *r, int words) {
#ifdef TL_CROSS
    if (!r->tokens)
        return tl_bad("--tokens", "token ids were expected (this build has no tokenizer), found none");
#endif
    if (!words == !r->tokens)
        return tl_bad("generate", "a prompt (or -) or --tokens was expected, found %s",
                      words ? "both" : "none");
    if (r->tokens && (r->template || r->stop))
        return tl_bad(r->template ? "--template" : "--stop", "a prompt of text was expected, found --tokens");
    if ((r->tokens || r->template) && r->plain) /* a template's user writes plain text as it is */
        return tl_bad("--plain", "a prompt without a template was expected, found %s",
                      r->tokens ? "--tokens" : "--template");
    if (r->tokens && r->no_bos)
        return tl_bad("--no-bos", "a prompt of text was expected, found --tokens");
    if (r->no_slide && r->keep != UNSET)
        return tl_bad("--keep", "a window that slides was expected, found --no-slide");
    if (r->system && !r->template)
        return tl_bad("--system", "--template was expected with it, found none");
    return TL_GO_ON;
}

/* The built-in model was trained on dialogues: a prompt is a question to it, unless it is given as ids or is to
 * be read as it stands. */
static void choose_template(request *r) {
    if (!r->template && !r->model.model && !r->tokens && !r->plain && !r->no_bos)
        r->template = "auto";
    else if (r->template && !strcmp(r->template, "none"))
        r->template = NULL;
}

static int run(int argc, char **argv) {
    request r = {.sampling = tm_greedy, .most = 256, .keep = UNSET, .lookup = TM_LOOKUP_USUAL};
    int words;
    const tl_option options[] = {
        TL_MODEL_OPTIONS(r.model),
        {"max-tokens", TL_OPT_COUNT, &r.most, "N", "new tokens at most; default: 256", 1, 1 << 24},
        TL_SAMPLING_OPTIONS(r.sampling),
        TL_LOOKUP_OPTION(r.lookup),
        {"stop", TL_OPT_TEXT, &r.stop, "TEXT",
         "end before this text; several with | between them, \\n is a line end", 0, 0},
        {"template", TL_OPT_TEXT, &r.template, "NAME",
         "the prompt is a user's turn: auto, llama3, bitnet, plain; or none; default: none, auto with the "
         "built-in model",
         0, 0},
        {"system", TL_OPT_TEXT, &r.system, "TEXT", "the system's turn before it", 0, 0},
        {"tokens", TL_OPT_TEXT, &r.tokens, "IDS", "the prompt as ids; ids come out", 0, 0},
        {"ids", TL_OPT_FLAG, &r.show_ids, NULL, "print the new tokens' ids, not their text", 0, 0},
        {"plain", TL_OPT_FLAG, &r.plain, NULL, "\"<|eot_id|>\" and the like in the prompt are ordinary text", 0,
         0},
        {"no-bos", TL_OPT_FLAG, &r.no_bos, NULL, "no token of beginning in front", 0, 0},
        {"ignore-stops", TL_OPT_FLAG, &r.ignore_stops, NULL, "go on behind stop tokens", 0, 0},
        {"no-slide", TL_OPT_FLAG, &r.no_slide, NULL,
         "end when the context is full; default: drop its older half", 0, 0},
        {"keep", TL_OPT_COUNT, &r.keep, "N", "first tokens that are never dropped; default: 4", 0, 1 << 24},
        {"stats", TL_OPT_FLAG, &r.stats, NULL, "times and speeds on standard error", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab generate [--model FILE] [options] PROMPT",
        "Goes on with a prompt (- reads it from standard input), greedily unless told otherwise, and writes "
        "the text as it comes. The built-in model answers it as a question.",
        "ternlab generate \"What is the capital of France?\"\n"
        "  ternlab generate --model m.gguf --temperature 0.8 --top-k 40 --seed 1 \"Once upon a time\"",
        1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status == TL_GO_ON)
        choose_template(&r);
    if (status == TL_GO_ON)
        status = check(&r, words);
    if (status == TL_GO_ON)
        status = tl_model_check(&r.model);
    if (status != TL_GO_ON)
        return status;
    tm_model *m;
    tm_session *s;
    status = tl_model_open(&r.model, 1, &m, &s);
    if (status == TL_GO_ON) {
#ifdef TL_CROSS
        status = with_ids(&r, m, s);
#else
        status = r.tokens ? with_ids(&r, m, s) : with_text(&r, m, s, argv[1]);
#endif
        tm_session_free(s);
        tm_model_free(m);
    }
    return status;
}

const tl_command tl_cmd_generate = {"generate", "go on with a prompt", run};
