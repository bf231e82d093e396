/*
 * What is committed: paper 5.3, 5.4.2.
 *
 * An entry is committed once the leader that made it has it on a majority. Entries of earlier terms
 * are never committed by counting: a majority may have one, and still a server without it be
 * elected (figure 8). They are committed by the first entry of this term that is, as all before it
 * are.
 */
#include "raft/core/internal.h"

static int64_t match_of(const struct raft *r, sim_node node) {
    if (node == r->self) return r->stable;
    const struct raft_progress *p = progress_of(r, node);
    return p ? p->match : 0;
}

void commit_to(struct raft *r, int64_t index) {
    if (index <= r->commit) return;
    r->commit = index;
    if (r->role != RAFT_LEADER) return;
    fact(r, RAFT_FACT_COMMITTED, r->group, index, raft_term_at(r, index), r->term);
    if (r->read_count > 0) reads_look(r);
    const int64_t configuration = raft_configuration_index(r);
    if (configuration > 0 && configuration <= index) change_committed(r, configuration);
}

void commit_by_majority(struct raft *r) {
    const int64_t index = majority_value(r, match_of);
    if (index <= r->commit || index > r->last) return;
    if (raft_term_at(r, index) != r->term && !has_bug(r, RAFT_BUG_COMMIT_OLD_TERM)) return;
    commit_to(r, index);
}
