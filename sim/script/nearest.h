/*
 * The name that someone probably meant. For messages: "no knob 'fsnyc'; did you mean 'fsync'?".
 *
 * Distance counts insertions, deletions, substitutions and swaps of neighbours, each 1, whatever
 * the case of letters. A candidate further than a third of the name's length (at least 1, at most
 * 3) is no answer. Of equally near ones the first wins. Pure; O(length^2) per candidate; names
 * longer than NEAREST_LENGTH_MAX have no near ones.
 */
#ifndef ORRERY_SCRIPT_NEAREST_H
#define ORRERY_SCRIPT_NEAREST_H

#include <stddef.h>

enum { NEAREST_LENGTH_MAX = 63 };

/* One of the candidates (borrowed), or NULL. NULL entries are skipped. */
const char *nearest_name(const char *name, const char *const *candidates, size_t count);

#endif
