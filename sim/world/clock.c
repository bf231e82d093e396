#include "world/clock.h"

#include "base/wide.h"

#define BILLION INT64_C(1000000000)

static int64_t scaled(int64_t elapsed, int64_t ppb) {
    return ppb ? add_sat(elapsed, mul_div(elapsed, ppb, BILLION)) : elapsed;
}

static int64_t mono_at(const struct clock *c, int64_t t) {
    return add_sat(c->mono_ns, scaled(t - c->since_ns, c->drift_ppb));
}

static int64_t wall_at(const struct clock *c, int64_t t) {
    if (c->frozen) return c->wall_ns;
    return add_sat(c->wall_ns, scaled(scaled(t - c->since_ns, c->drift_ppb), c->rate_ppb));
}

struct sim_clocks clock_read(const struct clock *c, int64_t t) {
    struct sim_clocks now = {
        .mono_ns = mono_at(c, t), .wall_ns = wall_at(c, t), .wall_error_ns = -1};
    if (c->error_ns >= 0)
        now.wall_error_ns = c->lie_ns >= 0
                                ? c->lie_ns
                                : add_sat(c->error_ns, mul_div(now.mono_ns - c->error_since_ns,
                                                               c->error_growth_ppb, BILLION));
    return now;
}

void clock_rebase(struct clock *c, int64_t t) {
    const int64_t mono = mono_at(c, t), wall = wall_at(c, t);
    c->since_ns = t;
    c->mono_ns = mono;
    c->wall_ns = wall;
}

/* The least t >= now with read(t) >= reading, by bisection: readings never fall while t rises. */
static int64_t due(const struct clock *c, int64_t now, int64_t reading, bool wall) {
    const int64_t here = wall ? wall_at(c, now) : mono_at(c, now);
    if (here >= reading) return now;
    if (wall && c->frozen) return INT64_MAX;
    const int128 missing = (int128)reading - here;
    int128 speed = BILLION + c->drift_ppb;
    if (wall) speed = speed * (BILLION + c->rate_ppb) / BILLION;
    if (speed <= 0) return INT64_MAX;
    const int128 wait = missing * BILLION / speed;
    if (wait > INT64_MAX / 8) return INT64_MAX;
    int64_t before = now, after = now + (int64_t)wait;
    for (int64_t more = 1; (wall ? wall_at(c, after) : mono_at(c, after)) < reading; more *= 2) {
        before = after;
        after += more;
    }
    for (int64_t back = 1; after - back > before; back *= 2) {
        const int64_t t = after - back;
        if ((wall ? wall_at(c, t) : mono_at(c, t)) >= reading) {
            after = t;
        } else {
            before = t;
            break;
        }
    }
    while (after - before > 1) {
        const int64_t middle = before + (after - before) / 2;
        if ((wall ? wall_at(c, middle) : mono_at(c, middle)) >= reading)
            after = middle;
        else
            before = middle;
    }
    return after;
}

int64_t clock_mono_due(const struct clock *c, int64_t now, int64_t reading) {
    if (c->drift_ppb == 0) { /* nearly always: no division */
        const int64_t here = c->mono_ns + (now - c->since_ns);
        return reading <= here ? now : add_sat(now, reading - here);
    }
    return due(c, now, reading, false);
}

int64_t clock_wall_due(const struct clock *c, int64_t now, int64_t reading) {
    return due(c, now, reading, true);
}
