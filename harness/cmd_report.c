#include "harness/cli.h"
static int run(int argc, char **argv) {
    (void)argc;
    return tl_bad(argv[0], "a built subcommand was expected, found none yet");
}
const tl_command tl_cmd_report = {"report", "", run};
