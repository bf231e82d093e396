/*
 * A journal: records appended to a chain of segment files, synced in groups.
 *
 * What a node must not forget goes here before it is spoken of. Records are framed (record.h) and
 * written at once, but a sync covers all that was written before it began, and one is under way at
 * a time, so a busy node pays for one sync what an idle one pays for one record (group commit:
 * DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984). A
 * position counts bytes since the process began; all up to `synced` will survive a crash.
 *
 * Segments make the old end go away: journal_cut begins a new one, and once what its first records
 * say is durable, those before it may be dropped. The invariant of the chain: a segment is begun
 * only when the one before it is durable to its last byte. So after a crash only the last can be
 * torn, and a record that does not check anywhere else is a disk that has lost what it had
 * promised: the journal says so, and does not go on. (Alagappan et al., "Protocol-aware recovery
 * for consensus-based storage", FAST 2018, on what becomes of systems that cut there too.)
 *
 * Owner: who declared it; its memory is the node's. It issues disk operations with its own tags,
 * and is given their answers.
 */
#ifndef PARTS_JOURNAL_H
#define PARTS_JOURNAL_H

#include "base/codec.h"
#include "wall/model.h"

enum journal_news {
    JOURNAL_NOTHING,
    JOURNAL_READ,   /* all records have been read: it can be written from here on */
    JOURNAL_SYNCED, /* `synced` has moved */
    JOURNAL_FAILED, /* `failure` says why: the process should end, as a disk that has failed to sync
                       may have dropped what it did not write */
};
enum journal_state { JOURNAL_CLOSED, JOURNAL_READING, JOURNAL_SETTLING, JOURNAL_OPEN };

struct journal {
    struct memory *memory;
    uint64_t files, tags; /* segment n is file files + n; its tags begin at this one */
    enum journal_state state;
    int64_t first, last; /* segments: the oldest that is there; that which is written */
    int64_t last_bytes;  /* in the last one */
    int64_t reading;     /* the segment that is being read */
    bool fresh;          /* the last one's name is not durable yet */
    bool cutting;        /* what is put goes to the next one, when all of this one is durable */

    uint8_t *buffer; /* frames that are not written yet */
    size_t size, capacity;
    int64_t weight;                   /* modelled bytes beyond their real ones */
    int64_t put, written, synced;     /* positions */
    int64_t covers;                   /* what the syncs that are under way will have made durable */
    int64_t syncs;                    /* so far; a new segment takes two */
    int awaited;                      /* their answers */
    const char *failure;
};

/* A record that was read, of that segment. */
typedef void journal_record(void *context, int64_t segment, struct sim_bytes payload);

/* Files from files + 1 on are its own, and tags from `tags` to tags + JOURNAL_TAGS - 1. */
enum { JOURNAL_TAGS = 4 };
void journal_begin(struct journal *, struct memory *, uint64_t files, uint64_t tags);
/* At START: begins to read what there is. True: there is nothing, and it is open. */
bool journal_start(struct journal *, const struct sim_event *, struct sim_out *);
static inline bool journal_owns(const struct journal *j, const struct sim_disk *answer) {
    return answer->tag - j->tags < JOURNAL_TAGS;
}
enum journal_news journal_answered(struct journal *, const struct sim_disk *answer,
                                   journal_record *, void *context, struct sim_out *);

/* Adds a record, which is not written before journal_flush. extra: what it weighs beyond its real
 * bytes. Its end as a position. */
int64_t journal_put(struct journal *, const void *payload, size_t size, int64_t extra);
/* Writes what was put, at most once a step; and begins a sync if none is under way. */
void journal_flush(struct journal *, struct sim_out *);
/* What is put from here on goes to a new segment; the number of that. */
int64_t journal_cut(struct journal *, struct sim_out *);
void journal_drop(struct journal *, int64_t before, struct sim_out *);
/* What a model that has one encodes of it. */
void journal_encode(const struct journal *, struct writer *);

#endif
