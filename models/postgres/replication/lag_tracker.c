/*
 * How write_lag, flush_lag and replay_lag are measured (walsender.c, LagTrackerWrite and
 * LagTrackerRead).
 *
 * When new WAL is ready to be sent, the walsender notes (its end, the time). When a reply says that
 * the standby has written, flushed or applied up to some position, the lag is the time since the
 * newest sample at or below that position; between two samples it is interpolated, so that a stuck
 * standby shows a lag that grows. All by the primary's own clock: the standby's does not matter.
 *
 * So the lag is that of recent WAL, and says nothing when there is none: see walsender.c for when
 * it becomes NULL.
 */
#include "postgres/internal.h"

#include "base/wide.h"

void lag_begin(struct lag_tracker *t, struct memory *memory) {
    struct lag_sample *samples = t->samples;
    if (!samples) samples = memory_take(memory, LAG_SAMPLES * sizeof *samples);
    *t = (struct lag_tracker){.samples = samples};
}

void lag_write(struct lag_tracker *t, int64_t lsn, int64_t wall_ns) {
    if (t->last_lsn == lsn) return;
    t->last_lsn = lsn;
    size_t next = (t->write_head + 1) % LAG_SAMPLES;
    bool full = false;
    for (int head = 0; head < LAG_HEADS; head++) full = full || next == t->read_heads[head];
    if (full) { /* overwrite the last sample: a lower rate of sampling */
        next = t->write_head;
        t->write_head = (t->write_head + LAG_SAMPLES - 1) % LAG_SAMPLES;
    }
    t->samples[t->write_head] = (struct lag_sample){lsn, wall_ns};
    t->write_head = next;
}

/* When the standby reached `lsn`, how long ago was that flushed here? SIM_NONE: nothing to tell. */
int64_t lag_read(struct lag_tracker *t, enum lag_head head, int64_t lsn, int64_t wall_ns) {
    bool found = false;
    int64_t time = 0;
    size_t *at = &t->read_heads[head];
    while (*at != t->write_head && t->samples[*at].lsn <= lsn) {
        t->last_read[head] = t->samples[*at];
        t->has_last_read[head] = found = true;
        time = t->samples[*at].wall_ns;
        *at = (*at + 1) % LAG_SAMPLES;
    }
    const bool empty = *at == t->write_head;
    if (!found && !empty) {
        const struct lag_sample next = t->samples[*at], last = t->last_read[head];
        if (!t->has_last_read[head]) { /* caught up before, and a burst has begun */
            time = next.wall_ns;
        } else {
            if (lsn < last.lsn || last.wall_ns > next.wall_ns) return SIM_NONE;
            time = last.wall_ns +
                   mul_div(next.wall_ns - last.wall_ns, lsn - last.lsn, next.lsn - last.lsn);
        }
        found = true;
    }
    /* All read: what was read is stale when the next burst begins. */
    if (empty) t->has_last_read[head] = false;
    if (!found || time > wall_ns) return SIM_NONE;
    return wall_ns - time;
}
