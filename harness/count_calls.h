/* count_calls.h: the counted side of `ternlab count`: calls kernels while a counter around the process looks
 * on. Also in the cross-built program, which runs under QEMU.
 *
 * A window is one call of tl_counted_calls; the counter reports the instructions of each: callgrind by the name
 * of that function, QEMU's plugin by the system calls that begin and end it. Windows come in pairs, without and
 * with one call of the kernel, so that the difference is the call; the pair of an empty kernel comes first, and
 * its difference is taken off. A window before all others is for what happens once, such as finding prctl().
 * What a window reports may be anything that two of them have in common. */
#ifndef TL_COUNT_CALLS_H
#define TL_COUNT_CALLS_H

#include "kernels/kernel.h"

enum { TL_COUNT_MARK = 0x7465726e }; /* first argument of the prctl() around a window; no such option exists */

/* Never inlined, never cloned: its name is what callgrind looks for. */
void tl_counted_calls(const tk_kernel *, const tk_args *, unsigned calls);

/* Cases "NAME:MxKxNxG" with commas between. Each is answered by a line on standard output, "ok" (after its two
 * windows) or "no " and why. TL_GOOD, or TL_BAD (printed): no such list. */
int tl_count_here(const char *list);

#endif
