/*
 * Who is in the group, and who leads it: membership (paper 6, thesis 4) and leadership transfer
 * (thesis 3.10).
 *
 * By single server: two configurations that differ in one voter have overlapping majorities, so the
 * new one may be in force as soon as it is in the log (thesis 4.1). But only if the one before it
 * is committed, and, which the thesis had left out, only once an entry of the leader's own term is
 * committed: otherwise a configuration of an earlier leader, not committed, may come back, and its
 * majority need not overlap (Ongaro, raft-dev, "bug in single-server membership changes", 10 July
 * 2015).
 *
 * By joint consensus, for any change: C_old,new asks for majorities of both; when it is committed,
 * the leader appends C_new (paper 6, figure 11). A leader that is not in C_new steps down when that
 * is committed, and until then manages a group of which it is no part.
 */
#include "raft/core/internal.h"

static uint32_t voters_that_differ(const struct raft_set *a, const struct raft_set *b) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->count; i++) count += !raft_set_has(b, a->nodes[i]);
    for (uint32_t i = 0; i < b->count; i++) count += !raft_set_has(a, b->nodes[i]);
    return count;
}

const char *raft_change(struct raft *r, const struct raft_moment *m,
                        const struct raft_configuration *wanted) {
    enter(r, m);
    const struct raft_configuration *now = raft_configuration_of(r);
    if (r->role != RAFT_LEADER) return "it does not lead";
    if (r->transfer_to != RAFT_NOBODY) return "it hands over its leadership";
    if (raft_configuration_index(r) > r->commit || raft_is_joint(now))
        return "the change before is not committed yet";
    if (r->term_first > r->commit && !has_bug(r, RAFT_BUG_CHANGE_AT_ONCE))
        return "no entry of its own term is committed yet";
    if (wanted->voters.count == 0) return "a group needs a voter";
    struct raft_configuration next = *wanted;
    next.outgoing.count = 0;
    if (voters_that_differ(&now->voters, &next.voters) > 1) next.outgoing = now->voters;
    const int64_t index = append_configuration(r, &next);
    if (raft_is_joint(&next))
        note(r, RAFT_NOTE_JOINT, index, next.outgoing.count, next.voters.count);
    else
        note(r, RAFT_NOTE_CONFIGURATION, index, next.voters.count, next.learners.count);
    commit_by_majority(r);
    return NULL;
}

void change_committed(struct raft *r, int64_t index) {
    struct raft_configuration c = *raft_configuration_of(r);
    if (raft_is_joint(&c)) {
        c.outgoing.count = 0;
        const int64_t next = append_configuration(r, &c);
        note(r, RAFT_NOTE_CONFIGURATION, next, c.voters.count, c.learners.count);
    } else if (!raft_is_voter(&c, r->self)) {
        note(r, RAFT_NOTE_LEFT_OUT, index);
        become_follower(r, r->term, RAFT_NOBODY);
    }
}

/* ---- transfer ---- */

const char *raft_transfer(struct raft *r, const struct raft_moment *m, sim_node to) {
    enter(r, m);
    if (r->role != RAFT_LEADER) return "it does not lead";
    if (to == r->self) return "it leads already";
    if (!raft_set_has(&raft_configuration_of(r)->voters, to)) return "that node is no voter";
    if (r->transfer_to != RAFT_NOBODY) return "a transfer is under way";
    const struct raft_progress *p = progress_of(r, to);
    r->transfer_to = to;
    r->transfer_told = false;
    r->transfer_until_ns = r->now_ns + r->set->election_max_ns;
    note(r, RAFT_NOTE_TRANSFER, to, p->match, r->last);
    transfer_look(r);
    return NULL;
}

/* "The prior leader sends a TimeoutNow request to the target server" once the target has its whole
 * log; until then it is sent what it lacks, and nothing new is taken. */
void transfer_look(struct raft *r) {
    const struct raft_progress *p = progress_of(r, r->transfer_to);
    if (!p || p->match < r->last || r->transfer_told) return;
    note(r, RAFT_NOTE_TIMEOUT_NOW, p->node);
    r->transfer_told = r->may_be_challenged = true;
    post(r, (struct raft_message){.type = RAFT_TIMEOUT_NOW, .peer = p->node});
}

/* "If leadership transfer does not complete after about an election timeout, the prior leader
 * aborts the transfer and resumes accepting client requests." */
void transfer_end(struct raft *r) {
    note(r, RAFT_NOTE_TRANSFER_FAILED, r->transfer_to);
    r->transfer_to = RAFT_NOBODY;
}
