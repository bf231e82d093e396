/*
 * What must hold, as folds over what the servers state: a law a file. Each keeps a bounded state,
 * of so many servers, timelines, positions; what does not fit is forgotten, never guessed.
 *
 * A fact of a log has the group (system identifier << 16 | timeline). Facts of a server's progress
 * have the server's number; positions are never 0 (the first log begins at 0/3000000).
 */
#ifndef POSTGRES_LAWS_H
#define POSTGRES_LAWS_H

#include "base/text.h"
#include "postgres/postgres.h"

enum { NODES = 64, TIMELINES = 16, WINDOW = 4096 };

static inline void say(struct sim_fold *fold, const char *what, int64_t lsn) {
    text_add(fold->why, "%s", what);
    text_add_lsn(fold->why, lsn);
}

extern const struct sim_law postgres_replication_order;
extern const struct sim_law postgres_log_prefix;
extern const struct sim_law postgres_acknowledged_where_promised;
extern const struct sim_law postgres_nothing_lost;
extern const struct sim_law postgres_flushed_is_durable;
extern const struct sim_law postgres_snapshots_keep_rows;
extern const struct sim_law postgres_feedback_is_honoured;
extern const struct sim_law postgres_one_writer;

#endif
