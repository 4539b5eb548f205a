/* text.c: see text.h. */
#include "models/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void clean(char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 32 || (unsigned char)*s > 126)
            *s = '?';
}

bool tm_fail(tm_error *err, const char *format, ...) {
    if (!err)
        return false;
    va_list list;
    va_start(list, format);
    vsnprintf(err->text, sizeof err->text, format, list);
    va_end(list);
    clean(err->text);
    return false;
}

const char *tm_printable(char *out, size_t n, tm_str s) {
    size_t length = s.n < n - 1 ? s.n : n - 1;
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char)s.p[i] < 32 || (unsigned char)s.p[i] > 126 ? '?' : s.p[i];
    out[length] = 0;
    return out;
}

static bool room_for(tm_buffer *b, size_t n) {
    if (n > (size_t)-1 / 4 || b->n > (size_t)-1 / 4)
        return false;
    if (b->n + n <= b->room)
        return true;
    size_t room = b->room ? b->room : 256;
    while (room < b->n + n)
        room *= 2;
    char *p = realloc(b->p, room);
    if (!p)
        return false;
    b->p = p;
    b->room = room;
    return true;
}

uint64_t tm_str_hash(uint64_t h, tm_str s) {
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h;
}

bool tm_buffer_add(tm_buffer *b, const void *bytes, size_t n) {
    if (!room_for(b, n))
        return false;
    if (n)
        memcpy(b->p + b->n, bytes, n);
    b->n += n;
    return true;
}

bool tm_buffer_zeros(tm_buffer *b, size_t n) {
    if (!room_for(b, n))
        return false;
    if (n)
        memset(b->p + b->n, 0, n);
    b->n += n;
    return true;
}

void tm_buffer_free(tm_buffer *b) {
    free(b->p);
    *b = (tm_buffer){0};
}

FILE *tm_open_file(const char *path, tm_error *err) {
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        tm_fail(err, "%s: a file was expected, found that it cannot be opened (%s)", path, strerror(errno));
        return NULL;
    }
    FILE *f = fstat(fd, &st) || !S_ISREG(st.st_mode) ? NULL : fdopen(fd, "rb");
    if (!f) {
        close(fd);
        tm_fail(err, "%s: a file was expected, found %s", path,
                S_ISDIR(st.st_mode) ? "a folder" : "something that is no regular file");
    }
    return f;
}

bool tm_read_file(const char *path, tm_buffer *b, tm_error *err) {
    char chunk[65536];
    FILE *f = strcmp(path, "-") ? tm_open_file(path, err) : stdin;
    if (!f)
        return false;
    bool memory = true;
    for (size_t n; memory && (n = fread(chunk, 1, sizeof chunk, f));)
        memory = tm_buffer_add(b, chunk, n);
    const int wrong = ferror(f) ? errno : 0;
    if (f != stdin)
        fclose(f);
    if (!memory)
        return tm_fail(err, "%s: memory for the file was expected, found none", path);
    return !wrong ||
           tm_fail(err, "%s: a file was expected, found that it cannot be read (%s)", path, strerror(wrong));
}
