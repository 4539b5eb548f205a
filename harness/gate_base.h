/* gate_base.h: the program that a gate compares with: another revision of this source tree, built beside it. */
#ifndef TL_GATE_BASE_H
#define TL_GATE_BASE_H

#include <stdbool.h>
#include <stddef.h>

/* Builds revision `rev` (NULL: the merge base with main; on main its first parent) of the tree that this
 * program lies in, under its build/gate/<commit>; one that is there already is used again. `program` gets room
 * characters, `commit` 64. False: printed: no git, no such revision, one that does not build. */
bool tl_gate_base(const char *rev, char *program, size_t room, char commit[64], bool quiet);

/* When the commit was made that `git describe` named so (-dirty or not), seconds since the epoch as text; ""
 * where the tree that this program lies in does not know it. */
void tl_commit_time(const char *described, char *seconds, size_t room);

/* Runs argv (NULL-terminated, found on PATH) to its end; what it prints goes to these files (-1: nowhere). Its
 * exit status, or -1. */
int tl_run_program(const char *const *argv, int out, int errors);

#endif
