/*
 * Some histories have no order for a reason that takes no search to see. After Gibbons and
 * Korach, "Testing shared memories", SIAM J. Computing 26, 1997, who show that this decides all
 * histories of a register in which no value is written twice.
 *
 * A state that only one operation makes is there once, without a break. Of the operations that
 * make or need it, let the first to end end before the last to begin was invoked: from the one
 * moment to the other it was there all the time. That is its zone, and no order exists when
 *
 *   the zones of two states overlap
 *   an operation that makes or needs another state ran from its invoke to its end within a zone
 *   another state that is made once has no zone, but all of its operations meet within one: they
 *     cannot all be before it, nor all behind it
 *
 * And none exists where what an operation saw was made only after it had ended, or never, or had
 * been overwritten for good before it began.
 *
 * A stale read among many clients is of this kind. To see it by search, every order of what
 * happened in between would have to be tried. Where no zones collide nothing is said: the search
 * decides.
 */
#ifndef CHECK_LINEAR_ZONES_H
#define CHECK_LINEAR_ZONES_H

#include "check/linear/problem.h"

enum zones_answer { ZONES_UNDECIDED, ZONES_NO_ORDER, ZONES_LIMIT };
/* O(n log n) of the operations. The line: of no order, by when about it can be seen; a guess. */
enum zones_answer zones_judge(const struct problem *, uint32_t *line);

#endif
