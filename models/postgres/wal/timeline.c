/*
 * Timelines (timeline.c; manual 26.3.5): which history a log belongs to.
 *
 * A promotion begins a new timeline at the end of what was replayed. A server knows its ancestors,
 * and where each was left. Whoever has more of an ancestor than that has another history.
 *
 * Smaller than PostgreSQL: the number is the last one plus 1; PostgreSQL looks into the archive for
 * numbers that others have taken. Two standbys promoted apart from each other take the same.
 */
#include "postgres/internal.h"

int64_t timeline_at(const struct control *c, int64_t lsn) {
    for (uint32_t i = 0; i < c->history.count; i++)
        if (lsn < c->history.of[i].end) return c->history.of[i].timeline;
    return c->timeline;
}

int64_t timeline_end(const struct control *c, int64_t timeline) {
    if (timeline == c->timeline) return INT64_MAX;
    for (uint32_t i = 0; i < c->history.count; i++)
        if (c->history.of[i].timeline == timeline) return c->history.of[i].end;
    return 0;
}

int64_t timeline_before(const struct control *c) {
    return c->history.count > 0 ? c->history.of[c->history.count - 1].timeline : 0;
}

int64_t timeline_began(const struct control *c) {
    return c->history.count > 0 ? c->history.of[c->history.count - 1].end : 0;
}

void timeline_switch(struct control *c, int64_t timeline, int64_t lsn) {
    struct timeline_history *h = &c->history;
    if (h->count == TIMELINES_KEPT) { /* the oldest is forgotten: nobody is that far behind */
        h->count--;
        memmove(&h->of[0], &h->of[1], h->count * sizeof h->of[0]);
    }
    h->of[h->count].timeline = c->timeline;
    h->of[h->count++].end = lsn;
    c->timeline = timeline;
}

void put_history(struct writer *w, const struct timeline_history *h) {
    put_u32(w, h->count);
    for (uint32_t i = 0; i < h->count; i++) {
        put_i64(w, h->of[i].timeline);
        put_i64(w, h->of[i].end);
    }
}

bool get_history(struct reader *r, struct timeline_history *h) {
    h->count = get_u32(r);
    if (r->bad || h->count > TIMELINES_KEPT) return false;
    for (uint32_t i = 0; i < h->count; i++) {
        h->of[i].timeline = get_i64(r);
        h->of[i].end = get_i64(r);
    }
    return !r->bad;
}
