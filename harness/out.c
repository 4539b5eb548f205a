/* out.c: output files that are whole or absent. */
#include "harness/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tl_out {
    FILE *file;
    char *path, *temp; /* temp NULL: written in place */
    char *buffer;      /* NULL: the library's own */
};

enum { LARGE = 4 << 20 };

/* What the signal handler must remove: a few fixed slots, so that it needs no lock and no heap. */
enum { SLOTS = 16, PATH_BYTES = 4096 };
static char unfinished[SLOTS][PATH_BYTES];
static pid_t owner;

static volatile int *volatile interrupt_flag;

void tl_out_interrupt(volatile int *flag) {
    interrupt_flag = flag;
}

static void on_signal(int sig) {
    if (sig == SIGINT && interrupt_flag && !*interrupt_flag) {
        *interrupt_flag = 1;
        return;
    }
    if (getpid() == owner) /* forked workers leave the parent's files alone */
        for (int i = 0; i < SLOTS; i++)
            if (unfinished[i][0])
                unlink(unfinished[i]);
    _exit(sig == SIGINT ? TL_INTERRUPTED : 128 + sig);
}

void tl_out_guard(void) {
    struct sigaction a = {.sa_handler = on_signal};
    sigemptyset(&a.sa_mask);
    owner = getpid();
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void remember(const char *path) {
    for (int i = 0; i < SLOTS; i++)
        if (!unfinished[i][0] && strlen(path) < PATH_BYTES) {
            memcpy(unfinished[i] + 1, path + 1,
                   strlen(path)); /* first byte last: the handler sees all or none */
            unfinished[i][0] = path[0];
            return;
        }
}

static void forget(const char *path) {
    for (int i = 0; i < SLOTS; i++)
        if (!strcmp(unfinished[i], path))
            unfinished[i][0] = 0;
}

static void release(tl_out *o) {
    free(o->path);
    free(o->temp);
    free(o->buffer);
    free(o);
}

tl_out *tl_out_open(const char *path) {
    struct stat st;
    if (!*path) {
        tl_bad(path, "the name of an output file was expected, found an empty one");
        return NULL;
    }
    tl_out *o = calloc(1, sizeof *o);
    if (!o || !(o->path = strdup(path))) {
        tl_bad(path, "memory for an output file was expected, found none");
        free(o);
        return NULL;
    }
    if (!strcmp(path, "-")) {
        o->file = stdout;
        return o;
    }
    bool direct = !stat(path, &st) && !S_ISREG(st.st_mode);
    if (!direct && asprintf(&o->temp, "%s.%ld.part", path, (long)getpid()) < 0)
        o->temp = NULL;
    o->file = fopen(direct || !o->temp ? path : o->temp, "w");
    if (!o->file) {
        tl_bad(path, "a writable file was expected, found: %s", strerror(errno));
        release(o);
        return NULL;
    }
    if (o->temp)
        remember(o->temp);
    return o;
}

void tl_out_large(tl_out *o) {
    if (o && o->temp && (o->buffer = malloc(LARGE)))
        setvbuf(o->file, o->buffer, _IOFBF, LARGE);
}

int tl_out_check(const char *const *paths, size_t n) {
    struct stat st;
    for (size_t i = 0; i < n; i++) {
        /* A pipe is left alone: its reader would take the end of this for the end of all. */
        if (!paths[i] || !strcmp(paths[i], "-") || (!stat(paths[i], &st) && S_ISFIFO(st.st_mode)))
            continue;
        tl_out *o = tl_out_open(paths[i]);
        if (!o)
            return TL_BAD;
        tl_out_discard(o);
    }
    return TL_GO_ON;
}

FILE *tl_out_file(tl_out *o) {
    return o->file;
}

int tl_out_close(tl_out *o) {
    bool is_stdout = o->file == stdout;
    int bad = fflush(o->file) || ferror(o->file), error = errno;
    if (!is_stdout && fclose(o->file) && !bad) {
        bad = 1;
        error = errno;
    }
    if (!bad && o->temp && rename(o->temp, o->path)) {
        bad = 1;
        error = errno;
    }
    if (o->temp) {
        if (bad)
            unlink(o->temp);
        forget(o->temp);
    }
    if (bad)
        tl_bad(o->path, "all output written was expected, found: %s", strerror(error ? error : EIO));
    release(o);
    return bad ? TL_BAD : TL_GOOD;
}

void tl_out_discard(tl_out *o) {
    if (!o)
        return;
    if (o->file != stdout)
        fclose(o->file);
    if (o->temp) {
        unlink(o->temp);
        forget(o->temp);
    }
    release(o);
}

static int stdout_error; /* the first one: a stream remembers that there was one, not which */

bool tl_say(const char *bytes, size_t n) {
    errno = 0;
    if (fwrite(bytes, 1, n, stdout) == n && !fflush(stdout))
        return true;
    stdout_error = stdout_error ? stdout_error : errno;
    return false;
}

int tl_stdout_finish(int status) {
    errno = stdout_error;
    if (fflush(stdout) || ferror(stdout))
        return tl_bad("standard output", "all output written was expected, found: %s",
                      strerror(errno ? errno : EIO));
    return status;
}
