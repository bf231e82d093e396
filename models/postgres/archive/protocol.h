/*
 * What a server's commands (archive_command, restore_command) and an archive say to each other: a
 * request a connection, as cp or a client of an object store does it.
 *
 * A file of the archive has the name of a WAL segment, or of a timeline's history. The archive does
 * not look into it. A segment's contents are the cluster's system identifier (of the long page
 * header, xlp_sysid), then its frames; a history's are the identifier, the parent timeline, and the
 * position of the switch. Nothing is owned here: what is read borrows from the message.
 */
#ifndef POSTGRES_ARCHIVE_PROTOCOL_H
#define POSTGRES_ARCHIVE_PROTOCOL_H

#include "base/codec.h"
#include "postgres/postgres.h"

enum { ARCHIVE_REQUEST_BYTES = 16, ARCHIVE_ANSWER_BYTES = 24, ARCHIVE_NAME_TEXT = 32 };
#define ARCHIVE_HISTORY INT64_C(-1) /* in the place of a segment: the timeline's history file */

struct archive_name {
    int64_t timeline, segment;
};

enum archive_outcome {
    ARCHIVE_OK = 1,
    ARCHIVE_MISSING, /* get: there is no such file */
    ARCHIVE_EXISTS,  /* put: there is one, with other contents (26.3.1: test ! -f) */
    ARCHIVE_FAILED,  /* an error of its disk; or it is busy with a file of that name */
    ARCHIVE_SILENT,  /* the command's own: no connection, or no answer */
};

/* Of a put (with contents) or a get (without): the head of its body. */
void archive_request_write(struct writer *, struct archive_name);
bool archive_request_read(struct sim_bytes, struct archive_name *, struct sim_bytes *contents);
void archive_answer_write(struct writer *, enum archive_outcome, struct archive_name);
bool archive_answer_read(struct sim_bytes, enum archive_outcome *, struct archive_name *,
                         struct sim_bytes *contents);

/* What the file weighs, on a disk and in the network. */
int64_t archive_weight(struct archive_name);
/* 000000010000000000000003, 00000002.history (xlog_internal.h, XLogFileName, TLHistoryFileName). */
const char *archive_name_text(struct archive_name, char text[ARCHIVE_NAME_TEXT]);

#endif
