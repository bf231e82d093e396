/* A standby's log is a prefix of what the primary wrote. */
#include "postgres/laws/laws.h"

enum { PREFIX_INSERTED, PREFIX_RECEIVED, PREFIX_RECOVERED };
struct mark {
    int64_t lsn, hash;
    bool received;
};
struct prefix {
    struct mark marks[WINDOW];
    int64_t received;
};

static enum sim_judgement inserted(struct sim_fold *fold, struct mark *m,
                                   const struct sim_fact *fact) {
    if (m->lsn == fact->a && m->received && m->hash != fact->b) {
        say(fold, "a standby has another record than the primary now writes, up to ", fact->a);
        return SIM_BROKEN;
    }
    *m = (struct mark){.lsn = fact->a, .hash = fact->b, .received = false};
    return SIM_NOTHING;
}

static enum sim_judgement prefix_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct prefix *prefix = fold->state;
    struct mark *m = &prefix->marks[(size_t)(fact->a / 8) % WINDOW];
    if (fact->which == PREFIX_INSERTED) return inserted(fold, m, fact);
    if (fact->which == PREFIX_RECOVERED) {
        if (!fact->b || prefix->received == 0) return SIM_NOTHING; /* a standby's */
        if (fact->a >= prefix->received) return SIM_HELD;
        say(fold, "the primary recovered up to ", fact->a);
        say(fold, ", but a standby has its log up to ", prefix->received);
        return SIM_BROKEN;
    }
    if (fact->a > prefix->received) prefix->received = fact->a;
    if (m->lsn > fact->a) return SIM_FORGOTTEN;
    if (m->lsn == fact->a && m->hash == fact->b) {
        m->received = true;
        return SIM_HELD;
    }
    text_add(fold->why, "{%u} received a log that is not the primary's", fact->node);
    say(fold, ", up to ", fact->a);
    return SIM_BROKEN;
}

const struct sim_law postgres_log_prefix = {
    .name = "Standby Is A Prefix",
    .says = "a standby's log is a prefix of what its primary wrote",
    .source = "PostgreSQL 15, walsender.c: only flushed WAL is sent",
    .reads = (const char *const[]){"wal_inserted", "wal_received", "recovered", NULL},
    .state_bytes = sizeof(struct prefix),
    .per_group = true,
    .fold = prefix_fold,
};
