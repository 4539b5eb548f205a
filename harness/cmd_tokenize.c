/* cmd_tokenize.c: text to token ids, and back. */
#include "harness/ids.h"
#include "harness/model.h"
#include "models/builtin.h"
#include "models/tokenizer/tokenizer.h"

#include <string.h>

static tm_tokenizer *load(const char *model, const char *tokenizer) {
    tm_error err;
    tm_tokenizer *t = NULL;
    if (model && tokenizer) {
        tl_bad("--tokenizer", "one of --model and --tokenizer was expected, found both");
        return NULL;
    }
    if (model || tokenizer)
        t = tm_tokenizer_from_file(model ? model : tokenizer, &err);
    else {
        tm_gguf *g = tm_builtin_open(&err);
        t = g ? tm_tokenizer_from_gguf(g, &err) : NULL;
        tm_gguf_close(g);
    }
    if (!t)
        tl_refused(&err);
    return t;
}

/* A word of the command line, or standard input for "-". */
static int read_word(const char *word, tm_buffer *input) {
    tm_error err;
    if (!strcmp(word, "-"))
        return tm_read_file("-", input, &err) ? TL_GO_ON : tl_refused(&err);
    return tm_buffer_add(input, word, strlen(word))
               ? TL_GO_ON
               : tl_bad("memory", "room for a word was expected, found none");
}

static int print_ids(tm_tokenizer *t, tm_str text, unsigned flags) {
    tm_ids ids = {0};
    if (!tm_encode(t, text, flags, &ids)) {
        tm_ids_free(&ids);
        return tl_bad("TEXT", "memory was expected, found none");
    }
    for (size_t i = 0; i < ids.n; i++)
        printf(i ? " %u" : "%u", ids.p[i]);
    printf("\n");
    tm_ids_free(&ids);
    return TL_GOOD;
}

static int tokenize(int argc, char **argv) {
    const char *model = NULL, *tokenizer = NULL;
    bool no_bos = false, plain = false;
    int words;
    const tl_option options[] = {
        {"model", TL_OPT_TEXT, &model, "FILE", "the tokenizer of this model; default: the built-in model", 0,
         0},
        {"tokenizer", TL_OPT_TEXT, &tokenizer, "FILE", "a tokenizer: GGUF, tokenizer.json or tiktoken", 0, 0},
        {"no-bos", TL_OPT_FLAG, &no_bos, NULL, "no token of beginning in front", 0, 0},
        {"plain", TL_OPT_FLAG, &plain, NULL, "\"<|eot_id|>\" and the like are ordinary text", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab tokenize [options] TEXT",
                            "Prints the token ids of a text, or of standard input for a TEXT of -.",
                            "ternlab tokenize --tokenizer tokenizer.model --no-bos \"Hello, world!\"", 1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    if (!words)
        return tl_bad("tokenize", "a text (or -) was expected, found none");
    tm_tokenizer *t = load(model, tokenizer);
    if (!t)
        return TL_BAD;
    tm_buffer input = {0};
    status = read_word(argv[1], &input);
    if (status == TL_GO_ON)
        status = print_ids(t, (tm_str){input.p, input.n}, (no_bos ? 0 : TM_BOS) | (plain ? 0 : TM_SPECIALS));
    tm_buffer_free(&input);
    tm_tokenizer_free(t);
    return status;
}

const tl_command tl_cmd_tokenize = {"tokenize", "text to token ids", tokenize};

static int print_text(const tm_tokenizer *t, const tm_ids *ids, bool specials) {
    tm_buffer out = {0};
    const bool good = tm_decode(t, ids->p, ids->n, specials, &out);
    if (good && out.n)
        fwrite(out.p, 1, out.n, stdout);
    tm_buffer_free(&out);
    return good ? TL_GOOD : tl_bad("IDS", "memory was expected, found none");
}

static int detokenize(int argc, char **argv) {
    const char *model = NULL, *tokenizer = NULL;
    bool specials = false;
    int words;
    const tl_option options[] = {
        {"model", TL_OPT_TEXT, &model, "FILE", "the tokenizer of this model; default: the built-in model", 0,
         0},
        {"tokenizer", TL_OPT_TEXT, &tokenizer, "FILE", "a tokenizer: GGUF, tokenizer.json or tiktoken", 0, 0},
        {"specials", TL_OPT_FLAG, &specials, NULL,
         "write special tokens by their names; default: leave them out", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab detokenize [options] IDS",
        "Writes the text of token ids, byte for byte; IDS of - are read from standard input.",
        "ternlab detokenize --tokenizer tokenizer.model \"9906 11 1917 0\"", 1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    if (!words)
        return tl_bad("detokenize", "token ids (or -) were expected, found none");
    tm_tokenizer *t = load(model, tokenizer);
    if (!t)
        return TL_BAD;
    tm_buffer input = {0};
    tm_ids ids = {0};
    status = read_word(argv[1], &input);
    if (status == TL_GO_ON && !tm_buffer_zeros(&input, 1))
        status = tl_bad("IDS", "memory was expected, found none");
    if (status == TL_GO_ON)
        status = tl_parse_ids("IDS", input.p, tm_vocab(t), &ids);
    if (status == TL_GO_ON)
        status = print_text(t, &ids, specials);
    tm_ids_free(&ids);
    tm_buffer_free(&input);
    tm_tokenizer_free(t);
    return status;
}

const tl_command tl_cmd_detokenize = {"detokenize", "token ids to text", detokenize};
