/*
 * What an instance decides: a command of the state machine, which the core does not look into;
 * nothing at all (a no-op, "a special 'no-op' command that leaves the state unchanged": Paxos Made
 * Simple, section 3); or who the acceptors will be, alpha instances later.
 *
 * A value is a byte that says which, and what follows. Owner of nothing.
 */
#ifndef PAXOS_CORE_VALUE_H
#define PAXOS_CORE_VALUE_H

#include "paxos/core/quorum.h"

enum value_kind { VALUE_NOOP = 1, VALUE_COMMAND, VALUE_MEMBERS };
enum { VALUE_MEMBERS_BYTES = 1 + 4 + 4 * PAXOS_MEMBERS_MAX };

static inline enum value_kind value_kind(struct sim_bytes value) {
    return value.size > 0 ? (enum value_kind)value.data[0] : VALUE_NOOP;
}
struct sim_bytes paxos_value_noop(void);
struct sim_bytes paxos_value_members_write(const sim_node *members, size_t count, uint8_t *buffer);
/* How many; 0: malformed. */
size_t paxos_value_members_read(struct sim_bytes, sim_node members[PAXOS_MEMBERS_MAX]);

/* Above 0, so that a zeroed law knows it from nothing. */
int64_t paxos_value_hash(struct sim_bytes);

#endif
