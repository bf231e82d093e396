/* Sent >= written >= flushed >= replayed. */
#include "postgres/laws/laws.h"

enum {
    ORDER_INITIALIZED,
    ORDER_RECOVERED,
    ORDER_PROMOTED,
    ORDER_SENT,
    ORDER_WRITTEN,
    ORDER_FLUSHED,
    ORDER_REPLAYED,
    ORDER_RESTORED
};
struct progress {
    int64_t sent, written, flushed, replayed;
    bool primary; /* an old primary that has not heard of it may send to it still */
};
struct order {
    struct progress of[NODES];
};

static enum sim_judgement order_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct order *order = fold->state;
    const int64_t node = fact->which == ORDER_SENT ? fact->group : (int64_t)fact->node;
    if (node < 0 || node >= NODES) return SIM_FORGOTTEN;
    struct progress *p = &order->of[node];
    switch (fact->which) {
    case ORDER_INITIALIZED: *p = (struct progress){.primary = !fact->a}; return SIM_NOTHING;
    case ORDER_PROMOTED:
        p->sent = 0;
        p->primary = true;
        return SIM_NOTHING;
    case ORDER_RECOVERED:
        p->written = p->flushed = fact->a;
        p->replayed = 0;
        p->sent = 0;
        p->primary = fact->b != 0;
        return SIM_NOTHING;
    case ORDER_SENT: /* ever: each stream begins again at a segment's first byte */
        if (fact->a > p->sent && !p->primary) p->sent = fact->a;
        return SIM_NOTHING;
    case ORDER_RESTORED: /* from an archive: as good as sent */
        if (fact->a > p->sent) p->sent = fact->a;
        return SIM_NOTHING;
    case ORDER_WRITTEN: p->written = fact->a; break;
    case ORDER_FLUSHED: p->flushed = fact->a; break;
    case ORDER_REPLAYED: p->replayed = fact->a; break;
    default: break;
    }
    if (p->sent == 0 || p->primary) return SIM_NOTHING;
    const bool ordered = p->sent >= p->written && p->written >= p->flushed &&
                         (p->replayed == 0 || p->flushed >= p->replayed);
    if (ordered) return SIM_HELD;
    say(fold, "sent ", p->sent);
    say(fold, ", written ", p->written);
    say(fold, ", flushed ", p->flushed);
    say(fold, ", replayed ", p->replayed);
    return SIM_BROKEN;
}

const struct sim_law postgres_replication_order = {
    .name = "Replication Order",
    .says = "for each standby, at all times: sent >= written >= flushed >= replayed",
    .source = "PostgreSQL 15 manual, 28.2.4 pg_stat_replication",
    .reads = (const char *const[]){"initialized", "recovered", "promoted", "wal_sent",
                                   "wal_written", "wal_flushed", "wal_replayed", "wal_restored",
                                   NULL},
    .state_bytes = sizeof(struct order),
    .fold = order_fold,
};
