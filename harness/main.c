/* main.c: the subcommands of ternlab. */
#include "harness/cli.h"
#include "harness/machine_info.h"
#include "kernels/registry.h"
#include "version.h"

#include <string.h>

extern const tl_command tl_cmd_machine, tl_cmd_list, tl_cmd_parity, tl_cmd_bench, tl_cmd_which, tl_cmd_report,
    tl_cmd_tune, tl_cmd_logits, tl_cmd_model, tl_cmd_tokenize, tl_cmd_detokenize, tl_cmd_generate, tl_cmd_e2e,
    tl_cmd_chat, tl_cmd_batch, tl_cmd_eval, tl_cmd_train, tl_cmd_compare, tl_cmd_gate, tl_cmd_history,
    tl_cmd_count;

static const tl_command *const commands[] = {
    &tl_cmd_list,       &tl_cmd_which, &tl_cmd_parity,  &tl_cmd_logits, &tl_cmd_generate, &tl_cmd_count,
#ifndef TL_CROSS
    &tl_cmd_machine,    &tl_cmd_bench, &tl_cmd_compare, &tl_cmd_gate,   &tl_cmd_tune,     &tl_cmd_report,
    &tl_cmd_model,      &tl_cmd_e2e,   &tl_cmd_chat,    &tl_cmd_batch,  &tl_cmd_eval,     &tl_cmd_tokenize,
    &tl_cmd_detokenize, &tl_cmd_train, &tl_cmd_history,
#endif
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *f) {
    fprintf(f, "ternlab: the lab for ternary (1.58-bit) LLM kernels\n\nusage: ternlab COMMAND [options]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(f, "  %-10s  %s\n", commands[i]->name, commands[i]->what);
    fprintf(f, "\n`ternlab COMMAND --help` explains one; `ternlab --version` says what was built.\n"
               "Exit status: 0 good, 1 a check failed, 2 bad usage or input, 130 interrupted.\n");
}

static void print_version(void) {
    size_t kernels, isas;
    tk_kernels(&kernels);
    const tk_isa *const *isa = tk_isas(&isas);
    printf("ternlab %s, %s, %zu variants, ISA rows here:", TL_GIT, TL_COMPILER, kernels);
    for (size_t i = 0; i < isas; i++)
        if (tk_isa_state_of(isa[i]) == TK_ISA_OK)
            printf(" %s", isa[i]->name);
    printf("\n");
}

int main(int argc, char **argv) {
    tl_out_guard();
    if (argc < 2) {
        print_help(stderr);
        return TL_BAD;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || (!strcmp(argv[1], "help") && argc == 2)) {
        print_help(stdout);
        return tl_stdout_finish(TL_GOOD);
    }
    if (!strcmp(argv[1], "--version")) {
        print_version();
        return tl_stdout_finish(TL_GOOD);
    }
    bool help = !strcmp(argv[1], "help");
    const char *name = help ? argv[2] : argv[1], *meant = NULL;
    for (size_t i = 0; i < COMMANDS; i++) {
        tl_nearer(name, strlen(name), commands[i]->name, &meant);
        if (!strcmp(commands[i]->name, name)) {
            char *ask[] = {argv[argc > 2 ? 2 : 1], "--help", NULL};
            return tl_stdout_finish(help ? commands[i]->run(2, ask) : commands[i]->run(argc - 1, argv + 1));
        }
    }
    return tl_bad(name, "a subcommand was expected (`ternlab --help` lists them), found \"%s\"%s%s%s", name,
                  meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
}
