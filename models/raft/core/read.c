/*
 * Linearizable reads without the log: thesis 6.4.
 *
 * A leader may have been deposed without knowing it. So a read remembers the commit index of its
 * moment (its read index), and is answered once a majority has acknowledged the leader by messages
 * sent no earlier: then nobody else had been elected by that moment, and nothing newer was
 * committed. It needs an entry of this term committed first, else the leader does not know what is
 * (6.4, step 1). One round serves all reads that came before it; while it is under way, others
 * gather for the next.
 *
 * With a lease the round is left out (6.4.1): followers promise not to elect another for the least
 * election timeout after they heard from the leader, and the leader counts that time from when it
 * sent, by its own clock. It assumes that clocks run at much the same rate: within lease_drift of
 * true time. Where they do not, reads are stale. Whether a clock's reading is right does not
 * matter.
 */
#include "base/wide.h"
#include "raft/core/internal.h"

enum { MILLION = 1000000, ASKED_THE_LEADER = -1 };

static int64_t acked_of(const struct raft *r, sim_node node) {
    if (node == r->self) return r->now_ns;
    const struct raft_progress *p = progress_of(r, node);
    return p ? p->acked_ns : INT64_MIN;
}

int64_t majority_acked_ns(const struct raft *r) { return majority_value(r, acked_of); }

/* Of the promised time T a follower whose clock is fast waits but T / (1 + d), and a leader whose
 * clock is slow sees only (1 - d) of that pass. */
static int64_t lease_ns(const struct raft *r) {
    const int64_t least = r->set->election_min_ns, drift = r->set->lease_drift_ppm;
    if (has_bug(r, RAFT_BUG_LEASE_WITHOUT_MARGIN)) return r->set->election_max_ns;
    return mul_div(least, MILLION - drift, MILLION + drift);
}

bool raft_leads_surely(const struct raft *r, int64_t now_ns) {
    if (r->role != RAFT_LEADER || !r->set->lease) return false;
    if (r->may_be_challenged || r->term_first > r->commit) return false;
    int64_t acked = majority_acked_ns(r);
    if (acked > now_ns) acked = now_ns;
    return now_ns - acked < lease_ns(r);
}

/* ---- answers ---- */

static void ready(struct raft *r, int64_t number, int64_t index) {
    struct raft_output *o = r->out;
    o->ready =
        array_room(o->memory, o->ready, &o->ready_capacity, o->ready_count, sizeof *o->ready);
    o->ready[o->ready_count++] = (struct raft_ready){number, index};
}

static void answer(struct raft *r, const struct raft_waiting_read *read, bool ok) {
    if (read->from == RAFT_NOBODY)
        ready(r, read->number, ok ? read->index : SIM_NONE);
    else
        post(r, (struct raft_message){.type = RAFT_READ_REPLY,
                                      .peer = read->from,
                                      .index = ok ? read->index : 0,
                                      .stamp = read->number,
                                      .ok = ok});
}

void reads_fail(struct raft *r) {
    const size_t count = r->read_count;
    r->read_count = 0;
    for (size_t i = 0; i < count; i++) answer(r, &r->reads[i], false);
}

void reads_expire(struct raft *r, int64_t age_ns) {
    size_t kept = 0;
    for (size_t i = 0; i < r->read_count; i++)
        if (r->now_ns - r->reads[i].at_ns <= age_ns)
            r->reads[kept++] = r->reads[i];
        else
            answer(r, &r->reads[i], false);
    r->read_count = kept;
}

void reads_look(struct raft *r) {
    const int64_t acked = majority_acked_ns(r);
    size_t kept = 0;
    if (r->role != RAFT_LEADER) return;
    for (size_t i = 0; i < r->read_count; i++) {
        struct raft_waiting_read *read = &r->reads[i];
        if (read->index == 0 && r->term_first <= r->commit) read->index = r->commit;
        if (read->index > 0 && read->at_ns <= acked)
            answer(r, read, true);
        else
            r->reads[kept++] = *read;
    }
    r->read_count = kept;
    if (kept > 0 && acked >= r->asked_ns && r->now_ns > r->asked_ns) broadcast_heartbeat(r);
}

/* ---- questions ---- */

static void wait_for(struct raft *r, struct raft_waiting_read read) {
    r->reads = array_room(r->memory, r->reads, &r->read_capacity, r->read_count, sizeof *r->reads);
    r->reads[r->read_count++] = read;
}

static void leader_read(struct raft *r, int64_t number, sim_node from) {
    const struct raft_waiting_read read = {number, r->now_ns,
                                           r->term_first <= r->commit ? r->commit : 0, from};
    if (raft_leads_surely(r, r->now_ns)) {
        fact(r, RAFT_FACT_LEASE_READ, r->group, r->commit, r->term);
        answer(r, &read, true);
        return;
    }
    wait_for(r, read);
    reads_look(r);
}

bool raft_read(struct raft *r, const struct raft_moment *m, int64_t number) {
    enter(r, m);
    if (r->role == RAFT_LEADER) {
        leader_read(r, number, RAFT_NOBODY);
        return true;
    }
    if (r->role != RAFT_FOLLOWER || r->leader == RAFT_NOBODY) return false;
    wait_for(r, (struct raft_waiting_read){number, r->now_ns, ASKED_THE_LEADER, RAFT_NOBODY});
    post_after(r, r->state_write,
               (struct raft_message){.type = RAFT_READ, .peer = r->leader, .stamp = number});
    return true;
}

void on_read(struct raft *r, const struct raft_message *m) {
    if (r->role == RAFT_LEADER)
        leader_read(r, m->stamp, m->peer);
    else
        post_after(r, r->state_write,
                   (struct raft_message){
                       .type = RAFT_READ_REPLY, .peer = m->peer, .stamp = m->stamp, .ok = false});
}

void on_read_reply(struct raft *r, const struct raft_message *m) {
    if (r->role == RAFT_LEADER) return;
    for (size_t i = 0; i < r->read_count; i++) {
        if (r->reads[i].number != m->stamp) continue;
        r->reads[i] = r->reads[--r->read_count];
        ready(r, m->stamp, m->ok ? m->index : SIM_NONE);
        return;
    }
}
