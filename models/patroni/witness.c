/*
 * The witness: a consensus store as seen from outside, as one reliable register.
 *
 * etcd, Consul and ZooKeeper are clusters of their own, so that no one machine's death loses the
 * leader key. To an agent they are one register that now and then does not answer; that is what
 * this node is, and crashing it stands for a store without a quorum.
 *
 * The invariant: at most one agent holds the leader key, and its term is above all before. A change
 * of the holder is on disk before anybody hears of it. The time that a lease has left is not: after
 * a restart it counts from the full time to live again, which errs on the safe side (etcd does the
 * same when its leader changes: lease/lessor.go, Promote).
 */
#include "patroni/witness.h"

#include "base/memory.h"
#include "base/text.h"

void *witness_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct witness *w = memory_take(config->memory, sizeof *w);
    w->self = config->self;
    w->key.holder = w->key.server = SIM_NONE;
    w->unsynced_lease = config->bugs >> BUG_UNSYNCED_LEASE & 1;
    return w;
}

static void arm_expiry(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    w->expires_ns = e->now.mono_ns + w->key.ttl_ns;
    sim_arm(out, TIMER_EXPIRY, w->expires_ns);
}

void witness_loaded(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    if (w->key.term > 0) sim_note(out, WITNESS_NOTE_RECOVERED, w->key.term);
    if (w->key.holder != SIM_NONE) arm_expiry(w, e, out);
}

void witness_cluster(const struct witness *w, int64_t mono_ns, struct dcs_cluster *c) {
    c->leader = w->key.holder;
    c->server = w->key.server;
    c->term = w->key.term;
    c->remaining_ns = w->key.holder == SIM_NONE ? 0 : w->expires_ns - mono_ns;
    if (c->remaining_ns < 0) c->remaining_ns = 0;
    c->position = w->key.position;
    c->timeline = w->key.timeline;
    c->count = 0;
    for (size_t i = 0; i < w->member_count; i++)
        if (w->members[i].until_ns > mono_ns) c->members[c->count++] = w->members[i].entry;
}

static void answer(const struct witness *w, sim_node to, int64_t request, bool ok,
                   const struct sim_event *e, struct sim_out *out) {
    uint8_t body[DCS_ANSWER_BYTES];
    struct dcs_answer a = {.request = request, .ok = ok};
    witness_cluster(w, e->now.mono_ns, &a.cluster);
    sim_send(out, (struct sim_message){.peer = to,
                                       .channel = DCS_CHANNEL,
                                       .type = DCS_ANSWER,
                                       .body = dcs_answer_write(&a, body)});
}

/* ---- member entries ---- */

static struct witness_member *member_at(struct witness *w, sim_node agent, struct sim_out *out) {
    for (size_t i = 0; i < w->member_count; i++)
        if (w->members[i].entry.agent == agent) return &w->members[i];
    if (w->member_count == DCS_MEMBERS_MAX) {
        sim_note(out, WITNESS_NOTE_FULL, agent, DCS_MEMBERS_MAX);
        return NULL;
    }
    w->members[w->member_count] = (struct witness_member){.entry = {.agent = agent}};
    return &w->members[w->member_count++];
}

/* That it led as a primary is remembered until it streams again, whatever else it becomes. */
static void put_member(struct witness *w, const struct dcs_request *q, const struct sim_event *e,
                       struct sim_out *out) {
    struct witness_member *m = member_at(w, e->message.peer, out);
    if (!m) return;
    const bool leads = w->key.holder == (int64_t)e->message.peer;
    m->until_ns = e->now.mono_ns + q->ttl_ns;
    m->entry.server = (sim_node)q->server;
    m->entry.status = q->status;
    if (leads && q->status.state == CONTROL_PRIMARY) m->entry.primary_term = w->key.term;
    if (q->status.state == CONTROL_STANDBY && q->status.streaming) m->entry.primary_term = 0;
}

/* ---- the leader key ---- */

static bool holds(const struct witness *w, const struct dcs_request *q, sim_node agent) {
    return w->key.holder == (int64_t)agent && w->key.term == q->term;
}

/* While a change is on its way to the disk, another is refused: its agent tries again. */
static void change(struct witness *w, const struct dcs_request *q, struct leader_key key,
                   const struct sim_event *e, struct sim_out *out) {
    w->answers = true;
    w->asker = e->message.peer;
    w->request = q->request;
    register_write(w, key, out);
}

static void on_acquire(struct witness *w, const struct dcs_request *q, const struct sim_event *e,
                       struct sim_out *out) {
    if (w->key.holder != SIM_NONE || w->register_state != REGISTER_IDLE) {
        sim_note(out, WITNESS_NOTE_REFUSED, e->message.peer, w->key.term);
        answer(w, e->message.peer, q->request, false, e, out);
        return;
    }
    struct leader_key key = w->key;
    key.holder = e->message.peer;
    key.server = q->server;
    key.term++;
    key.ttl_ns = q->ttl_ns;
    change(w, q, key, e, out);
}

/* The position is written when the register is free and it has moved; nobody waits for it. */
static void on_renew(struct witness *w, const struct dcs_request *q, const struct sim_event *e,
                     struct sim_out *out) {
    const bool goes = w->register_state == REGISTER_WRITING && w->wanted.holder != w->key.holder;
    if (!holds(w, q, e->message.peer) || goes) {
        sim_note(out, WITNESS_NOTE_REFUSED, e->message.peer, w->key.term);
        answer(w, e->message.peer, q->request, false, e, out);
        return;
    }
    w->key.ttl_ns = q->ttl_ns;
    arm_expiry(w, e, out);
    const bool moved = q->status.state == CONTROL_PRIMARY &&
                       (q->status.lsn != w->key.position || q->status.timeline != w->key.timeline);
    if (moved) {
        w->key.position = q->status.lsn;
        w->key.timeline = q->status.timeline;
    }
    if (moved && w->register_state == REGISTER_IDLE) {
        w->answers = false;
        register_write(w, w->key, out);
    }
    answer(w, e->message.peer, q->request, true, e, out);
}

static void on_release(struct witness *w, const struct dcs_request *q, const struct sim_event *e,
                       struct sim_out *out) {
    if (!holds(w, q, e->message.peer) || w->register_state != REGISTER_IDLE) {
        answer(w, e->message.peer, q->request, false, e, out);
        return;
    }
    struct leader_key key = w->key;
    key.holder = key.server = SIM_NONE;
    sim_note(out, WITNESS_NOTE_RELEASED, e->message.peer, key.term);
    change(w, q, key, e, out);
}

/* The key is gone once that is on disk. Until then it is renewed no more. */
static void on_expiry(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    if (w->key.holder == SIM_NONE || e->now.mono_ns < w->expires_ns) return;
    if (w->register_state != REGISTER_IDLE) {
        sim_arm(out, TIMER_EXPIRY, e->now.mono_ns + 1000000); /* a position is being written */
        return;
    }
    struct leader_key key = w->key;
    sim_note(out, WITNESS_NOTE_EXPIRED, key.holder, key.term);
    key.holder = key.server = SIM_NONE;
    w->answers = false;
    register_write(w, key, out);
}

static void tell_all(const struct witness *w, struct sim_out *out) {
    for (size_t i = 0; i < w->member_count; i++)
        sim_send(out, (struct sim_message){.peer = w->members[i].entry.agent,
                                           .channel = DCS_CHANNEL,
                                           .type = DCS_CHANGED});
}

void witness_written(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    const struct leader_key before = w->key;
    if (w->wanted.holder != before.holder) {
        w->key.holder = w->wanted.holder;
        w->key.server = w->wanted.server;
        w->key.term = w->wanted.term;
        w->key.ttl_ns = w->wanted.ttl_ns;
        if (w->key.holder == SIM_NONE) {
            sim_disarm(out, TIMER_EXPIRY);
            sim_fact(out, FACT_LEASE_LOST, w->self, before.server, before.term);
        } else {
            arm_expiry(w, e, out);
            sim_note(out, WITNESS_NOTE_GRANTED, w->key.holder, w->key.term, w->key.ttl_ns);
            sim_fact(out, FACT_LEASE_GRANTED, w->self, w->key.server, w->key.term);
        }
        tell_all(w, out);
    }
    if (w->answers) answer(w, w->asker, w->request, true, e, out);
    w->answers = false;
}

/* ---- events ---- */

static void on_request(struct witness *w, const struct sim_event *e, struct sim_out *out) {
    struct dcs_request q;
    if (e->message.type != DCS_REQUEST || !dcs_request_read(e->message.body, &q)) return;
    if (w->register_state == REGISTER_LOADING) return; /* its agent asks again */
    put_member(w, &q, e, out);
    switch (q.what) {
    case DCS_CLUSTER: answer(w, e->message.peer, q.request, true, e, out); return;
    case DCS_ACQUIRE: on_acquire(w, &q, e, out); return;
    case DCS_RENEW: on_renew(w, &q, e, out); return;
    case DCS_RELEASE: on_release(w, &q, e, out); return;
    }
}

void witness_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct witness *w = state;
    switch (e->kind) {
    case SIM_START: register_load(w, e, out); return;
    case SIM_MESSAGE: on_request(w, e, out); return;
    case SIM_TIMER: on_expiry(w, e, out); return;
    case SIM_DISK: register_answered(w, e, out); return;
    case SIM_PEER:
    case SIM_WORK:
    case SIM_COMMAND: return;
    }
}
