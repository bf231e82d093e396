/*
 * The laws of Raft, by the paper's own names (figure 3), each a fold over what the nodes of a group
 * say became true. None of them looks at a log: they follow it by its prefix hashes, and by what
 * each leader said of its own log's end, so an event costs the same however long the log is.
 */
#ifndef RAFT_LAWS_LAWS_H
#define RAFT_LAWS_LAWS_H

#include "base/memory.h"
#include "base/text.h"
#include "parts/key_map.h"
#include "wall/model.h"

extern const struct sim_law raft_election_safety;
extern const struct sim_law raft_leader_append_only;
extern const struct sim_law raft_log_matching;
extern const struct sim_law raft_leader_completeness;
extern const struct sim_law raft_state_machine_safety;
extern const struct sim_law raft_one_vote_a_term;
extern const struct sim_law raft_replicas_agree;
extern const struct sim_law raft_lease_is_exclusive;

#endif
