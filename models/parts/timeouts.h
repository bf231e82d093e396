/* The times by which a group chooses its leader, as knobs: do they fit together? */
#ifndef PARTS_TIMEOUTS_H
#define PARTS_TIMEOUTS_H

#include <stdbool.h>
#include <stdint.h>

struct text;

/* An election timeout is drawn from `least` to `most`, and a heartbeat puts it off. False:
 * `refusal` says what is wrong, in the words of the knobs. All in ns. */
bool timeouts_fit(int64_t heartbeat, int64_t least, int64_t most, struct text *refusal);

#endif
