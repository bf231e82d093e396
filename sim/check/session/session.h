/*
 * `session`: the four guarantees of Terry, Demers, Petersen, Spreitzer, Theimer and Welch,
 * "Session Guarantees for Weakly Consistent Replicated Data", PDIS 1994, judged key by key:
 *
 *   read-your-writes      a session's read sees its earlier write to the key, or a later one
 *   monotonic-reads       its read sees what its earlier read saw, or something later
 *   monotonic-writes      its write comes after its earlier write
 *   writes-follow-reads   its write comes after the write that its earlier read saw
 *
 * A session is a `client`, or where none is named a process. Operation A is earlier than B when
 * A was completed (ok) before B was invoked; two that overlap are in no order. Only an ok
 * observes. What failed did not happen; an info may have, so it obliges nobody, but where
 * somebody read what it wrote it did, and stands after what its session had done before. `read`
 * sees its value; `write` writes it; `rmw` reads what it returns and writes what it was invoked
 * with, in one step. Other operations are counted as skipped.
 *
 * "Later" is by the order of the writes to the key. With a `version` in every ok, it is that
 * order: each operation is compared with the session's latest earlier ones (versions.c).
 * Without, the order is unknown: it must exist. Each pair of operations of a session says which
 * of two writes comes first; a cycle of such demands is what no order can meet (order.c). Writes
 * must then be unique.
 */
#ifndef CHECK_SESSION_H
#define CHECK_SESSION_H

#include "check/check.h"

extern const struct check_spec session_spec;

#endif
