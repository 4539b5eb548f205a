/* count.c: a plugin for QEMU's user emulation: how many instructions ran in each window of
 * harness/count_calls.h. Argument fd=N: an open file that gets a line "summary: N" for each, as callgrind
 * writes it.
 *
 * Every instruction adds one to a counter as it runs, inline; a window begins and ends with a system call that
 * nothing else makes. The declarations below are the part of QEMU's plugin interface, version 1, that is used
 * (docs/devel/tcg-plugins of QEMU 7.2); no package of Debian has its header. */
#include "harness/count_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { ADD_U64 = 0 };
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int op, void *to, uint64_t add);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
typedef void on_syscall(plugin_id, unsigned cpu, int64_t number, uint64_t, uint64_t, uint64_t, uint64_t,
                        uint64_t, uint64_t, uint64_t, uint64_t);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, on_syscall *);

/* What QEMU looks for. */
#define EXPORTED __attribute__((visibility("default")))
int qemu_plugin_install(plugin_id, const void *info, int argc, char **argv);
extern int qemu_plugin_version;
EXPORTED int qemu_plugin_version = 1;

static uint64_t executed, began;
static int file = -1;

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++)
        qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_tb_get_insn(block, i), ADD_U64, &executed, 1);
}

static void called(plugin_id id, unsigned cpu, int64_t number, uint64_t mark, uint64_t end, uint64_t a3,
                   uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
    (void)id, (void)cpu, (void)number, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (mark != TL_COUNT_MARK)
        return;
    if (end)
        dprintf(file, "summary: %llu\n", (unsigned long long)(executed - began));
    else
        began = executed;
}

EXPORTED int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++)
        if (!strncmp(argv[i], "fd=", 3))
            file = atoi(argv[i] + 3);
    if (file < 0)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
