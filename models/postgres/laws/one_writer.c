/* One history is written. */
#include "postgres/laws/laws.h"

enum { WRITER_PROMOTED, WRITER_ACKED };
struct writers {
    int64_t left_at; /* where a successor took over; 0: nobody has */
};

static enum sim_judgement one_writer_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct writers *log = fold->state;
    if (fact->which == WRITER_PROMOTED) {
        if (log->left_at == 0 || fact->a < log->left_at) log->left_at = fact->a;
        return SIM_NOTHING;
    }
    if (log->left_at == 0 || fact->a <= log->left_at) return SIM_HELD;
    text_add(fold->why, "{%u} acknowledged ", fact->node);
    say(fold, "commit ", fact->a);
    say(fold, " of a timeline that was left at ", log->left_at);
    return SIM_BROKEN;
}

const struct sim_law postgres_one_writer = {
    .name = "One Writer",
    .says = "when a standby has been promoted, nobody is told of a commit on the timeline that it "
            "left: "
            "there is one primary",
    .source = "PostgreSQL 15 manual, 27.3 Failover: the old primary must be informed that it is no "
              "longer the primary (STONITH)",
    .reads = (const char *const[]){"promoted", "commit_acked", NULL},
    .state_bytes = sizeof(struct writers),
    .per_group = true,
    .fold = one_writer_fold,
};
