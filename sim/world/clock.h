/*
 * A host's clocks: a monotonic one that drifts and never jumps, and a wall clock that runs beside
 * it with an offset, jumps, and whatever rate its time service gave it.
 *
 * Both are straight lines in true time, so a reading is one multiplication, and the true time at
 * which a clock will show a reading is found exactly. A change (drift, jump, rate) starts new lines
 * from the readings of that instant; who has armed timers then asks again when they are due.
 */
#ifndef WORLD_CLOCK_H
#define WORLD_CLOCK_H

#include "wall/model.h"

struct clock {
    int64_t since_ns;      /* true time at which these lines start */
    int64_t mono_ns;       /* readings at that time */
    int64_t wall_ns;
    int64_t drift_ppb;     /* of the oscillator: both clocks */
    int64_t rate_ppb;      /* of the wall clock, more: what adjtimex set */
    int64_t error_ns;      /* the bound stated, at error_since (a mono reading); < 0: none */
    int64_t error_since_ns, error_growth_ppb;
    int64_t lie_ns;        /* the bound stated in its place; < 0: no lie */
    int64_t usual_drift_ppb;
    bool frozen;
};

/* 2026-01-01T00:00:00Z: what a wall clock with no offset shows at true time 0. */
#define CLOCK_EPOCH_NS INT64_C(1767225600000000000)

struct sim_clocks clock_read(const struct clock *, int64_t t);
/* Starts new lines at t; then fields may be changed. */
void clock_rebase(struct clock *, int64_t t);
/* The least true time >= now at which the clock reads at least that; INT64_MAX: never, as it is. */
int64_t clock_mono_due(const struct clock *, int64_t now, int64_t reading);
int64_t clock_wall_due(const struct clock *, int64_t now, int64_t reading);

#endif
