/*
 * A replicated key-value store: the state machine that a consensus log drives.
 *
 * A command is a client's request (client_protocol.h), as bytes. Commands are applied in the order
 * of the log, and what they do depends on nothing else, so replicas that have applied the same log
 * are equal, to the byte of their saved form (Schneider, "Implementing fault-tolerant services
 * using the state machine approach", 1990).
 *
 * Exactly once: a client that hears no answer asks again, and by then the command may be in the log
 * twice. So the state has, for each session, the number of its last command and what was answered;
 * a command that comes again changes nothing and is told the same (Ongaro's dissertation, section
 * 6.3). A session has one command open at a time and numbers them upwards. It begins with its first
 * command. When there are more than sessions_max, the one that was used longest ago is forgotten,
 * on every replica alike; whoever asks again in a session that may have been forgotten is told that
 * nobody knows any more, and nothing is done. (A first attempt that comes so late that its session
 * was forgotten meanwhile is taken for news: sessions_max should be well above the clients there
 * are.)
 *
 * Cost: apply is O(1); save and load are O(rows + sessions). Owner: who declared it; all memory is
 * the node's.
 */
#ifndef PARTS_KV_H
#define PARTS_KV_H

#include "parts/client_protocol.h"
#include "parts/key_map.h"

struct kv_row {
    int64_t key, value;
    int64_t version; /* the index of the command that wrote it */
    int64_t weight;  /* modelled bytes */
};
struct kv_session {
    int64_t session, request; /* its number; its last command's */
    struct client_response answer;
    uint32_t older, newer; /* by last use, a list; KV_NOBODY: none */
};
#define KV_NOBODY UINT32_MAX

struct kv {
    struct memory *memory;
    struct key_map row_of, session_of; /* to a place, one up; 0: forgotten */
    struct kv_row *rows;               /* in order of first write */
    size_t row_count, row_capacity;
    struct kv_session *sessions;
    size_t session_count, session_capacity, sessions_max;
    uint32_t oldest, newest;
    int64_t forgotten;   /* sessions, ever */
    int64_t row_weight;  /* of all rows */
    int64_t repeated;    /* commands that came again; no part of the state */
};

void kv_begin(struct kv *, struct memory *, size_t sessions_max);
/* The command at that index of the log. Malformed bytes change nothing, and answer FAILED. */
struct client_response kv_apply(struct kv *, int64_t index, struct sim_bytes command);
/* A READ or SCAN of the state as it is. */
struct client_response kv_read(const struct kv *, const struct client_request *);
static inline bool kv_only_reads(const struct client_request *q) {
    return q->operation == CLIENT_READ || q->operation == CLIENT_SCAN;
}

/* A snapshot. Its modelled size: what it weighs as rows of that weight. sessions false: without
 * them, which is a mistake that systems made. */
void kv_save(const struct kv *, bool sessions, struct writer *);
bool kv_load(struct kv *, struct sim_bytes); /* false: malformed; the state is then empty */
int64_t kv_weight(const struct kv *);

#endif
