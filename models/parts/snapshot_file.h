/*
 * The file of a snapshot, which is always whole.
 *
 * A new one is written under another name, synced, renamed over the old one, and the directory
 * synced; only then may what the old one stood with be let go. So any crash leaves the one or the
 * other (Pillai et al., "All file systems are not created equal", OSDI 2014, section 4.4, on what
 * becomes of systems that leave out one of the two syncs).
 *
 * Owner: who declared it. It takes no memory; it issues disk operations with its own tags, and is
 * given their answers. One is written at a time.
 */
#ifndef PARTS_SNAPSHOT_FILE_H
#define PARTS_SNAPSHOT_FILE_H

#include "base/codec.h"
#include "wall/model.h"

enum snapshot_file_news {
    SNAPSHOT_FILE_NOTHING,
    SNAPSHOT_FILE_READ,   /* the answer has its bytes, of which nothing is checked */
    SNAPSHOT_FILE_STORED, /* the new one is there, and durable */
    SNAPSHOT_FILE_FAILED, /* `failure` says why: the process should end */
};
enum snapshot_file_state { SNAPSHOT_FILE_IDLE, SNAPSHOT_FILE_WRITTEN, SNAPSHOT_FILE_NAMED };

struct snapshot_file {
    uint64_t file, tags; /* file + 1 is the one that is not finished */
    enum snapshot_file_state state; /* NAMED: a read may find the old one or the new one */
    const char *failure;
};

/* Tags from `tags` to tags + SNAPSHOT_FILE_TAGS - 1 are its own. */
enum { SNAPSHOT_FILE_TAGS = 4 };
void snapshot_file_begin(struct snapshot_file *, uint64_t file, uint64_t tags);
/* At START: removes what was not finished, and begins to read. False: there is none. */
bool snapshot_file_start(struct snapshot_file *, const struct sim_event *, struct sim_out *);
/* None is being written. weight: modelled bytes beyond its own. The bytes are copied. */
void snapshot_file_write(struct snapshot_file *, struct sim_bytes, int64_t weight,
                         struct sim_out *);
static inline bool snapshot_file_owns(const struct snapshot_file *f,
                                      const struct sim_disk *answer) {
    return answer->tag - f->tags < SNAPSHOT_FILE_TAGS;
}
enum snapshot_file_news snapshot_file_answered(struct snapshot_file *,
                                               const struct sim_disk *answer, struct sim_out *);

#endif
