/* fetch.c: see fetch.h. libcurl is loaded when it is first asked for, so that nothing else needs it. */
#include "models/fetch.h"
#include "models/sha256.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* The functions that are used, by the names and types of curl/curl.h. */
typedef struct curl_api {
    __typeof__(curl_easy_init) *init;
    __typeof__(curl_easy_cleanup) *cleanup;
    __typeof__(curl_easy_perform) *perform;
    __typeof__(curl_easy_strerror) *text;
    __typeof__(curl_easy_setopt) *set;
    __typeof__(curl_easy_getinfo) *get;
    __typeof__(curl_slist_append) *append;
    __typeof__(curl_slist_free_all) *free_list;
} curl_api;

static bool load_curl(curl_api *c, tm_error *err) {
    static const char *const files[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
    void *lib = NULL;
    for (size_t i = 0; i < sizeof files / sizeof *files && !lib; i++)
        lib = dlopen(files[i], RTLD_NOW);
    if (!lib)
        return tm_fail(err, "libcurl: a library to download with was expected (package libcurl4), found none");
    const struct {
        const char *name;
        void *to;
    } all[] = {{"curl_easy_init", &c->init},       {"curl_easy_cleanup", &c->cleanup},
               {"curl_easy_perform", &c->perform}, {"curl_easy_strerror", &c->text},
               {"curl_easy_setopt", &c->set},      {"curl_easy_getinfo", &c->get},
               {"curl_slist_append", &c->append},  {"curl_slist_free_all", &c->free_list}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *f = dlsym(lib, all[i].name);
        if (!f)
            return tm_fail(err, "libcurl: function %s was expected, found none", all[i].name);
        memcpy(all[i].to, &f, sizeof f);
    }
    return true;
}

bool tm_sha256_file(const char *path, char out[65], tm_error *err) {
    unsigned char chunk[65536];
    tm_sha256 s;
    FILE *f = fopen(path, "rb");
    if (!f)
        return tm_fail(err, "%s: a file was expected, found that it cannot be opened (%s)", path,
                       strerror(errno));
    tm_sha256_start(&s);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f));)
        tm_sha256_add(&s, chunk, n);
    const bool good = !ferror(f);
    fclose(f);
    tm_sha256_end(&s, out);
    return good || tm_fail(err, "%s: a file was expected, found that it cannot be read", path);
}

typedef struct download {
    const tm_fetch_request *r;
    FILE *f;
    uint64_t before; /* bytes of earlier tries */
    bool full;       /* the disk did not take a piece */
} download;

static size_t take(char *p, size_t one, size_t n, void *ctx) {
    download *d = ctx;
    const size_t written = fwrite(p, one, n, d->f);
    d->full = d->full || written != n;
    return written * one;
}

static int watch(void *ctx, curl_off_t total, curl_off_t now, curl_off_t a, curl_off_t b) {
    const download *d = ctx;
    (void)a;
    (void)b;
    if (d->r->progress)
        d->r->progress(d->r->ctx, d->before + (uint64_t)now, total ? d->before + (uint64_t)total : 0);
    return d->r->interrupt && *d->r->interrupt;
}

static uint64_t size_of(const char *path) {
    struct stat st;
    return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

/* One connection. *again: it broke off, and another try makes sense. */
static bool attempt(const curl_api *c, const tm_fetch_request *r, const char *part, bool *again,
                    tm_error *err) {
    char token[1024];
    struct curl_slist *headers = NULL;
    download d = {.r = r, .before = size_of(part)};
    long status = 0;
    CURL *h = c->init();
    d.f = fopen(part, d.before ? "ab" : "wb");
    *again = false;
    if (!h || !d.f) {
        if (d.f)
            fclose(d.f);
        if (h)
            c->cleanup(h);
        return tm_fail(err, "%s: a file that can be written was expected, found none (%s)", part,
                       strerror(errno));
    }
    if (r->token) {
        snprintf(token, sizeof token, "Authorization: Bearer %s", r->token);
        headers = c->append(headers, token);
    }
    c->set(h, CURLOPT_URL, r->url);
    c->set(h, CURLOPT_HTTPHEADER, headers);
    c->set(h, CURLOPT_FOLLOWLOCATION, 1L);
    c->set(h, CURLOPT_MAXREDIRS, 10L);
    c->set(h, CURLOPT_FAILONERROR, 1L);
    c->set(h, CURLOPT_CONNECTTIMEOUT, 30L);
    c->set(h, CURLOPT_LOW_SPEED_LIMIT, 1000L); /* bytes a second */
    c->set(h, CURLOPT_LOW_SPEED_TIME, 60L);
    c->set(h, CURLOPT_NOSIGNAL, 1L);
    c->set(h, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)d.before);
    c->set(h, CURLOPT_WRITEFUNCTION, take);
    c->set(h, CURLOPT_WRITEDATA, &d);
    c->set(h, CURLOPT_NOPROGRESS, 0L);
    c->set(h, CURLOPT_XFERINFOFUNCTION, watch);
    c->set(h, CURLOPT_XFERINFODATA, &d);
    const CURLcode code = c->perform(h);
    c->get(h, CURLINFO_RESPONSE_CODE, &status);
    c->cleanup(h);
    c->free_list(headers);
    d.full = fclose(d.f) || d.full;
    if (status == 416 && d.before) /* nothing is left to send: it was whole */
        return true;
    if (code == CURLE_OK && !d.full)
        return true;
    if (d.full)
        return tm_fail(err, "%s: space for the file was expected, found none", part);
    if (r->interrupt && *r->interrupt)
        return tm_fail(err, "%s: interrupted; the next call goes on from byte %llu", r->url,
                       (unsigned long long)size_of(part));
    if (code == CURLE_RANGE_ERROR || status == 200) { /* a server that cannot resume: from the beginning */
        if (code == CURLE_RANGE_ERROR)
            unlink(part);
        *again = true;
    }
    *again = *again || code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
             code == CURLE_SEND_ERROR || code == CURLE_OPERATION_TIMEDOUT || status >= 500;
    if (!size_of(part))
        unlink(part);
    if (status >= 400)
        return tm_fail(err, "%s: a file was expected, found HTTP status %ld", r->url, status);
    return tm_fail(err, "%s: a file was expected, found: %s", r->url, c->text(code));
}

static bool check(const tm_fetch_request *r, const char *path, tm_error *err) {
    char sum[65];
    if (!r->sha256)
        return true;
    if (!tm_sha256_file(path, sum, err))
        return false;
    return !strcasecmp(sum, r->sha256) ||
           tm_fail(err, "%s: SHA-256 %s was expected, found %s", path, r->sha256, sum);
}

bool tm_fetch_file(const tm_fetch_request *r, tm_error *err) {
    char part[4200];
    curl_api c;
    bool again = true, good = false;
    if (size_of(r->to))
        return check(r, r->to, err);
    snprintf(part, sizeof part, "%s.part", r->to);
    if (!load_curl(&c, err))
        return false;
    for (unsigned i = 0; i <= r->retries && again && !good; i++) {
        if (i)
            sleep(i < 5 ? i : 5);
        good = attempt(&c, r, part, &again, err);
    }
    if (!good)
        return false;
    if (!check(r, part, err)) {
        unlink(part);
        return false;
    }
    return !rename(part, r->to) ||
           tm_fail(err, "%s: a file that can be written was expected, found: %s", r->to, strerror(errno));
}
