/*
 * What replay does to queries on a standby (standby.c; manual 27.4.2 "Handling Query Conflicts").
 *
 * Before it applies a record that some query is in the way of, the startup process waits, until the
 * queries have ended or its patience is over: max_standby_streaming_delay (or _archive_delay) after
 * the WAL was received. That is no grace for each query, but for replay as a whole: the clock is
 * XLogReceiptTime, which moves on only when replay has caught up with what was received
 * (GetStandbyLimitTime; xlogrecovery.c, WaitForWALToBecomeAvailable). So a standby that is behind
 * already cancels at once.
 *
 *   snapshot    vacuum removes rows that a query may still see
 *   tablespace  DROP TABLESPACE, while some query has temporary files in it: all queries go
 *   lock        an ACCESS EXCLUSIVE lock on a table that queries read
 *   bufferpin   vacuum cleans a page that a query has pinned
 *   deadlock    a query waits for a lock that the startup process holds, and has a page pinned
 *               that it waits for (after deadlock_timeout)
 *
 * For a snapshot or a tablespace the startup process sleeps and looks, 1 ms and then twice as long
 * each time, up to 1 s, one query after the other (WaitExceedsMaxStandbyDelay): it may notice the
 * end of a query, or of its own patience, up to a second late. For a lock or a pin it is woken.
 */
#include "postgres/internal.h"

static const int64_t first_sleep_ns = 1000000, longest_sleep_ns = 1000000000,
                     after_cancel_ns = 5000000;

/* postgres.c, errdetail_recovery_conflict. */
const char *const conflict_details[CONFLICT_KINDS] = {
    [CONFLICT_TABLESPACE] = "User was or might have been using tablespace that must be dropped.",
    [CONFLICT_LOCK] = "User was holding a relation lock for too long.",
    [CONFLICT_SNAPSHOT] = "User query might have needed to see row versions that must be removed.",
    [CONFLICT_BUFFERPIN] = "User was holding shared buffer pin for too long.",
    [CONFLICT_DEADLOCK] = "User transaction caused buffer deadlock with recovery.",
};

/* ---- for how long: GetStandbyLimitTime ---- */

/* The startup process looks for more than it knew of: only when it has caught up with what was
 * received before the last flush is what it finds now "received now". */
void conflict_receipt(struct postgres *p, const struct wal_record *r, const struct sim_event *e) {
    struct conflict *c = &p->conflict;
    bool first;
    if (restore_opens(p, r,
                      &first)) { /* XLogFileRead: when a segment is opened, unlike streaming */
        if (first) c->receipt_wall_ns = e->now.wall_ns;
        c->receipt_from_archive = true;
        return;
    }
    if (r->start < c->known_flushed) return;
    c->known_flushed = p->wal.flushed;
    if (p->receiver.chunk_start <= r->start) {
        c->receipt_wall_ns = e->now.wall_ns;
        c->receipt_from_archive = p->receiver.state != RECEIVER_STREAMING;
    }
}

static bool is_patient(const struct postgres *p, const struct sim_event *e, int64_t *limit_ns) {
    const struct conflict *c = &p->conflict;
    const int64_t delay_ns = c->receipt_from_archive ? p->set.standby_archive_delay_ns
                                                     : p->set.standby_streaming_delay_ns;
    *limit_ns = delay_ns < 0 ? SIM_NONE : c->receipt_wall_ns + delay_ns;
    return *limit_ns == SIM_NONE || e->now.wall_ns < *limit_ns;
}

/* ---- the cancel ---- */

static void tell(struct postgres *p, uint32_t i, enum conflict_kind kind, bool was_idle,
                 const struct sim_event *e, struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    if (b->kind == BACKEND_STATEMENT) {
        backend_respond(p, i, (struct client_response){.status = CLIENT_RETRY, .node = SIM_NONE},
                        out);
        backend_leave(p, i, e, out);
        return;
    }
    struct text said = {0};
    if (kind == CONFLICT_NONE) {
        text_add(&said, "ERROR: 40P01: deadlock detected");
    } else {
        text_add(&said, "%s: 40001: %s due to conflict with recovery\nDETAIL: %s",
                 was_idle ? "FATAL" : "ERROR",
                 was_idle ? "terminating connection" : "canceling statement",
                 conflict_details[kind]);
        if (was_idle)
            text_add(&said, "\nHINT: In a moment you should be able to reconnect to the database "
                            "and repeat your command.");
    }
    query_end(p, i, false, text_string(&said), e, out);
    text_free(&said);
}

/* Kind NONE: the backend finds a deadlock itself. */
void backend_cancel(struct postgres *p, uint32_t i, enum conflict_kind kind,
                    const struct sim_event *e, struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    const bool was_idle = b->stage == BACKEND_IDLE_IN_TRANSACTION;
    if (kind == CONFLICT_NONE) {
        p->conflict.deadlocks++;
        sim_note(out, NOTE_DEADLOCK, b->vxid);
    } else {
        p->conflict.cancelled[kind]++;
        sim_note(out, NOTE_CANCELS, b->vxid, kind, was_idle, e->now.mono_ns - p->conflict.since_ns);
    }
    if (b->stage == BACKEND_WORKS) sim_cancel(out, LANE_BACKEND + i, i);
    if (was_idle) sim_disarm(out, with_kind(TIMER_BACKEND, i));
    tell(p, i, kind, was_idle, e, out);
}

/* ---- waiting ---- */

static void begin(struct postgres *p, enum conflict_kind kind, int64_t in_the_way,
                  const struct sim_event *e, struct sim_out *out) {
    struct conflict *c = &p->conflict;
    if (c->kind == kind) return;
    int64_t limit_ns;
    is_patient(p, e, &limit_ns);
    c->kind = kind;
    c->since_ns = e->now.mono_ns;
    c->deadlock_at_ns = e->now.mono_ns + p->set.deadlock_timeout_ns;
    c->deadlock_checked = c->listed = false;
    const int64_t patience_ns = limit_ns == SIM_NONE ? 0 : limit_ns - e->now.wall_ns;
    sim_note(out, NOTE_CONFLICT_WAITS, kind, in_the_way, limit_ns == SIM_NONE,
             patience_ns > 0 ? patience_ns : 0);
}

static bool over(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct conflict *c = &p->conflict;
    if (c->kind == CONFLICT_NONE) return true;
    sim_note(out, NOTE_CONFLICT_OVER, c->kind, e->now.mono_ns - c->since_ns);
    c->kind = CONFLICT_NONE;
    sim_disarm(out, with_kind(TIMER_CONFLICT, 0));
    sim_disarm(out, with_kind(TIMER_CONFLICT_LIMIT, 0));
    return true;
}

static void list_begin(struct conflict *c) {
    c->victim_count = c->victim_at = 0;
    c->sleep_ns = first_sleep_ns;
    c->listed = true;
}

static void list_add(struct postgres *p, uint32_t i) {
    struct conflict *c = &p->conflict;
    if (!c->victims) {
        c->victim_capacity = (size_t)p->set.max_connections;
        c->victims = memory_take(p->memory, c->victim_capacity * sizeof *c->victims);
    }
    c->victims[c->victim_count++] = (struct victim){i, p->backends[i].vxid};
}

static bool is_gone(const struct postgres *p, struct victim v) {
    return p->backends[v.backend].stage == BACKEND_IDLE || p->backends[v.backend].vxid != v.vxid;
}

/* ResolveRecoveryConflictWithVirtualXIDs: true when all of the list have gone. */
static bool list_resolved(struct postgres *p, enum conflict_kind kind, const struct sim_event *e,
                          struct sim_out *out) {
    struct conflict *c = &p->conflict;
    for (; c->victim_at < c->victim_count; c->victim_at++, c->sleep_ns = first_sleep_ns) {
        const struct victim v = c->victims[c->victim_at];
        if (is_gone(p, v)) continue;
        int64_t limit_ns, sleep_ns = c->sleep_ns;
        if (is_patient(p, e, &limit_ns)) {
            c->sleep_ns = sleep_ns * 2 < longest_sleep_ns ? sleep_ns * 2 : longest_sleep_ns;
        } else {
            backend_cancel(p, v.backend, kind, e, out);
            sleep_ns = after_cancel_ns;
        }
        sim_arm(out, with_kind(TIMER_CONFLICT, 0), e->now.mono_ns + sleep_ns);
        return false;
    }
    return true;
}

/* ---- one kind after the other ---- */

static bool is_open(const struct backend *b) { return b->stage != BACKEND_IDLE; }

static bool snapshots_resolved(struct postgres *p, int64_t latest_removed,
                               const struct sim_event *e, struct sim_out *out) {
    struct conflict *c = &p->conflict;
    if (c->kind != CONFLICT_SNAPSHOT) {
        list_begin(c);
        for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++) {
            const struct backend *b = &p->backends[i];
            if (is_open(b) && b->xmin > 0 && b->xmin <= latest_removed) list_add(p, i);
        }
        if (c->victim_count == 0) return true;
        begin(p, CONFLICT_SNAPSHOT, (int64_t)c->victim_count, e, out);
    }
    return list_resolved(p, CONFLICT_SNAPSHOT, e, out) && over(p, e, out);
}

bool tablespace_in_use(const struct postgres *p, uint32_t which) {
    for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++) {
        const struct backend *b = &p->backends[i];
        if (is_open(b) && b->kind == BACKEND_QUERY && b->query.temp_tablespace == which)
            return true;
    }
    return false;
}

/* ResolveRecoveryConflictWithTablespace: nobody knows whose the files are, so all must go. */
static bool tablespace_resolved(struct postgres *p, uint32_t which, const struct sim_event *e,
                                struct sim_out *out) {
    struct conflict *c = &p->conflict;
    if (c->kind != CONFLICT_TABLESPACE) {
        if (!tablespace_in_use(p, which)) return true;
        list_begin(c);
        for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++)
            if (is_open(&p->backends[i])) list_add(p, i);
        begin(p, CONFLICT_TABLESPACE, (int64_t)c->victim_count, e, out);
    }
    return list_resolved(p, CONFLICT_TABLESPACE, e, out) && over(p, e, out);
}

/* Woken at the limit, or once when a deadlock may have come to be. */
static void wait_for_signal(struct postgres *p, int64_t limit_ns, struct sim_out *out) {
    const struct conflict *c = &p->conflict;
    if (limit_ns != SIM_NONE) sim_arm_wall(out, with_kind(TIMER_CONFLICT_LIMIT, 0), limit_ns);
    if (!c->deadlock_checked) sim_arm(out, with_kind(TIMER_CONFLICT, 0), c->deadlock_at_ns);
}

static bool deadlock_is_due(struct postgres *p, const struct sim_event *e) {
    struct conflict *c = &p->conflict;
    if (c->deadlock_checked || e->now.mono_ns < c->deadlock_at_ns) return false;
    c->deadlock_checked = true;
    return true;
}

static bool waits_for_startup(const struct postgres *p, const struct backend *b) {
    return b->stage == BACKEND_WAITS_RELATION &&
           p->catalog.relations[b->waits_for - 1].exclusive == STARTUP;
}

static bool holds(const struct backend *b, uint32_t which) {
    for (uint32_t i = 0; i < b->weak_count; i++)
        if (b->weak[i] == which) return true;
    return false;
}

/* ResolveRecoveryConflictWithLock. */
static bool lock_resolved(struct postgres *p, const struct wal_record *r, const struct sim_event *e,
                          struct sim_out *out) {
    struct conflict *c = &p->conflict;
    if (r->a < 0 || r->a >= (int64_t)p->catalog.relation_count) return true;
    const uint32_t which = (uint32_t)r->a;
    struct relation *relation = &p->catalog.relations[which];
    if (relation->exclusive == STARTUP && relation->exclusive_xid == r->xid) return true;
    if (relation->weak_holders > 0) {
        begin(p, CONFLICT_LOCK, relation->weak_holders, e, out);
        relation->startup_waits = true;
    }
    if (deadlock_is_due(p, e))
        for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++)
            if (holds(&p->backends[i], which) && waits_for_startup(p, &p->backends[i]))
                backend_cancel(p, i, CONFLICT_NONE, e, out);
    while (relation->weak_holders > 0) {
        int64_t limit_ns;
        if (is_patient(p, e, &limit_ns)) {
            wait_for_signal(p, limit_ns, out);
            return false;
        }
        if (!c->listed) {
            list_begin(c);
            for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++)
                if (is_open(&p->backends[i]) && holds(&p->backends[i], which)) list_add(p, i);
        }
        if (!list_resolved(p, CONFLICT_LOCK, e, out)) return false;
        c->listed = false;
    }
    relation->startup_waits = false;
    relation->exclusive = STARTUP;
    relation->exclusive_xid = r->xid;
    return over(p, e, out);
}

static int64_t pins(const struct postgres *p, int64_t page) {
    int64_t count = 0;
    for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++)
        count += is_open(&p->backends[i]) && p->backends[i].kind == BACKEND_QUERY &&
                 p->backends[i].query.pinned_page == page;
    return count;
}

bool page_is_pinned(const struct postgres *p, int64_t page) { return pins(p, page) > 0; }

/* ResolveRecoveryConflictWithBufferPin. */
static bool pin_resolved(struct postgres *p, int64_t page, const struct sim_event *e,
                         struct sim_out *out) {
    const int64_t count = pins(p, page);
    if (count == 0) return p->conflict.kind == CONFLICT_BUFFERPIN ? over(p, e, out) : true;
    begin(p, CONFLICT_BUFFERPIN, count, e, out);
    const bool looks_for_deadlock = deadlock_is_due(p, e);
    if (looks_for_deadlock) { /* and again, as long as it waits for the pin */
        p->conflict.deadlock_checked = false;
        p->conflict.deadlock_at_ns = e->now.mono_ns + p->set.deadlock_timeout_ns;
    }
    int64_t limit_ns;
    const bool patient = is_patient(p, e, &limit_ns);
    for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++) {
        const struct backend *b = &p->backends[i];
        if (!is_open(b) || b->kind != BACKEND_QUERY || b->query.pinned_page != page) continue;
        if (looks_for_deadlock && waits_for_startup(p, b))
            backend_cancel(p, i, CONFLICT_DEADLOCK, e, out);
        else if (!patient)
            backend_cancel(p, i, CONFLICT_BUFFERPIN, e, out);
    }
    if (pins(p, page) == 0) return over(p, e, out);
    wait_for_signal(p, limit_ns, out);
    return false;
}

static bool resolved(struct postgres *p, const struct wal_record *r, const struct sim_event *e,
                     struct sim_out *out) {
    if (r->type == WAL_LOCK && p->standby) return lock_resolved(p, r, e, out);
    if (!p->set.hot_standby || !p->consistent || has_bug(p, BUG_IGNORE_CONFLICTS)) return true;
    if (r->type == WAL_PRUNE) {
        const bool snapshots_done = p->conflict.kind == CONFLICT_BUFFERPIN;
        return (snapshots_done || snapshots_resolved(p, r->b, e, out)) &&
               pin_resolved(p, r->a, e, out);
    }
    if (r->type == WAL_DROP_TABLESPACE) return tablespace_resolved(p, (uint32_t)r->a, e, out);
    return true;
}

/* Is nobody in the record's way (any more)? Else startup_resume asks again. */
bool conflict_resolved(struct postgres *p, const struct wal_record *r, const struct sim_event *e,
                       struct sim_out *out) {
    p->conflict.resolving = true;
    const bool yes = resolved(p, r, e, out);
    p->conflict.resolving = false;
    return yes;
}
