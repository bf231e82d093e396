/*
 * With versions: the order of the writes is told, so an operation is compared with two others, the
 * latest write and the latest read that its session has seen completed. O(operations).
 */
#include "check/session/internal.h"

/* A read or a write at its place in the order. */
struct point {
    uint32_t operation; /* NONE: there is none */
    uint32_t place;
    bool is_null; /* before all writes */
    int64_t version;
};
struct versions {
    struct judge *judge;
    struct point read, write; /* the latest completed of the session */
};

static const struct point no_point = {.operation = NONE};

static bool is_before(const struct point *a, const struct point *b) {
    return !b->is_null && (a->is_null || a->version < b->version);
}

static struct point read_point(const struct judge *j, uint32_t number) {
    const struct operation *o = operation(j, number);
    const uint32_t place = place_read(j, o);
    if (place == NONE) return no_point;
    const struct place *p = &j->places[place];
    struct point at = {number, place, place == 0, o->version};
    if (place == 0 || (o->has_version && o->f == j->read)) return at;
    at.version = p->version;
    return p->version_by != NONE && p->second_writer == NONE ? at : no_point;
}

static struct point write_point(const struct judge *j, uint32_t number) {
    const struct operation *o = operation(j, number);
    const uint32_t place = place_written(j, o);
    if (place == NONE) return no_point;
    const struct place *p = &j->places[place];
    if (o->has_version) return (struct point){number, place, false, o->version};
    if (p->version_by == NONE) return no_point;
    return (struct point){number, place, false, p->version};
}

static void begin(void *context) {
    struct versions *v = context;
    v->read = v->write = no_point;
}

static void keep_latest(struct point *latest, struct point p) {
    if (p.operation != NONE && (latest->operation == NONE || is_before(latest, &p))) *latest = p;
}

static bool completed(void *context, uint32_t number) {
    struct versions *v = context;
    keep_latest(&v->read, read_point(v->judge, number));
    keep_latest(&v->write, write_point(v->judge, number));
    return true;
}

static bool breach(struct versions *v, enum guarantee g, const struct point *earlier,
                   const struct point *later) {
    const struct place *places = v->judge->places;
    const struct breach b = {.guarantee = g,
                             .earlier = earlier->operation,
                             .later = later->operation,
                             .first = &places[earlier->place],
                             .second = &places[later->place],
                             .has_versions = true,
                             .second_is_null = later->is_null,
                             .first_version = earlier->version,
                             .second_version = later->version};
    return report_breach(v->judge, &b);
}

/* A read may see what was seen before; a write must be a later one. */
static bool check_read(struct versions *v, const struct point *earlier, const struct point *read,
                       enum guarantee g) {
    if (earlier->operation == NONE || !is_before(read, earlier)) return true;
    return breach(v, g, earlier, read);
}
static bool check_write(struct versions *v, const struct point *earlier, const struct point *write,
                        enum guarantee g) {
    if (earlier->operation == NONE || is_before(earlier, write)) return true;
    return breach(v, g, earlier, write);
}

static bool invoked(void *context, uint32_t number) {
    struct versions *v = context;
    const struct point read = read_point(v->judge, number), write = write_point(v->judge, number);
    const struct before before = {v->read.operation != NONE, v->write.operation != NONE};
    count_judged(v->judge, &before, read.operation != NONE, write.operation != NONE);
    if (read.operation != NONE && (!check_read(v, &v->write, &read, READ_YOUR_WRITES) ||
                                   !check_read(v, &v->read, &read, MONOTONIC_READS)))
        return false;
    if (write.operation == NONE) return true;
    struct point seen = v->read; /* an rmw has seen what it read itself */
    keep_latest(&seen, read);
    return check_write(v, &v->write, &write, MONOTONIC_WRITES) &&
           check_write(v, &seen, &write, WRITES_FOLLOW_READS);
}

bool judge_by_versions(struct judge *j) {
    struct versions v = {.judge = j};
    return sweep_sessions(j, &(struct sweep){&v, begin, completed, invoked});
}
