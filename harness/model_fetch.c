/* model_fetch.c: `ternlab model fetch`: a file of a repository on the Hugging Face hub, or of any address. */
#include "harness/model.h"
#include "harness/model_cmd.h"
#include "models/fetch.h"
#include "models/sha256.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static volatile int interrupted;

static void show(void *ctx, uint64_t done, uint64_t total) {
    tl_progress *p = ctx;
    p->total = total ? total : done + 1;
    tl_progress_step(p, done);
}

static bool make_folders(char *path) {
    for (char *p = path + 1; *p; p++)
        if (*p == '/') {
            *p = 0;
            const bool bad = mkdir(path, 0777) && errno != EEXIST;
            *p = '/';
            if (bad)
                return false;
        }
    return true;
}

/* $TERNLAB_CACHE, else $XDG_CACHE_HOME/ternlab/models, else $HOME/.cache/ternlab/models. */
static bool cache_path(char *to, size_t n, const char *name) {
    const char *own = getenv("TERNLAB_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (own && *own)
        snprintf(to, n, "%s/%s", own, name);
    else if (xdg && *xdg)
        snprintf(to, n, "%s/ternlab/models/%s", xdg, name);
    else if (home && *home)
        snprintf(to, n, "%s/.cache/ternlab/models/%s", home, name);
    else
        return false;
    return strlen(to) + 1 < n;
}

static bool is_checksum(const char *s) {
    size_t n = 0;
    while (isxdigit((unsigned char)s[n]))
        n++;
    return n == 64 && !s[n];
}

typedef struct address {
    char url[4200], cached[2100]; /* cached: in the cache folder; no two addresses share one */
    const char *file;             /* its last part */
} address;

/* "owner/name/file" on the hub, or an address as it is. */
static bool address_of(const char *what, const char *revision, address *a) {
    const char *first = strchr(what, '/'), *second = first ? strchr(first + 1, '/') : NULL,
               *base = getenv("HF_ENDPOINT");
    if (strstr(what, "://")) {
        const char *last = strrchr(what, '/') + 1;
        tm_sha256 s;
        char sum[65];
        tm_sha256_start(&s);
        tm_sha256_add(&s, what, strlen(what));
        tm_sha256_end(&s, sum);
        snprintf(a->url, sizeof a->url, "%s", what);
        snprintf(a->cached, sizeof a->cached, "url/%.16s/%.*s", sum, (int)strcspn(last, "?#"), last);
    } else {
        if (!first || !second || what[0] == '/' || strstr(what, "..") || strstr(revision, ".."))
            return false;
        const int n = (int)(second - what);
        snprintf(a->url, sizeof a->url, "%s/%.*s/resolve/%s/%s",
                 base && *base ? base : "https://huggingface.co", n, what, revision, second + 1);
        snprintf(a->cached, sizeof a->cached, "%.*s@%s/%s", n, what, revision, second + 1);
    }
    a->file = strrchr(a->cached, '/') + 1;
    return *a->file && strcmp(a->file, ".") != 0 && strcmp(a->file, "..") != 0;
}

/* Where to: a file, or a folder, which is there or ends with a slash. */
static void output_path(char *to, size_t n, const char *output, const char *file) {
    struct stat st;
    const bool slash = output[0] && output[strlen(output) - 1] == '/',
               folder = slash || (!stat(output, &st) && S_ISDIR(st.st_mode));
    snprintf(to, n, "%s%s%s", output, folder && !slash ? "/" : "", folder ? file : "");
}

int tl_model_fetch(int argc, char **argv) {
    const char *revision = "main", *sha256 = NULL, *output = NULL;
    uint64_t retries = 5;
    bool quiet = false;
    int words;
    const tl_option options[] = {
        {"revision", TL_OPT_TEXT, &revision, "NAME", "branch, tag or commit on the hub; default: main", 0, 0},
        {"sha256", TL_OPT_TEXT, &sha256, "SUM", "the checksum that the file must have", 0, 0},
        {"output", TL_OPT_TEXT, &output, "FILE",
         "where to, a file or a folder (FOLDER/); also -o; default: OWNER/NAME@REVISION/FILE in the cache "
         "folder "
         "($TERNLAB_CACHE)",
         0, 0},
        {"retries", TL_OPT_COUNT, &retries, "N", "after broken connections; default: 5", 0, 100},
        {"quiet", TL_OPT_FLAG, &quiet, NULL, "no progress", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab model fetch OWNER/NAME/FILE|URL [options]",
                            "Downloads a file, goes on where an earlier try broke off, checks it with "
                            "--sha256, and prints its path. The hub is $HF_ENDPOINT, by default "
                            "https://huggingface.co; $HF_TOKEN is sent to it where it is set.",
                            "ternlab model fetch microsoft/bitnet-b1.58-2B-4T-gguf/ggml-model-i2_s.gguf", 1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    char path[4200];
    address from;
    struct stat st;
    if (!words || !address_of(argv[1], revision, &from))
        return tl_bad("model fetch", "OWNER/NAME/FILE or an address was expected, found %s",
                      words ? argv[1] : "none");
    if (sha256 && !is_checksum(sha256))
        return tl_bad("--sha256", "64 hexadecimal digits were expected, found \"%s\"", sha256);
    if (output)
        output_path(path, sizeof path, output, from.file);
    else if (!cache_path(path, sizeof path, from.cached))
        return tl_bad("--output", "a file, or $TERNLAB_CACHE or $HOME, was expected, found none");
    if (!make_folders(path))
        return tl_bad(path, "a folder that can be made was expected, found: %s", strerror(errno));
    tl_progress progress;
    tm_error err;
    const tm_fetch_request r = {.url = from.url,
                                .to = path,
                                .sha256 = sha256,
                                .token = strstr(argv[1], "://") ? NULL : getenv("HF_TOKEN"),
                                .retries = (unsigned)retries,
                                .progress = show,
                                .ctx = &progress,
                                .interrupt = &interrupted};
    if (output && !sha256 && !stat(path, &st) && st.st_size)
        fprintf(stderr, "ternlab: %s: was there already, not checked (--sha256 does)\n", path);
    tl_progress_start(&progress, "fetch", 1, quiet);
    tl_out_interrupt(&interrupted);
    const bool good = tm_fetch_file(&r, &err);
    tl_out_interrupt(NULL);
    tl_progress_end(&progress);
    if (!good)
        return interrupted ? (tl_refused(&err), TL_INTERRUPTED) : tl_refused(&err);
    printf("%s\n", path);
    return TL_GOOD;
}
