/*
 * Table locks (lock.c; manual 13.3.1), as far as AccessExclusiveLock is concerned: whoever reads or
 * writes a table holds it weakly, together with others; ALTER, TRUNCATE, DROP and LOCK TABLE want
 * it for themselves. First come, first served: behind one who waits for the whole table, the others
 * wait too.
 *
 * On a standby only the startup process takes a table for itself, for a transaction of the primary,
 * until that one's commit is replayed. While it waits for queries to leave the table, new ones
 * wait behind it.
 */
#include "postgres/internal.h"

static void hold(struct postgres *p, uint32_t i, uint32_t which, bool exclusive) {
    struct backend *b = &p->backends[i];
    struct relation *relation = &p->catalog.relations[which];
    b->waits_for = 0;
    if (exclusive) {
        relation->exclusive = i + 1;
        b->exclusive = which + 1;
    } else {
        relation->weak_holders++;
        b->weak[b->weak_count++] = which;
    }
}

bool relation_lock(struct postgres *p, uint32_t i, uint32_t which, bool exclusive,
                   struct sim_out *out) {
    struct backend *b = &p->backends[i];
    struct relation *relation = &p->catalog.relations[which];
    const bool free = !relation->exclusive && !relation->startup_waits &&
                      relation->waiters.count == 0 && !(exclusive && relation->weak_holders > 0);
    if (free) {
        hold(p, i, which, exclusive);
        return true;
    }
    sim_note(out, NOTE_WAITS_RELATION, exclusive, which, relation->weak_holders,
             relation->exclusive != 0);
    b->stage = BACKEND_WAITS_RELATION;
    b->waits_for = which + 1;
    b->wants_exclusive = exclusive;
    queue_push(p, &relation->waiters, i);
    return false;
}

void relation_granted(struct postgres *p, uint32_t which, const struct sim_event *e,
                      struct sim_out *out) {
    struct relation *relation = &p->catalog.relations[which];
    if (relation->startup_waits) {
        if (relation->weak_holders == 0) startup_resume(p, e, out);
        return;
    }
    while (relation->waiters.head && !relation->exclusive) {
        const uint32_t i = relation->waiters.head - 1;
        const bool exclusive = p->backends[i].wants_exclusive;
        if (exclusive && relation->weak_holders > 0) return;
        queue_pop(p, &relation->waiters);
        hold(p, i, which, exclusive);
        backend_granted(p, i, e, out);
    }
}

/* Of a backend that has left: `b` is what it was. */
void relation_unlock_all(struct postgres *p, struct backend b, const struct sim_event *e,
                         struct sim_out *out) {
    for (uint32_t i = 0; i < b.weak_count; i++) {
        p->catalog.relations[b.weak[i]].weak_holders--;
        relation_granted(p, b.weak[i], e, out);
    }
    if (!b.exclusive) return;
    p->catalog.relations[b.exclusive - 1].exclusive = 0;
    relation_granted(p, b.exclusive - 1, e, out);
}

void relation_stop_waiting(struct postgres *p, uint32_t i, const struct sim_event *e,
                           struct sim_out *out) {
    struct backend *b = &p->backends[i];
    if (!b->waits_for) return;
    const uint32_t which = b->waits_for - 1;
    queue_remove(p, &p->catalog.relations[which].waiters, i);
    b->waits_for = 0;
    relation_granted(p, which, e, out);
}

/* ---- the startup process's: StandbyReleaseLocks ---- */

static void startup_unlock(struct postgres *p, uint32_t which, const struct sim_event *e,
                           struct sim_out *out) {
    p->catalog.relations[which].exclusive = 0;
    relation_granted(p, which, e, out);
}

void startup_unlocks(struct postgres *p, int64_t xid, const struct sim_event *e,
                     struct sim_out *out) {
    for (uint32_t i = 0; i < p->catalog.relation_count; i++) {
        const struct relation *relation = &p->catalog.relations[i];
        if (relation->exclusive == STARTUP && relation->exclusive_xid == xid)
            startup_unlock(p, i, e, out);
    }
}

void startup_unlocks_before(struct postgres *p, int64_t oldest_xid, const struct sim_event *e,
                            struct sim_out *out) {
    for (uint32_t i = 0; i < p->catalog.relation_count; i++) {
        const struct relation *relation = &p->catalog.relations[i];
        if (relation->exclusive == STARTUP && relation->exclusive_xid < oldest_xid)
            startup_unlock(p, i, e, out);
    }
}
