/* cmd_chat.c: a conversation on the terminal. The cache keeps what was said; only new turns are read. */
#include "harness/sampling.h"
#include "harness/text_model.h"
#include "models/stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEEP = 4 }; /* first ids that a window that slides within an answer keeps at least */

typedef struct chat {
    tl_text_model t;
    tm_sampler *sampler;
    tm_ids ids;    /* the conversation: BOS and the system's turn, then the others */
    tm_ids turns;  /* where each user's turn begins */
    size_t head;   /* ids of BOS and the system's turn, which are never dropped */
    size_t known;  /* ids in the cache */
    size_t heard;  /* ids that the sampler has counted */
    tm_buffer log; /* "Role: text\n" for /save */
    const char *system;
    uint64_t most, lookup;
    tm_stats last;
    bool quiet, refused; /* refused: a turn that was too long */
} chat;

static volatile int interrupted;

static bool show(void *ctx, const char *bytes, size_t n) {
    chat *c = ctx;
    return tm_buffer_add(&c->log, bytes, n) && tl_say(bytes, n);
}

static bool note(chat *c, const char *text) {
    return tm_buffer_add(&c->log, text, strlen(text));
}

static void clear(chat *c) {
    c->ids.n = c->turns.n = c->known = c->heard = 0;
    c->log.n = 0;
    tm_session_cut(c->t.session, 0, 0);
}

/* Is there room for the last turn? The turns of longest ago go, until half of the context is free. */
static bool make_room(chat *c) {
    const size_t context = tm_session_context(c->t.session), added = c->ids.n - c->turns.p[c->turns.n - 1];
    if (c->head + added > context) {
        tl_bad("chat",
               "a turn of at most %zu tokens (the context, without the system's turn) was expected, found %zu",
               context > c->head ? context - c->head : 0, added);
        c->ids.n -= added;
        c->turns.n--;
        c->refused = true;
        return false;
    }
    size_t old = 0;
    while (c->ids.n >= context && old + 1 < c->turns.n && c->head + c->ids.n - c->turns.p[old] > context / 2)
        old++;
    const size_t gone = c->turns.p[old] - c->head;
    if (!gone)
        return true;
    memmove(c->ids.p + c->head, c->ids.p + c->turns.p[old], (c->ids.n - c->turns.p[old]) * sizeof *c->ids.p);
    c->ids.n -= gone;
    c->heard = c->heard > c->turns.p[old] ? c->heard - gone : c->head;
    c->turns.n -= old;
    for (size_t i = 0; i < c->turns.n; i++)
        c->turns.p[i] = c->turns.p[i + old] - (uint32_t)gone;
    c->known = c->known < c->head ? c->known : c->head;
    tm_session_cut(c->t.session, 0, (uint32_t)c->known);
    return true;
}

/* The user's turn and the opening of the answer, behind what has been said. */
static bool add_turn(chat *c, const char *text, tm_error *err) {
    const tm_message system = {tm_str_of("system"), tm_str_of(c->system ? c->system : "")},
                     user = {tm_str_of("user"), tm_str_of(text)};
    if (!c->ids.n) {
        if (!tm_template_render(c->t.style, c->t.tokenizer, &system, c->system != NULL, true, false, &c->ids,
                                err))
            return false;
        c->head = c->ids.n;
    }
    return (tm_ids_add(&c->turns, (uint32_t)c->ids.n) || tm_fail(err, "chat: no memory")) &&
           tm_template_render(c->t.style, c->t.tokenizer, &user, 1, false, true, &c->ids, err);
}

/* The answer's end: what the next turn goes on from. */
static bool end_turn(chat *c, size_t from, tm_error *err) {
    const size_t made = c->ids.n, length = tm_session_length(c->t.session, 0);
    size_t kept;
    if (!tm_template_close(c->t.style, c->t.tokenizer, &c->ids, from, c->last.reason == TM_AT_STOP_TEXT, &kept,
                           err))
        return false;
    c->heard = made < c->ids.n ? made : c->ids.n;
    /* The last token was made, not read; the window slid: positions are no longer those of ids. */
    c->known = made - length > 1 ? 0 : length < kept ? length : kept;
    tm_session_cut(c->t.session, 0, (uint32_t)c->known);
    return true;
}

/* A user's turn, then the assistant's. */
static int turn(chat *c, const char *text) {
    const tm_str stop = tm_str_of(tm_template_stop(c->t.style));
    tm_error err;
    tm_stream stream = {
        .tokenizer = c->t.tokenizer, .stops = &stop, .nstops = stop.n > 0, .emit = show, .ctx = c};
    if (!add_turn(c, text, &err))
        return tl_refused(&err);
    if (!make_room(c))
        return TL_GO_ON;
    const size_t from = c->ids.n;
    const tm_generation how = {.most = c->most,
                               .slide = true,
                               .keep = (uint32_t)(c->head > KEEP ? c->head : KEEP),
                               .token = tm_stream_token,
                               .ctx = &stream,
                               .interrupt = &interrupted,
                               .lookup = c->lookup,
                               .heard = c->heard};
    free(c->last.each);
    note(c, "User: ");
    note(c, text);
    note(c, "\nAssistant: ");
    interrupted = 0;
    tl_out_interrupt(&interrupted);
    const bool good = tm_generate(c->t.session, c->sampler, &how, &c->ids, c->known, &c->last, &err);
    tl_out_interrupt(NULL);
    tm_stream_end(&stream, c->last.reason);
    printf("\n");
    note(c, "\n");
    return good && end_turn(c, from, &err) ? TL_GO_ON : tl_refused(&err);
}

static int save(const chat *c, const char *path) {
    tl_out *out = tl_out_open(path);
    if (!out)
        return TL_BAD;
    fwrite(c->log.p, 1, c->log.n, tl_out_file(out));
    return tl_out_close(out);
}

static void print_stats(const chat *c) {
    const tm_stats *s = &c->last;
    printf("%zu tokens in the conversation, %u positions; last turn: %zu read in %.0f ms, %zu made", c->ids.n,
           tm_session_context(c->t.session), s->prompt, 1e3 * s->prefill, s->made);
    if (s->made > 1)
        printf(" at %.1f tokens/s", (double)(s->made - 1) / s->decode);
    if (s->lookup.passes)
        printf(", %.2f a pass", (double)(s->made - 1) / (double)s->lookup.passes);
    printf("\n");
}

/* A line that begins with a slash. TL_GO_ON, or TL_GOOD to leave. */
static int command(chat *c, const char *line) {
    if (!strcmp(line, "/exit") || !strcmp(line, "/quit"))
        return TL_GOOD;
    if (!strcmp(line, "/clear"))
        clear(c);
    else if (!strcmp(line, "/stats"))
        print_stats(c);
    else if (!strncmp(line, "/save ", 6))
        save(c, line + 6);
    else
        printf("/help        this\n/clear       forget the conversation\n/save FILE   write it down\n/stats    "
               "   tokens and speed\n"
               "/exit        leave (also Ctrl-D)\n");
    return TL_GO_ON;
}

static int converse(chat *c) {
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int status = TL_GO_ON;
    const bool people = isatty(STDIN_FILENO) && !c->quiet;
    if (people)
        printf("%s; /help lists commands.\n", tm_template_names[c->t.style]);
    while (status == TL_GO_ON &&
           (people ? (printf("> "), fflush(stdout)) : 0, (n = getline(&line, &room, stdin)) >= 0)) {
        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = 0;
        if (n)
            status = line[0] == '/' ? command(c, line) : turn(c, line);
    }
    free(line);
    if (status == TL_GO_ON || status == TL_GOOD)
        status = c->refused ? TL_BAD : TL_GOOD;
    return status;
}

static int run(int argc, char **argv) {
    tl_model_choice model = {0};
    tm_sampling how = tm_greedy;
    const char *template = NULL;
    tm_error err;
    chat c = {.most = 512, .lookup = TM_LOOKUP_USUAL};
    const tl_option options[] = {
        TL_MODEL_OPTIONS(model),
        {"max-tokens", TL_OPT_COUNT, &c.most, "N", "of an answer; default: 512", 1, 1 << 24},
        TL_SAMPLING_OPTIONS(how),
        TL_LOOKUP_OPTION(c.lookup),
        {"template", TL_OPT_TEXT, &template, "NAME", "auto, llama3, bitnet, plain; default: auto", 0, 0},
        {"system", TL_OPT_TEXT, &c.system, "TEXT", "the system's turn in front", 0, 0},
        {"quiet", TL_OPT_FLAG, &c.quiet, NULL, "no prompt sign", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab chat [--model FILE] [options]",
                            "A conversation, line by line from standard input. /help /clear /save FILE /stats "
                            "/exit; Ctrl-C ends an answer.",
                            "ternlab chat --model m.gguf --system \"Be brief.\"", 0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status == TL_GO_ON)
        status = tl_text_open(&model, 1, template, &c.t);
    if (status != TL_GO_ON)
        return status;
    c.sampler = tm_sampler_new(&how, c.t.model->config.vocab, &err);
    status = c.sampler ? converse(&c) : tl_refused(&err);
    tm_sampler_free(c.sampler);
    tm_ids_free(&c.ids);
    tm_ids_free(&c.turns);
    tm_buffer_free(&c.log);
    free(c.last.each);
    tl_text_close(&c.t);
    return status;
}

const tl_command tl_cmd_chat = {"chat", "a conversation with a model", run};
