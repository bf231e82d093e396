/*
 * Events in, the core's output carried out.
 *
 * Every event goes to the core, or to one of the files beside this one, which may go to the core in
 * turn. What the core wants done is then done in one place, carry_out, until it wants nothing more;
 * and at the end of the step once: entries that were proposed go out together, what is to be
 * durable is written together, and the timer is set.
 */
#include "raft/node.h"

#include "base/text.h"
#include "parts/timeouts.h"

void *raft_node_init(const struct sim_config *config, struct text *refusal) {
    const struct sim_value *knobs = config->knobs;
    struct node *n = memory_take(config->memory, sizeof *n);
    n->self = config->self;
    n->memory = config->memory;
    n->bugs = config->bugs;
    n->reads = (enum read_mode)knobs[KNOB_READS].number;
    n->follower_reads = knobs[KNOB_FOLLOWER_READS].number != 0;
    n->datagrams = knobs[KNOB_TRANSPORT].number == TRANSPORT_DATAGRAM;
    n->snapshot_entries = knobs[KNOB_SNAPSHOT_ENTRIES].number;
    n->snapshot_trailing = knobs[KNOB_SNAPSHOT_TRAILING].number;
    n->reconnect_ns = knobs[KNOB_RECONNECT].number;
    n->sessions_max = knobs[KNOB_SESSIONS_MAX].number;
    n->set = (struct raft_settings){
        .heartbeat_ns = knobs[KNOB_HEARTBEAT].number,
        .election_min_ns = knobs[KNOB_ELECTION_TIMEOUT].number,
        .election_max_ns = knobs[KNOB_ELECTION_TIMEOUT_MAX].number,
        .pre_vote = knobs[KNOB_PRE_VOTE].number != 0,
        .check_quorum = knobs[KNOB_CHECK_QUORUM].number != 0,
        .hint = knobs[KNOB_BACK_OFF].number == BACK_OFF_HINT,
        .lease = n->reads == READS_LEASE,
        .lease_drift_ppm = knobs[KNOB_LEASE_DRIFT].number,
        .batch_entries = knobs[KNOB_BATCH].number,
        .batch_bytes = knobs[KNOB_BATCH_BYTES].number,
        .pipeline = knobs[KNOB_PIPELINE].number,
        .chunk_bytes = knobs[KNOB_SNAPSHOT_CHUNK].number,
        .bugs = (unsigned)(config->bugs & ((1u << BUG_CORE_BITS) - 1)),
    };
    if (!timeouts_fit(n->set.heartbeat_ns, n->set.election_min_ns, n->set.election_max_ns, refusal))
        return NULL;
    const struct sim_value *peers = &knobs[KNOB_PEERS];
    if (peers->count == 0 || peers->count > RAFT_MEMBERS_MAX) {
        text_add(refusal,
                 "peers: found %zu nodes; expected the group's first members, 1 to %d, "
                 "such as { peers = sim.all } of sim.nodes",
                 peers->count, RAFT_MEMBERS_MAX);
        return NULL;
    }
    for (size_t i = 0; i < peers->count; i++)
        raft_set_add(&n->first_members.voters, peers->nodes[i]);
    n->armed_ns = INT64_MAX;
    n->body = writer_growing();
    raft_output_begin(&n->output, n->memory);
    raft_begin(&n->raft, n->memory, &n->set, &n->output, knobs[KNOB_GROUP].number, n->self);
    kv_begin(&n->kv, n->memory, (size_t)n->sessions_max);
    return n;
}

/* ---- what the core wants done ---- */

static void tell(const struct raft_said *said, struct sim_out *out) {
    const int64_t *v = said->values;
    if (said->is_fact) {
        sim_fact_values(out, said->what, v[0], said->count > 1 ? v[1] : 0,
                        said->count > 2 ? v[2] : 0, said->count > 3 ? v[3] : 0);
        return;
    }
    int64_t values[1 + sizeof said->values / sizeof *said->values] = {said->what};
    memcpy(values + 1, v, said->count * sizeof *v);
    sim_note_values(out, values, said->count + 1);
}

/* An entry that a snapshot does not have goes to the store; the mistake is not to wait for commit.
 */
static void apply(struct node *n, struct sim_out *out) {
    struct raft *r = &n->raft;
    const int64_t to = node_has_bug(n, BUG_APPLY_UNCOMMITTED) ? r->last : r->commit;
    if (n->applied >= to) return;
    while (n->applied < to) {
        const struct raft_entry *e = raft_entry_at(r, ++n->applied);
        struct client_response answer = {.status = CLIENT_OK};
        if (e->kind == RAFT_COMMAND)
            answer = kv_apply(&n->kv, n->applied, (struct sim_bytes){e->data, e->size});
        sim_fact(out, FACT_APPLIED, r->group, n->applied, e->term, (int64_t)e->hash);
        serve_applied(n, n->applied, &answer, out);
        snapshot_look(n, out);
    }
    serve_reads(n, out);
}

static void carry_out(struct node *n, const struct sim_event *e, struct sim_out *out) {
    struct raft_output *o = &n->output;
    if (o->write > 0) storage_write(n, o);
    for (size_t i = 0; i < o->message_count; i++) link_send(n, &o->messages[i], out);
    for (size_t i = 0; i < o->said_count; i++) tell(&o->said[i], out);
    for (size_t i = 0; i < o->ready_count; i++) serve_ready(n, &o->ready[i], out);
    const bool install = o->install;
    raft_output_clear(o);
    apply(n, out);
    if (n->raft.leader == RAFT_NOBODY) serve_reads(n, out);
    if (n->raft.role != RAFT_LEADER) serve_give_up(n, out);
    if (!install) return;
    snapshot_install(n, e, out);
    for (size_t i = 0; i < o->message_count; i++) link_send(n, &o->messages[i], out);
    raft_output_clear(o);
}

/* A deadline that moves later is met by a timer that fires early and finds nothing to do. */
static void set_timer(struct node *n, struct sim_out *out) {
    const int64_t deadline = raft_deadline(&n->raft);
    if (deadline >= n->armed_ns) return;
    n->armed_ns = deadline;
    sim_arm(out, timer_id(TIMER_RAFT, 0), deadline);
}

static void finish(struct node *n, const struct sim_event *e, struct sim_out *out) {
    const struct raft_moment now = moment_of(e);
    carry_out(n, e, out);
    if (n->load.on) load_look(n, e, out);
    raft_flush(&n->raft, &now);
    carry_out(n, e, out);
    journal_flush(&n->journal, out);
    set_timer(n, out);
}

void node_recovered(struct node *n, const struct sim_event *e, struct sim_out *out) {
    const struct raft_moment now = moment_of(e);
    n->running = true;
    n->read_number = e->now.mono_ns / 1000; /* above those of earlier lives */
    if (n->raft.term > 0 || n->raft.last > 0)
        sim_note(out, NOTE_RECOVERED, n->raft.term, n->raft.base + 1, n->raft.last, n->applied);
    else
        sim_note(out, NOTE_FRESH, raft_configuration_of(&n->raft)->voters.count,
                 !raft_is_member(raft_configuration_of(&n->raft), n->self));
    raft_start(&n->raft, &now);
    links_start(n, out);
}

/* ---- events ---- */

static void on_message(struct node *n, const struct sim_event *e, struct sim_out *out) {
    const struct sim_message *m = &e->message;
    if (m->type == CLIENT_REQUEST) {
        serve_request(n, e, out);
        return;
    }
    struct raft_message message;
    const struct raft_moment now = moment_of(e);
    if (!n->running || m->type < RAFT_TYPE_FIRST) return;
    const enum raft_type type = (enum raft_type)(m->type - RAFT_TYPE_FIRST);
    if (!raft_message_read(type, m->body, &message)) return;
    message.peer = m->peer;
    raft_receive(&n->raft, &now, &message);
}

static void on_timer(struct node *n, const struct sim_event *e, struct sim_out *out) {
    const struct raft_moment now = moment_of(e);
    if (e->timer.id >> 32 == TIMER_RECONNECT) {
        link_reconnect(n, (sim_node)e->timer.id, out);
        return;
    }
    n->armed_ns = INT64_MAX;
    raft_time(&n->raft, &now);
}

void raft_node_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct node *n = state;
    switch (e->kind) {
    case SIM_START: storage_start(n, e, out); break;
    case SIM_MESSAGE: on_message(n, e, out); break;
    case SIM_PEER: link_peer(n, e, out); break;
    case SIM_TIMER: on_timer(n, e, out); break;
    case SIM_DISK:
        if (journal_owns(&n->journal, &e->disk))
            storage_answered(n, e, out);
        else
            snapshot_answered(n, e, out);
        break;
    case SIM_COMMAND: operate(n, e, out); break;
    case SIM_WORK: return;
    }
    if (n->running) finish(n, e, out);
}
