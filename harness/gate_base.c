/* gate_base.c: see gate_base.h. git finds and unpacks, make builds; nothing of the working tree is touched. */
#include "harness/gate_base.h"
#include "harness/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int tl_run_program(const char *const *argv, int out, int errors) {
    fflush(NULL);
    const pid_t pid = fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, 0);
        dup2(out < 0 ? nowhere : out, 1);
        dup2(errors < 0 ? nowhere : errors, 2);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The first line that a program prints. False: it failed or printed none. */
static bool line_of(char *line, size_t room, const char *const *argv) {
    int ends[2];
    if (pipe(ends))
        return false;
    const int status = tl_run_program(argv, ends[1], -1);
    close(ends[1]);
    const ssize_t n = read(ends[0], line, room - 1);
    close(ends[0]);
    line[n > 0 ? n : 0] = 0;
    line[strcspn(line, "\n")] = 0;
    return !status && *line;
}

/* The folder of this program's tree. */
static bool find_tree(char *tree, size_t room) {
    char self[4096];
    if (!tl_program_path(self, sizeof self))
        return false;
    *strrchr(self, '/') = 0;
    const char *const ask[] = {"git", "-C", self, "rev-parse", "--show-toplevel", NULL};
    return line_of(tree, room, ask);
}

static bool commit_of(char *commit, size_t room, const char *tree, const char *rev) {
    char spec[300];
    snprintf(spec, sizeof spec, "%s^{commit}", rev);
    const char *const ask[] = {"git", "-C", tree, "rev-parse", "--verify", "--quiet", "--end-of-options",
                               spec,  NULL};
    return line_of(commit, room, ask);
}

void tl_commit_time(const char *described, char *seconds, size_t room) {
    char tree[2048], commit[64], rev[256];
    snprintf(rev, sizeof rev, "%s", described);
    char *dirty = strstr(rev, "-dirty");
    if (dirty)
        *dirty = 0;
    const char *const ask[] = {"git", "-C", tree, "show", "-s", "--format=%ct", commit, NULL};
    if (!find_tree(tree, sizeof tree) || !commit_of(commit, sizeof commit, tree, rev) ||
        !line_of(seconds, room, ask))
        *seconds = 0;
}

/* The merge base with main; on main itself the first parent. */
static bool usual_base(char *commit, size_t room, const char *tree) {
    static const char *const mains[] = {"origin/main", "main", "origin/master", "master"};
    char head[64];
    if (!commit_of(head, sizeof head, tree, "HEAD"))
        return false;
    for (size_t i = 0; i < sizeof mains / sizeof *mains; i++) {
        const char *const ask[] = {"git", "-C", tree, "merge-base", "HEAD", mains[i], NULL};
        if (line_of(commit, room, ask))
            return strcmp(commit, head) ? true : commit_of(commit, room, tree, "HEAD^");
    }
    return commit_of(commit, room, tree, "HEAD^");
}

/* Unpacks and builds; the last step makes the program, so a build that was cut short is taken up again. */
static bool build(const char *tree, const char *commit, const char *folder, bool quiet) {
    char log[4400], jobs[32];
    snprintf(log, sizeof log, "%s.log", folder);
    snprintf(jobs, sizeof jobs, "-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
    const char *const make_folder[] = {"mkdir", "-p", folder, NULL},
                      *const unpack[] = {"sh",   "-c", "git -C \"$1\" archive \"$2\" | tar -x -C \"$3\"",
                                         "sh",   tree, commit,
                                         folder, NULL},
                      *const make[] = {"make", "-C", folder, "all", "DEPS=0", "WERROR=", jobs, NULL};
    if (!quiet)
        fprintf(stderr, "building %.10s ...\n", commit);
    bool good = !tl_run_program(make_folder, -1, -1);
    const int to = good ? open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    good = to >= 0 && !tl_run_program(unpack, to, to) && !tl_run_program(make, to, to);
    if (to >= 0)
        close(to);
    if (!good)
        tl_bad("--base", "a revision that builds was expected, found that %.10s does not (%s says why)", commit,
               log);
    return good;
}

bool tl_gate_base(const char *rev, char *program, size_t room, char commit[64], bool quiet) {
    char tree[2048], folder[4096];
    if (!find_tree(tree, sizeof tree)) {
        tl_bad("gate", "a program inside its own git tree was expected, found another place, or no git");
        return false;
    }
    if (rev ? !commit_of(commit, 64, tree, rev) : !usual_base(commit, 64, tree)) {
        tl_bad("--base", "a revision was expected, found %s%s%s", rev ? "\"" : "none to compare with",
               rev ? rev : "", rev ? "\"" : "");
        return false;
    }
    snprintf(folder, sizeof folder, "%s/build/gate/%s", tree, commit);
    snprintf(program, room, "%s/build/ternlab", folder);
    return !access(program, X_OK) || build(tree, commit, folder, quiet);
}
