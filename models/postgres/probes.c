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

int64_t postgres_probe(const void *state, size_t which, const struct sim_clocks *now) {
    const struct postgres *p = state;
    const enum pg_probe probe = (enum pg_probe)which;
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
