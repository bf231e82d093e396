/*
 * The statistics views, with PostgreSQL's columns (manual 28.2.4 pg_stat_replication, 28.2.6
 * pg_stat_wal_receiver, 54.19 pg_replication_slots) and the figures that practice derives from
 * them. What each column means is in tables.c, beside its name.
 */
#include "postgres/internal.h"

const char *sender_state_name(enum sender_state state) {
    static const char *const names[] = {NULL, "startup", "catchup", "streaming"};
    return names[state];
}

static const char *sync_state(const struct postgres *p, uint32_t i) {
    const struct sender *s = &p->senders[i];
    if (s->priority == 0 || s->positions[LAG_FLUSH] == 0) return "async";
    if (!sync_is_candidate(p, i)) return "potential";
    return p->set.sync_names.method == SYNC_FIRST ? "sync" : "quorum";
}

static int64_t or_null(int64_t lsn) { return lsn > 0 ? lsn : SIM_NONE; }

static void stat_replication(const struct postgres *p, struct sim_rows *rows) {
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++) {
        const struct sender *s = &p->senders[i];
        if (s->state == SENDER_NONE) continue;
        sim_cell(rows, i + 1);
        sim_cell(rows, s->standby);
        sim_cell_text(rows, s->name);
        sim_cell_text(rows, sender_state_name(s->state));
        sim_cell(rows, or_null(s->sent));
        for (int head = 0; head < LAG_HEADS; head++) sim_cell(rows, or_null(s->positions[head]));
        for (int head = 0; head < LAG_HEADS; head++) sim_cell(rows, s->lag_ns[head]);
        sim_cell(rows, s->positions[LAG_FLUSH] > 0 ? s->priority : 0);
        sim_cell_text(rows, sync_state(p, i));
        sim_cell(rows, s->has_reply ? s->reply_wall_ns : SIM_NONE);
        const int64_t end = is_primary(p) ? p->wal.inserted : p->wal.flushed;
        sim_cell(rows, s->sent > 0 ? end - s->sent : SIM_NONE);
        sim_cell(rows, s->has_reply ? s->sent - s->positions[LAG_APPLY] : SIM_NONE);
    }
}

static void replication_slots(const struct postgres *p, struct sim_rows *rows) {
    static const char *const status[] = {NULL, "reserved", "extended", "unreserved", "lost"};
    for (uint32_t i = 0; i < SLOTS_MAX; i++) {
        const struct slot *s = &p->slots[i];
        if (!s->used) continue;
        const enum wal_status is = slot_status(p, s);
        sim_cell_text(rows, s->name);
        sim_cell_text(rows, "physical");
        sim_cell(rows, s->sender != NOBODY);
        sim_cell(rows, s->sender != NOBODY ? s->sender + 1 : SIM_NONE);
        sim_cell(rows, s->lost ? SIM_NONE : or_null(s->restart_lsn));
        sim_cell_text(rows, status[is]);
        const bool limited = p->set.max_slot_wal_keep_size >= 0 && is != WAL_LOST &&
                             s->restart_lsn > 0;
        const int64_t end = is_primary(p) ? p->wal.inserted : p->replay.lsn;
        sim_cell(rows, limited ? s->restart_lsn - s->restart_lsn % SEGMENT_BYTES + SEGMENT_BYTES +
                                     p->set.max_slot_wal_keep_size - end
                               : SIM_NONE);
    }
}

static const char *receiver_status_name(const struct receiver *v) {
    switch (v->state) {
    case RECEIVER_STOPPED: return "stopped";
    case RECEIVER_WAITING: return "waiting";
    case RECEIVER_CONNECTING: return "starting";
    case RECEIVER_STREAMING: return "streaming";
    }
    return NULL;
}

static void stat_wal_receiver(const struct postgres *p, struct sim_rows *rows) {
    const struct receiver *v = &p->receiver;
    if (v->state != RECEIVER_STREAMING && v->state != RECEIVER_CONNECTING) return;
    sim_cell_text(rows, receiver_status_name(v));
    sim_cell(rows, p->wal.written);
    sim_cell(rows, p->wal.flushed);
    sim_cell(rows, p->control.timeline);
    sim_cell(rows, v->last_sender_ns ? v->last_sender_ns : SIM_NONE);
    sim_cell(rows, v->last_receipt_ns ? v->last_receipt_ns : SIM_NONE);
    sim_cell(rows, or_null(v->upstream_end));
    sim_cell_text(rows, p->set.slot_name[0] ? p->set.slot_name : NULL);
    sim_cell(rows, p->set.upstream);
}

static void recovery(const struct postgres *p, const struct sim_clocks *now,
                     struct sim_rows *rows) {
    const bool in_recovery = !is_primary(p);
    const int64_t xact_ns = p->replay.last_xact_wall_ns;
    sim_cell(rows, in_recovery);
    sim_cell(rows, p->standby ? p->wal.flushed : SIM_NONE);
    sim_cell(rows, p->standby ? p->replay.lsn : SIM_NONE);
    sim_cell(rows, xact_ns);
    sim_cell(rows, xact_ns == SIM_NONE ? SIM_NONE : now->wall_ns - xact_ns);
    sim_cell(rows, p->standby ? p->wal.flushed - p->replay.lsn : SIM_NONE);
    sim_cell(rows, is_primary(p) ? p->wal.inserted : SIM_NONE);
    sim_cell(rows, is_primary(p) ? p->wal.flushed : SIM_NONE);
    sim_cell(rows, p->control.timeline);
}

void postgres_view(const void *state, size_t view, const struct sim_clocks *now,
                   struct sim_rows *rows) {
    const struct postgres *p = state;
    switch ((enum pg_view)view) {
    case VIEW_STAT_REPLICATION: stat_replication(p, rows); return;
    case VIEW_REPLICATION_SLOTS: replication_slots(p, rows); return;
    case VIEW_STAT_WAL_RECEIVER: stat_wal_receiver(p, rows); return;
    case VIEW_RECOVERY: recovery(p, now, rows); return;
    }
}
