/* fetch.c: see fetch.h. libcurl is loaded when it is first asked for, so that nothing else needs it. */
#include "models/fetch.h"
#include "models/sha256.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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

/* What a part is a part of: beside it, a line each. */
typedef struct origin {
    char url[4200],
        version[300];         /* version: an ETag or a date, as If-Range takes it; "": the server told none */
    unsigned long long total; /* bytes; 0: the server told none */
} origin;

static bool read_origin(const char *path, origin *o) {
    FILE *f = fopen(path, "r");
    *o = (origin){0};
    const bool good = f && fscanf(f, "%4199[^\n]\n%llu\n%299[^\n]", o->url, &o->total, o->version) >= 2;
    if (f)
        fclose(f);
    return good;
}

static bool write_origin(const char *path, const origin *o) {
    FILE *f = fopen(path, "w");
    const bool good = f && fprintf(f, "%s\n%llu\n%s\n", o->url, o->total, o->version) > 0;
    return f && !fclose(f) && good;
}

/* Written at a time: Linux from 6.16 on keeps what is written so to ext4 in pages of 2 MiB, which decode
 * faster. */
enum { PIECE = 4 << 20 };

typedef struct download {
    const tm_fetch_request *r;
    FILE *f;
    const char *from; /* the origin's file */
    uint64_t before;  /* bytes of earlier tries */
    origin was, is;
    bool begun, full, changed; /* full: the disk did not take a piece; changed: this is no part of that file */
} download;

/* A line of the answer's head; of several answers (redirects) the last one counts. */
static size_t hear(char *p, size_t one, size_t n, void *ctx) {
    download *d = ctx;
    origin *o = &d->is;
    char line[300];
    const size_t length = one * n < sizeof line - 1 ? one * n : sizeof line - 1;
    memcpy(line, p, length);
    line[length] = 0;
    line[strcspn(line, "\r\n")] = 0;
    const char *value = line + strcspn(line, ":");
    value += *value == ':';
    value += strspn(value, " ");
    const char *whole = strchr(value, '/');
    if (!strncasecmp(line, "HTTP/", 5)) {
        o->version[0] = 0;
        o->total = 0;
    } else if (!strncasecmp(line, "ETag:", 5) && *value == '"') /* a weak one promises too little */
        memcpy(o->version, value, strlen(value) + 1);
    else if (!strncasecmp(line, "Last-Modified:", 14) && !o->version[0])
        memcpy(o->version, value, strlen(value) + 1);
    else if (!strncasecmp(line, "Content-Range:", 14) && whole)
        o->total = strtoull(whole + 1, NULL, 10);
    else if (!strncasecmp(line, "Content-Length:", 15) && !d->before)
        o->total = strtoull(value, NULL, 10);
    return one * n;
}

static size_t take(char *p, size_t one, size_t n, void *ctx) {
    download *d = ctx;
    if (!d->begun && d->before)
        d->changed = d->was.total && d->is.total && d->was.total != d->is.total;
    else if (!d->begun)
        d->full = !write_origin(d->from, &d->is);
    d->begun = true;
    if (d->changed || d->full)
        return 0;
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
    return stat(path, &st) || !S_ISREG(st.st_mode) ? 0 : (uint64_t)st.st_size;
}

static void forget(const char *part, const char *from) {
    unlink(part);
    unlink(from);
}

/* One connection. *again: it broke off, and another try makes sense. *anew: what was there is of no use, and
 * gone. */
static bool attempt(const curl_api *c, const tm_fetch_request *r, const char *part, const char *from,
                    bool *again, bool *anew, tm_error *err) {
    char token[1024], version[320];
    struct curl_slist *headers = NULL;
    download d = {.r = r, .from = from};
    long status = 0;
    CURL *h = c->init();
    d.before = read_origin(from, &d.was) && !strcmp(d.was.url, r->url) ? size_of(part) : 0;
    snprintf(d.is.url, sizeof d.is.url, "%s", r->url);
    d.f = fopen(part, d.before ? "ab" : "wb");
    char *buffer = malloc(PIECE);
    *again = *anew = false;
    if (!h || !d.f || !buffer) {
        if (d.f)
            fclose(d.f);
        free(buffer);
        if (h)
            c->cleanup(h);
        return tm_fail(err, "%s: a file that can be written was expected, found none (%s)", part,
                       strerror(errno));
    }
    setvbuf(d.f, buffer, _IOFBF, PIECE);
    if (r->token) {
        snprintf(token, sizeof token, "Authorization: Bearer %s", r->token);
        headers = c->append(headers, token);
    }
    if (d.before && d.was.version[0]) {
        snprintf(version, sizeof version, "If-Range: %s", d.was.version);
        headers = c->append(headers, version);
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
    c->set(h, CURLOPT_HEADERFUNCTION, hear);
    c->set(h, CURLOPT_HEADERDATA, &d);
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
    free(buffer);
    const unsigned long long total = d.is.total ? d.is.total : d.was.total;
    if (status == 416 && d.before && d.before == total) /* nothing is left to send: it was whole */
        return true;
    if (code == CURLE_OK && !d.full)
        return true;
    /* A server that cannot resume, or has another file now: from the beginning. */
    if (d.before && (status == 416 || d.changed || code == CURLE_RANGE_ERROR)) {
        forget(part, from);
        *again = *anew = true;
    }
    if (d.full)
        return tm_fail(err, "%s: space for the file was expected, found none", part);
    if (r->interrupt && *r->interrupt)
        return tm_fail(err, "%s: interrupted; the next call goes on from byte %llu", r->url,
                       (unsigned long long)size_of(part));
    *again = *again || status == 200 || code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR ||
             code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_OPERATION_TIMEDOUT ||
             status >= 500;
    if (!size_of(part))
        forget(part, from);
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
    char part[4200], from[4210];
    curl_api c;
    bool again = true, anew = false, good = false;
    if (size_of(r->to))
        return check(r, r->to, err);
    snprintf(part, sizeof part, "%s.part", r->to);
    snprintf(from, sizeof from, "%s.from", part);
    if (!load_curl(&c, err))
        return false;
    for (unsigned i = 0, first = 1; i <= r->retries && again && !good;) {
        if (i && !anew)
            sleep(i < 5 ? i : 5);
        good = attempt(&c, r, part, from, &again, &anew, err);
        if (anew && first)
            first = 0; /* is no retry */
        else
            i++;
    }
    if (!good)
        return false;
    if (!check(r, part, err)) {
        forget(part, from);
        return false;
    }
    unlink(from);
    return !rename(part, r->to) ||
           tm_fail(err, "%s: a file that can be written was expected, found: %s", r->to, strerror(errno));
}
