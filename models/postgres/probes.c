/*
 * What can be plotted. On a primary with several standbys, the figures of a standby are those of
 * the one that is furthest behind in each. SIM_NONE where a figure has no meaning: a gap in the
 * series.
 */
#include "postgres/internal.h"

static int64_t worst_lag_ns(const struct postgres *p, enum lag_head head) {
    int64_t worst = SIM_NONE;
    for (int64_t i = 0; i < p->set.max_wal_senders; i++) {
        const struct sender *s = &p->senders[i];
        if (s->state != SENDER_NONE && s->lag_ns[head] > worst) worst = s->lag_ns[head];
    }
    return worst;
}

static int64_t worst_bytes(const struct postgres *p, bool send) {
    const int64_t end = is_primary(p) ? p->wal.inserted : p->wal.flushed;
    int64_t worst = SIM_NONE;
    for (int64_t i = 0; i < p->set.max_wal_senders; i++) {
        const struct sender *s = &p->senders[i];
        if (s->state < SENDER_CATCHUP || (!send && !s->has_reply)) continue;
        const int64_t bytes = send ? end - s->sent : s->sent - s->positions[LAG_APPLY];
        if (bytes > worst) worst = bytes;
    }
    return worst;
}

static int64_t standbys(const struct postgres *p) {
    int64_t count = 0;
    for (int64_t i = 0; i < p->set.max_wal_senders; i++)
        count += p->senders[i].state >= SENDER_CATCHUP;
    return count;
}

static int64_t of_standby(const struct postgres *p, enum pg_probe probe,
                          const struct sim_clocks *now) {
    const struct replay *v = &p->replay;
    const bool measured = v->last_commit > 0 && p->stage == STAGE_STANDBY;
    switch (probe) {
    case PROBE_RECEIVE_LSN: return p->wal.flushed;
    case PROBE_REPLAY_LSN: return v->lsn;
    case PROBE_RECEIVED_NOT_REPLAYED_BYTES: return p->wal.flushed - v->lsn;
    case PROBE_BEHIND_UPSTREAM_BYTES:
        return p->receiver.upstream_end > v->lsn ? p->receiver.upstream_end - v->lsn : 0;
    case PROBE_XACT_REPLAY_AGE:
        return v->last_xact_wall_ns == SIM_NONE ? SIM_NONE : now->wall_ns - v->last_xact_wall_ns;
    case PROBE_LAG_NETWORK: return measured ? v->lag_network_ns : SIM_NONE;
    case PROBE_LAG_WRITE: return measured ? v->lag_write_ns : SIM_NONE;
    case PROBE_LAG_FLUSH: return measured ? v->lag_flush_ns : SIM_NONE;
    case PROBE_LAG_REPLAY: return measured ? v->lag_replay_ns : SIM_NONE;
    default: return SIM_NONE;
    }
}

static int64_t conflicts(const struct postgres *p) {
    int64_t sum = 0;
    for (int kind = 0; kind < CONFLICT_KINDS; kind++) sum += p->conflict.cancelled[kind];
    return sum;
}

static int64_t queries(const struct postgres *p) {
    int64_t count = 0;
    for (int64_t i = 0; i < p->set.max_connections; i++)
        count += p->backends[i].kind == BACKEND_QUERY && p->backends[i].stage != BACKEND_IDLE;
    return count;
}

static int64_t dead_rows_kept(const struct postgres *p) {
    const int64_t horizon = oldest_xmin(p);
    int64_t rows = 0, latest;
    for (size_t i = 0; i < p->table.page_count; i++)
        rows += p->table.pages[i].dead_rows - page_removable(&p->table.pages[i], horizon, &latest);
    return rows;
}

static int64_t of_tables(const struct postgres *p, enum pg_probe probe) {
    int64_t sum = 0;
    for (size_t i = 0; i < p->catalog.relation_count; i++) {
        const struct relation *r = &p->catalog.relations[i];
        if (r->exists) sum += probe == PROBE_DEAD_ROWS ? r->dead_rows : relation_bytes(p, r);
    }
    return sum;
}

static int64_t of_queries(const struct postgres *p, enum pg_probe probe,
                          const struct sim_clocks *now) {
    const struct conflict *c = &p->conflict;
    switch (probe) {
    case PROBE_CONFLICTS: return conflicts(p);
    case PROBE_CONFL_TABLESPACE: return c->cancelled[CONFLICT_TABLESPACE];
    case PROBE_CONFL_LOCK: return c->cancelled[CONFLICT_LOCK];
    case PROBE_CONFL_SNAPSHOT: return c->cancelled[CONFLICT_SNAPSHOT];
    case PROBE_CONFL_BUFFERPIN: return c->cancelled[CONFLICT_BUFFERPIN];
    case PROBE_CONFL_DEADLOCK: return c->cancelled[CONFLICT_DEADLOCK];
    case PROBE_REPLAY_WAITS: return c->kind == CONFLICT_NONE ? 0 : now->mono_ns - c->since_ns;
    case PROBE_QUERIES: return queries(p);
    case PROBE_DEAD_ROWS:
    case PROBE_TABLE_BYTES: return of_tables(p, probe);
    case PROBE_DEAD_ROWS_KEPT: return dead_rows_kept(p);
    case PROBE_XMIN_AGE: return p->next_xid - oldest_xmin(p);
    default: return SIM_NONE;
    }
}

static int64_t of_archiving(const struct postgres *p, enum pg_probe probe) {
    if (probe == PROBE_READY_SEGMENTS) return archiver_ready(p);
    return p->set.archive != NOBODY && !is_primary(p) ? p->restore.segments : SIM_NONE;
}

int64_t postgres_probe(const void *state, size_t which, const struct sim_clocks *now) {
    const struct postgres *p = state;
    const enum pg_probe probe = (enum pg_probe)which;
    if (probe >= PROBE_READY_SEGMENTS) return of_archiving(p, probe);
    if (probe >= PROBE_CONFLICTS) return of_queries(p, probe, now);
    const bool primary = is_primary(p);
    switch (probe) {
    case PROBE_WAL_INSERT_LSN: return primary ? p->wal.inserted : SIM_NONE;
    case PROBE_WAL_FLUSH_LSN: return p->wal.flushed;
    case PROBE_STANDBYS: return standbys(p);
    case PROBE_SEND_LAG_BYTES: return worst_bytes(p, true);
    case PROBE_REPLAY_LAG_BYTES: return worst_bytes(p, false);
    case PROBE_WRITE_LAG: return worst_lag_ns(p, LAG_WRITE);
    case PROBE_FLUSH_LAG: return worst_lag_ns(p, LAG_FLUSH);
    case PROBE_REPLAY_LAG: return worst_lag_ns(p, LAG_APPLY);
    case PROBE_SYNC_WAITERS:
        return p->sync_queues[LAG_WRITE].count + p->sync_queues[LAG_FLUSH].count +
               p->sync_queues[LAG_APPLY].count;
    case PROBE_COMMITS: return primary ? p->commits : p->replay.commits;
    case PROBE_COMMITS_AT_RISK: return primary ? commits_at_risk(p) : SIM_NONE;
    case PROBE_WAL_KEPT_BYTES: return (int64_t)p->wal.count * SEGMENT_BYTES;
    case PROBE_IN_RECOVERY: return !primary;
    case PROBE_BACKENDS_ACTIVE: return p->set.max_connections - (int64_t)p->free_count;
    default: return p->standby ? of_standby(p, probe, now) : SIM_NONE;
    }
}
