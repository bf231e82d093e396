/*
 * A server and its archive: the archiver of a primary, a standby's second source of WAL, and the
 * command that either of them runs.
 */
#ifndef POSTGRES_ARCHIVING_H
#define POSTGRES_ARCHIVING_H

#include "postgres/archive/protocol.h"
#include "postgres/wal_record.h"

struct postgres;

/* ---- shell_command.c: archive_command or restore_command, one at a time ---- */

enum shell_state { SHELL_NONE, SHELL_STARTING, SHELL_CONNECTING, SHELL_READING, SHELL_ASKED };
struct shell_command {
    enum shell_state state;
    bool puts;
    struct archive_name name;
    uint64_t number; /* among all of this server's, to know its read from an earlier one's */
};
void shell_run(struct postgres *, bool puts, struct archive_name, const struct sim_event *,
               struct sim_out *);
void shell_peer(struct postgres *, bool up, const struct sim_event *, struct sim_out *);
void shell_answer(struct postgres *, const struct sim_event *, struct sim_out *);
void shell_read(struct postgres *, const struct sim_event *, struct sim_out *);
void shell_kill(struct postgres *, struct sim_out *);
void shell_timer(struct postgres *, const struct sim_event *, struct sim_out *);

/* ---- archiver.c ---- */

enum archiver_state {
    ARCHIVER_IDLE,
    ARCHIVER_RUNS, /* archive_command */
    ARCHIVER_SAVES,
    ARCHIVER_SLEEPS /* a second, before it tries again */
};
struct archiver {
    bool on;
    enum archiver_state state;
    int64_t next;     /* segment; all before it are archived, or not this timeline's */
    bool history_due; /* the timeline's history file goes first */
    int64_t noticed;  /* the segment that WAL is flushed into */
    int failures;     /* of this file, in a row */
    struct {          /* as its status file says */
        int64_t timeline, segment;
    } done;
    bool saved; /* there is such a file */
    int64_t archived_count, failed_count, last_archived_wall_ns, last_failed_wall_ns;
    struct archive_name last_archived, last_failed;
    int64_t last_important; /* the end of the last record that is worth a switch */
    int64_t last_switch_lsn, last_switch_ns;
};
void archiver_begin(struct postgres *, const struct sim_event *, struct sim_out *);
void archiver_stop(struct postgres *, struct sim_out *); /* it is no primary any more */
void archiver_wake(struct postgres *, const struct sim_event *, struct sim_out *);
void archiver_timer(struct postgres *, const struct sim_event *, struct sim_out *);
void archiver_done(struct postgres *, enum archive_outcome, const struct sim_event *,
                   struct sim_out *);
void archiver_saved(struct postgres *, const struct sim_event *, struct sim_out *);
bool archiver_load(struct postgres *, struct sim_bytes);
/* The first segment to keep, if those before `oldest` may go for all that others know. */
int64_t archiver_keeps_from(const struct postgres *, int64_t oldest);
int64_t archiver_ready(const struct postgres *); /* files that wait to be archived */

/* ---- segment_switch.c ---- */

void segment_switch_begin(struct postgres *, const struct sim_event *, struct sim_out *);
void segment_switch_timer(struct postgres *, const struct sim_event *, struct sim_out *);
void segment_switch_command(struct postgres *, const struct sim_event *, struct sim_out *);

/* ---- restore.c ---- */

enum restore_state {
    RESTORE_OFF,    /* the source is another one */
    RESTORE_DRAINS, /* replays what is here, before it asks for more */
    RESTORE_ASKS,   /* restore_command runs */
};
enum { RESTORE_TIMELINES = 16 };
struct restore {
    enum restore_state state;
    bool asks_history, promotion_done;
    struct timeline_entry {
        int64_t timeline, begin; /* the position where it parts from the one before it */
    } history[RESTORE_TIMELINES]; /* of the target timeline; the oldest first */
    size_t history_count, candidate;
    int64_t newest; /* timeline that has a history file, followed or not */
    bool has_failed;
    int64_t last_failure_ns;  /* of streaming, and of the wait after it */
    int64_t from, to;         /* the WAL restored last */
    bool opened;              /* replay has begun to read it: XLogReceiptTime is set */
    int64_t segments;         /* restored since the start */
};
bool restore_begin(struct postgres *, const struct sim_event *, struct sim_out *);
void restore_stop(struct postgres *, struct sim_out *);
/* Replay has nothing left: does it want more from the archive? */
void restore_go(struct postgres *, const struct sim_event *, struct sim_out *);
bool restore_at_promotion(struct postgres *, const struct sim_event *, struct sim_out *);
void restore_done(struct postgres *, enum archive_outcome, struct sim_bytes contents,
                  const struct sim_event *, struct sim_out *);
/* When to look for WAL again after a failure of streaming. */
int64_t restore_retry_ns(struct postgres *, int64_t otherwise, int64_t interval_ns,
                         const struct sim_event *);
bool restore_opens(struct postgres *, const struct wal_record *, bool *first);
int64_t restore_new_timeline(const struct postgres *);

#endif
