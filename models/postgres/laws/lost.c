/* Nothing acknowledged as synchronous is lost. */
#include "postgres/laws/laws.h"

enum { LOST_INITIALIZED, LOST_RECOVERED, LOST_PROMOTED, LOST_WRITTEN, LOST_ACKED };
struct acked_log {
    int64_t group, local, synchronous;
};
struct lost {
    struct acked_log logs[TIMELINES];
    size_t count;
    int64_t written[NODES];
};

static struct acked_log *log_of(struct lost *lost, int64_t group) {
    for (size_t i = 0; i < TIMELINES; i++)
        if (lost->logs[i].group == group) return &lost->logs[i];
    struct acked_log *oldest = &lost->logs[lost->count++ % TIMELINES];
    *oldest = (struct acked_log){.group = group};
    return oldest;
}

static enum sim_judgement judge_lost(struct sim_fold *fold, const struct sim_fact *fact,
                                     int64_t acknowledged) {
    if (acknowledged == 0) return SIM_NOTHING;
    if (fact->a >= acknowledged) return SIM_HELD;
    text_add(fold->why, "{%u} goes on from ", fact->node);
    text_add_lsn(fold->why, fact->a);
    say(fold, ", but commits were acknowledged up to ", acknowledged);
    return SIM_BROKEN;
}

static enum sim_judgement lost_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct lost *lost = fold->state;
    if (fact->node >= NODES) return SIM_FORGOTTEN;
    int64_t *written = &lost->written[fact->node];
    struct acked_log *log;
    switch (fact->which) {
    case LOST_INITIALIZED: *written = 0; return SIM_NOTHING;
    case LOST_WRITTEN: *written = fact->a; return SIM_NOTHING;
    case LOST_ACKED:
        log = log_of(lost, fact->group);
        if (fact->b >= LEVEL_LOCAL && fact->a > log->local) log->local = fact->a;
        if (fact->b > LEVEL_LOCAL && fact->a > log->synchronous) log->synchronous = fact->a;
        return SIM_NOTHING;
    case LOST_RECOVERED: /* a primary has all that it acknowledged, but for level off */
        *written = fact->a;
        return fact->b ? judge_lost(fold, fact, log_of(lost, fact->group)->local) : SIM_NOTHING;
    case LOST_PROMOTED: /* a new primary has all that it was counted on for */
        log = log_of(lost, fact->group);
        return judge_lost(fold, fact, log->synchronous < *written ? log->synchronous : *written);
    default: return SIM_NOTHING;
    }
}

const struct sim_law postgres_nothing_lost = {
    .name = "Nothing Acknowledged Is Lost",
    .says = "what was acknowledged above level off is there after the primary's crash; what was "
            "acknowledged as synchronous is there on a promoted standby that had confirmed it",
    .source = "PostgreSQL 15 manual, 27.2.8 Synchronous Replication",
    .reads = (const char *const[]){"initialized", "recovered", "promoted", "wal_written",
                                   "commit_acked", NULL},
    .state_bytes = sizeof(struct lost),
    .fold = lost_fold,
};
