/*
 * How far a run is: a bar on stderr that redraws itself, with virtual time, wall time, the rate and
 * an estimate. On a terminal only; elsewhere a line every ten seconds of wall time. It never
 * touches stdout and nothing in a run depends on it.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct progress {
    bool on, terminal, utf8, shown;
    int64_t begun_ms, drawn_ms;
    int64_t total_ns;
};

int64_t wall_clock_ms(void); /* a monotonic clock of the machine's */

/* Parts of such a line: "1.23M", "2m05s", and the bar itself, `width` columns of it. */
void progress_add_rate(struct text *, int64_t per_second);
void progress_add_seconds(struct text *, int64_t ms);
void progress_add_bar(struct text *, int width, bool utf8, int64_t done, int64_t total);

void progress_begin(struct progress *, bool on, int64_t total_ns);
/* Redraws at most ten times a second. */
void progress_update(struct progress *, int64_t now_ns, int64_t events);
void progress_hide(struct progress *); /* before something else is printed; idempotent */

/* The bar itself, for `width` columns; it never passes them. */
void progress_line(struct text *, int width, bool utf8, int64_t now_ns, int64_t total_ns,
                   int64_t wall_ms, int64_t events);

#endif
