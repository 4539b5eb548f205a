/* model_fetch.c: `ternlab model fetch`: a file of a repository on the Hugging Face hub, or of any address. */
#include "harness/model.h"
#include "harness/model_cmd.h"
#include "models/fetch.h"

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

/* "owner/name/file" on the hub, or an address as it is. */
static bool address(const char *what, const char *revision, char *url, size_t n, char *name, size_t name_n) {
    const char *first = strchr(what, '/'), *second = first ? strchr(first + 1, '/') : NULL,
               *base = getenv("HF_ENDPOINT");
    if (strstr(what, "://")) {
        const char *last = strrchr(what, '/') + 1;
        snprintf(url, n, "%s", what);
        snprintf(name, name_n, "%.*s", (int)strcspn(last, "?#"), last);
        return *name != 0;
    }
    if (!first || !second || !second[1] || what[0] == '/' || strstr(what, ".."))
        return false;
    snprintf(url, n, "%s/%.*s/resolve/%s/%s", base && *base ? base : "https://huggingface.co",
             (int)(second - what), what, revision, second + 1);
    snprintf(name, name_n, "%s@%s", what, revision);
    return true;
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
         "where to; also -o; default: the cache folder ($TERNLAB_CACHE)", 0, 0},
        {"retries", TL_OPT_COUNT, &retries, "N", "after broken connections; default: 5", 0, 100},
        {"quiet", TL_OPT_FLAG, &quiet, NULL, "no progress", 0, 0},
        {0}};
    const tl_usage usage = {"ternlab model fetch OWNER/NAME/FILE|URL [options]",
                            "Downloads a file, goes on where an earlier try broke off, checks it, and prints "
                            "its path. $HF_TOKEN is sent "
                            "to the hub where it is set.",
                            "ternlab model fetch microsoft/bitnet-b1.58-2B-4T-gguf/ggml-model-i2_s.gguf", 1};
    int status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    char url[4200], name[2100], path[4200];
    if (!words || !address(argv[1], revision, url, sizeof url, name, sizeof name))
        return tl_bad("model fetch", "OWNER/NAME/FILE or an address was expected, found %s",
                      words ? argv[1] : "none");
    if (sha256 && !is_checksum(sha256))
        return tl_bad("--sha256", "64 hexadecimal digits were expected, found \"%s\"", sha256);
    if (output)
        snprintf(path, sizeof path, "%s", output);
    else if (!cache_path(path, sizeof path, name))
        return tl_bad("--output", "a file, or $TERNLAB_CACHE or $HOME, was expected, found none");
    if (!output && !make_folders(path))
        return tl_bad(path, "a folder that can be made was expected, found: %s", strerror(errno));
    tl_progress progress;
    tm_error err;
    const tm_fetch_request r = {.url = url,
                                .to = path,
                                .sha256 = sha256,
                                .token = strstr(argv[1], "://") ? NULL : getenv("HF_TOKEN"),
                                .retries = (unsigned)retries,
                                .progress = show,
                                .ctx = &progress,
                                .interrupt = &interrupted};
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
