/* All of the model's laws: one more has its line here. */
#include "postgres/laws/laws.h"
#include "postgres/internal.h"

const struct sim_law *const postgres_laws[] = {
    &postgres_replication_order,
    &postgres_log_prefix,
    &postgres_acknowledged_where_promised,
    &postgres_nothing_lost,
    &postgres_flushed_is_durable,
    &postgres_snapshots_keep_rows,
    &postgres_feedback_is_honoured,
    &postgres_one_writer,
    NULL,
};
