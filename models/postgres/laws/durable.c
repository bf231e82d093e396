/* What was flushed is there after a crash. */
#include "postgres/laws/laws.h"

enum { DURABLE_INITIALIZED, DURABLE_RECOVERED, DURABLE_FLUSHED, DURABLE_REWOUND };
struct durable {
    int64_t flushed[NODES];
};

static enum sim_judgement durable_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct durable *durable = fold->state;
    if (fact->node >= NODES) return SIM_FORGOTTEN;
    int64_t *known = &durable->flushed[fact->node];
    const int64_t before = *known;
    *known = fact->which == DURABLE_INITIALIZED ? 0 : fact->a;
    if (fact->which != DURABLE_RECOVERED || before == 0) return SIM_NOTHING;
    if (fact->a >= before) return SIM_HELD;
    text_add(fold->why, "{%u} had flushed up to ", fact->node);
    text_add_lsn(fold->why, before);
    say(fold, ", and recovered only up to ", fact->a);
    return SIM_BROKEN;
}

const struct sim_law postgres_flushed_is_durable = {
    .name = "Flushed Is Durable",
    .says = "a server recovers at least what it had flushed, but for what pg_rewind undid",
    .source = "PostgreSQL 15 manual, 30.1 Reliability",
    .reads = (const char *const[]){"initialized", "recovered", "wal_flushed", "rewound", NULL},
    .state_bytes = sizeof(struct durable),
    .fold = durable_fold,
};
