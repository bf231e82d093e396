/*
 * Election: paper 5.2, the restriction of 5.4.1, and pre-vote (thesis 9.6).
 *
 * A follower that hears from no leader for its timeout increments its term, votes for itself and
 * asks the others. A server votes once a term, first come, first served, and only for a candidate
 * whose log is at least as up-to-date as its own; so a winner has every committed entry. Timeouts
 * are drawn anew each time, so that split votes are rare and do not repeat.
 *
 * With pre-vote it first asks whether the others would vote for it, and leaves terms alone: a
 * server that was cut off returns without forcing an election on those who were not.
 */
#include "raft/core/internal.h"

/* "A server that is not part of its own latest configuration should still start new elections, as
 * it might still be needed until the C_new entry is committed" (thesis 4.2.2, figure 4.6): of two
 * servers the one that is to go may be the only one whose log says so, and then nobody else can
 * win. */
bool stands(const struct raft *r) {
    if (raft_is_voter(raft_configuration_of(r), r->self)) return true;
    const int64_t index = raft_configuration_index(r);
    return index > r->commit && raft_is_voter(raft_configuration_at(r, index - 1), r->self);
}

static bool led_lately(const struct raft *r) {
    return r->now_ns - r->led_ns < r->set->election_min_ns;
}

/* It would vote only if it has "not received heartbeats from a valid leader for at least a baseline
 * election timeout" (thesis 9.6). */
bool hears_leader(const struct raft *r) {
    return r->role == RAFT_LEADER || (r->leader != RAFT_NOBODY && led_lately(r));
}

/* And who must not, as others count on it. */
bool leader_alive(const struct raft *r) {
    if (r->set->lease && led_lately(r)) return true;
    return (r->set->check_quorum || r->set->lease) && hears_leader(r);
}

static void ask(struct raft *r, enum raft_type type, int64_t term, int64_t write) {
    sim_node others[RAFT_SET_MAX];
    const uint32_t count = other_voters(r, others);
    if (type == RAFT_VOTE)
        note(r, RAFT_NOTE_CAMPAIGN, term, r->last, raft_last_term(r), count);
    else
        note(r, RAFT_NOTE_PRE_CAMPAIGN, term, count);
    for (uint32_t i = 0; i < count; i++)
        post_after(r, write,
                   (struct raft_message){.type = type,
                                         .peer = others[i],
                                         .term = term,
                                         .index = r->last,
                                         .log_term = raft_last_term(r),
                                         .ok = r->sought_by_leader});
}

static void begin(struct raft *r, enum raft_role role) {
    r->role = role;
    r->leader = RAFT_NOBODY;
    r->heard_ns = r->now_ns;
    r->granted.count = 0;
    draw_timeout(r);
    reads_fail(r);
}

/* Who does not win waits for its timeout, or for a leader (paper 5.2). */
static void count_votes(struct raft *r) {
    if (!majority_in(raft_configuration_of(r), &r->granted)) return;
    if (r->role == RAFT_PRE_CANDIDATE)
        campaign(r, false);
    else
        become_leader(r);
}

void pre_campaign(struct raft *r) {
    begin(r, RAFT_PRE_CANDIDATE);
    r->sought_by_leader = false;
    raft_set_add(&r->granted, r->self);
    ask(r, RAFT_PRE_VOTE, r->term + 1, r->state_write);
    count_votes(r);
}

void campaign(struct raft *r, bool transfer) {
    begin(r, RAFT_CANDIDATE);
    r->elections++;
    r->sought_by_leader = transfer;
    r->term++;
    r->vote = r->self;
    r->vote_write = write_state(r);
    ask(r, RAFT_VOTE, r->term, r->vote_write);
}

/* Its own vote counts, as any other, once it cannot be forgotten. */
void own_vote_durable(struct raft *r) {
    if (r->durable < r->vote_write || raft_set_has(&r->granted, r->self)) return;
    fact(r, RAFT_FACT_VOTED, r->group, r->term, r->self);
    raft_set_add(&r->granted, r->self);
    count_votes(r);
}

/* ---- being asked ---- */

static void answer(struct raft *r, const struct raft_message *m, bool yes) {
    const bool pre = m->type == RAFT_PRE_VOTE;
    const bool waits = pre || !yes || !has_bug(r, RAFT_BUG_UNSYNCED_VOTE);
    post_after(r, waits ? r->state_write : 0,
               (struct raft_message){.type = pre ? RAFT_PRE_VOTE_REPLY : RAFT_VOTE_REPLY,
                                     .peer = m->peer,
                                     .term = pre && yes ? m->term : r->term,
                                     .ok = yes});
}

static bool has_the_right_log(struct raft *r, const struct raft_message *m) {
    if (log_up_to_date(r, m->log_term, m->index)) return true;
    if (has_bug(r, RAFT_BUG_NO_ELECTION_RESTRICTION)) return true;
    note(r, RAFT_NOTE_LOG_BEHIND, m->peer, m->index, m->log_term, r->last, raft_last_term(r));
    return false;
}

void on_vote(struct raft *r, const struct raft_message *m) {
    const bool pre = m->type == RAFT_PRE_VOTE;
    if (pre && m->term <= r->term) { /* it would not even come to an election */
        answer(r, m, false);
        return;
    }
    if (!pre && r->vote != RAFT_NOBODY && r->vote != m->peer) {
        note(r, RAFT_NOTE_VOTED_ALREADY, m->peer, m->term, r->vote);
        answer(r, m, false);
        return;
    }
    if (!has_the_right_log(r, m)) {
        answer(r, m, false);
        return;
    }
    note(r, RAFT_NOTE_GRANT, m->peer, m->term, m->index, m->log_term, pre);
    if (pre) {
        answer(r, m, true);
        return;
    }
    if (r->vote == RAFT_NOBODY) {
        r->vote = m->peer;
        write_state(r);
    }
    r->heard_ns = r->now_ns;
    answer(r, m, true);
}

void on_vote_reply(struct raft *r, const struct raft_message *m) {
    const bool pre = m->type == RAFT_PRE_VOTE_REPLY;
    if (r->role != (pre ? RAFT_PRE_CANDIDATE : RAFT_CANDIDATE)) return;
    if (pre ? m->ok && m->term != r->term + 1 : m->term != r->term) return;
    if (!m->ok) return;
    raft_set_add(&r->granted, m->peer);
    count_votes(r);
}
