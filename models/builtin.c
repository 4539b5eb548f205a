/* builtin.c: see builtin.h. The assembler takes the file in, so that any compiler and no other tool will do.
 * The Makefile writes builtin.inc: TM_BUILTIN_FILE is the file's path from the root of the tree, undefined
 * where there is none (and in the cross-built program, which has no text). */
#include "models/builtin.h"

#include "builtin.inc"

#ifdef TM_BUILTIN_FILE
/* On a page of its own: tensors are aligned as in a mapped file. */
__asm__(".pushsection .rodata.tm_builtin, \"a\"\n"
        ".balign 4096\n"
        ".globl tm_builtin_start, tm_builtin_end\n"
        "tm_builtin_start:\n"
        ".incbin \"" TM_BUILTIN_FILE "\"\n"
        "tm_builtin_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const uint8_t tm_builtin_start[], tm_builtin_end[];
#endif

tm_gguf *tm_builtin_open(tm_error *err) {
#ifdef TM_BUILTIN_FILE
    return tm_gguf_from_memory("built-in model", tm_builtin_start, (size_t)(tm_builtin_end - tm_builtin_start),
                               false, err);
#else
    tm_fail(err,
            "--model: a GGUF file was expected (this program was built without models/pretrained/world.gguf, "
            "so it has no model of its own), found none");
    return NULL;
#endif
}
