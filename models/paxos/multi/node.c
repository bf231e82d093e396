/*
 * Events to the core, its output to effects.
 *
 * Each event ends in paxos_node_settle: what has been chosen is applied, what clients wait for is
 * proposed as far as the window goes, records are put into the journal, and messages go out. Those
 * that depend on records are not among them: the core holds them until it is told that these are
 * durable.
 */
#include "paxos/multi/node.h"

#include "base/memory.h"
#include "base/text.h"
#include "parts/timeouts.h"

static bool times_make_sense(const struct sim_value *k, struct text *refusal) {
    if (!timeouts_fit(k[KNOB_HEARTBEAT].number, k[KNOB_ELECTION_TIMEOUT].number,
                      k[KNOB_ELECTION_TIMEOUT_MAX].number, refusal))
        return false;
    if (k[KNOB_READS].number == PAXOS_READS_LEASE &&
        k[KNOB_LEASE].number <= k[KNOB_HEARTBEAT].number)
        text_add(refusal, "lease: expected more than heartbeat, which renews it");
    else if (k[KNOB_WINDOW].number > k[KNOB_ALPHA].number)
        text_add(refusal,
                 "window: expected at most alpha, as the acceptors of an instance are known "
                 "alpha instances ahead, but %lld > %lld",
                 (long long)k[KNOB_WINDOW].number, (long long)k[KNOB_ALPHA].number);
    else
        return true;
    return false;
}

static bool core_config(const struct sim_config *config, struct paxos_config *c,
                        struct text *refusal) {
    const struct sim_value *k = config->knobs;
    const uint64_t bugs = config->bugs;
    *c = (struct paxos_config){
        .self = config->self,
        .group = k[KNOB_GROUP].number,
        .q1 = k[KNOB_Q1].number,
        .q2 = k[KNOB_Q2].number,
        .insist = k[KNOB_INSIST].number != 0,
        .heartbeat_ns = k[KNOB_HEARTBEAT].number,
        .election_min_ns = k[KNOB_ELECTION_TIMEOUT].number,
        .election_max_ns = k[KNOB_ELECTION_TIMEOUT_MAX].number,
        .retransmit_ns = k[KNOB_RETRANSMIT].number,
        .window = k[KNOB_WINDOW].number,
        .batch = k[KNOB_BATCH].number,
        .alpha = k[KNOB_ALPHA].number,
        .leases = k[KNOB_READS].number == PAXOS_READS_LEASE,
        .lease_ns = k[KNOB_LEASE].number,
        .lease_drift_ppm = k[KNOB_LEASE_DRIFT].number,
        .bugs = {.unsynced_promise = bugs >> NODE_BUG_UNSYNCED_PROMISE & 1,
                 .ignore_accepted = bugs >> NODE_BUG_IGNORE_ACCEPTED & 1,
                 .reused_ballot = bugs >> NODE_BUG_REUSED_BALLOT & 1,
                 .gap_as_noop = bugs >> NODE_BUG_GAP_AS_NOOP & 1,
                 .promise_skips_gaps = bugs >> NODE_BUG_PROMISE_SKIPS_GAPS & 1,
                 .lease_forgotten = bugs >> NODE_BUG_LEASE_FORGOTTEN & 1}};
    if (bugs >> NODE_BUG_DISJOINT_QUORUMS & 1) { /* the mistake: "half of them are a majority" */
        const int64_t half = (int64_t)k[KNOB_PEERS].count / 2;
        c->q1 = c->q2 = half > 0 ? half : 1;
        c->insist = true;
    }
    return paxos_quorum_begin(&c->quorum, k[KNOB_PEERS].nodes, k[KNOB_PEERS].count, c->q1, c->q2,
                              c->insist, refusal);
}

void *paxos_node_init(const struct sim_config *config, struct text *refusal) {
    const struct sim_value *k = config->knobs;
    struct paxos_config c;
    if (!times_make_sense(k, refusal) || !core_config(config, &c, refusal)) return NULL;
    if (config->self >= BALLOT_NODES) {
        text_add(refusal, "a ballot has room for nodes below n%d, and this is n%u", BALLOT_NODES,
                 config->self);
        return NULL;
    }
    struct paxos_node *s = memory_take(config->memory, sizeof *s);
    s->memory = config->memory;
    paxos_begin(&s->group, &c, s->memory);
    paxos_output_begin(&s->output, s->memory);
    journal_begin(&s->journal, s->memory, FILE_JOURNAL, TAG_JOURNAL);
    snapshot_file_begin(&s->snapshot_file, FILE_SNAPSHOT, TAG_SNAPSHOT);
    s->sessions_max = (size_t)k[KNOB_SESSIONS_MAX].number;
    kv_begin(&s->kv, s->memory, s->sessions_max);
    s->reads = (enum paxos_reads)k[KNOB_READS].number;
    s->snapshot_entries = k[KNOB_SNAPSHOT_ENTRIES].number;
    s->snapshot_chunk = k[KNOB_SNAPSHOT_CHUNK].number;
    s->segment_bytes = k[KNOB_SEGMENT_BYTES].number;
    s->reconnect_ns = k[KNOB_RECONNECT].number;
    s->pending_capacity = 64;
    while (s->pending_capacity < (size_t)c.window) s->pending_capacity *= 2;
    s->pending = memory_take(s->memory, s->pending_capacity * sizeof *s->pending);
    s->armed_ns = SIM_NONE;
    return s;
}

/* ---- the core's output ---- */

void paxos_node_send(struct paxos_node *s, sim_node to, uint32_t type, struct sim_bytes body,
                     int64_t extra, struct sim_out *out) {
    s->messages_sent++;
    s->bytes_sent += (int64_t)body.size + extra;
    sim_send(out, (struct sim_message){.peer = to,
                                       .channel = PEER_CHANNEL,
                                       .type = type,
                                       .body = body,
                                       .modelled_bytes = (int64_t)body.size + extra});
}

static void let_out(struct paxos_node *s, struct sim_out *out) {
    const struct paxos_output *o = &s->output;
    for (size_t i = 0; i < o->said_count; i++) {
        const int64_t *v = o->said[i].values;
        if (o->said[i].fact)
            sim_fact(out, v[0], v[1], v[2], v[3], v[4]);
        else
            sim_note_values(out, v, o->said[i].count);
    }
    for (size_t i = 0; i < o->messages.count; i++) {
        const struct paxos_piece *p = &o->messages.list[i];
        paxos_node_send(s, p->to, MESSAGE_CORE + p->type, paxos_output_bytes(o, p), p->extra, out);
    }
}

static void apply_chosen(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    struct sim_bytes value;
    int64_t instance;
    while ((instance = paxos_next(&s->group, &value, e->now.mono_ns, e->random, &s->output)) != 0)
        paxos_clients_applied(s, instance, value, out);
}

static void arm(struct paxos_node *s, struct sim_out *out) {
    const int64_t due = paxos_due(&s->group);
    if (due == s->armed_ns) return;
    s->armed_ns = due;
    sim_arm(out, TIMER_GROUP, due);
}

void paxos_node_settle(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    do { /* in a group of one, what is proposed may be chosen at once */
        apply_chosen(s, e, out);
        if (s->was_leader && s->group.role != PAXOS_LEADER) paxos_clients_deposed(s, out);
        s->was_leader = s->group.role == PAXOS_LEADER;
        const bool proposed = paxos_clients_propose(s, out);
        paxos_flush(&s->group, e->now.mono_ns, e->random, &s->output);
        if (!proposed && s->group.applied == s->group.commit) break;
    } while (true);
    if (s->output.snapshot_to != SIM_NONE)
        paxos_snapshot_offer(s, (sim_node)s->output.snapshot_to, out);
    paxos_snapshot_consider(s, e->now.mono_ns, out);
    paxos_storage_keep(s, out);
    let_out(s, out);
    paxos_output_clear(&s->output);
    paxos_links_open(s, out);
    journal_flush(&s->journal, out);
    arm(s, out);
}

/* ---- events ---- */

static void on_message(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    const struct sim_message *m = &e->message;
    if (m->channel == CLIENT_CHANNEL)
        paxos_clients_asked(s, e, out);
    else if (m->type == MESSAGE_CHUNK)
        paxos_snapshot_chunk_received(s, e, out);
    else if (m->type == MESSAGE_NEXT_CHUNK)
        paxos_snapshot_next_asked(s, e, out);
    else if (m->type >= MESSAGE_CORE)
        paxos_receive(&s->group, m->type - MESSAGE_CORE, m->peer, m->body, e->now.mono_ns,
                      e->random, &s->output);
}

static void on_journal(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    switch (journal_answered(&s->journal, &e->disk, paxos_recovery_record, s, out)) {
    case JOURNAL_NOTHING: return;
    case JOURNAL_READ: paxos_recovery_done(s, e); return;
    case JOURNAL_SYNCED:
        paxos_storage_synced(s, e);
        paxos_storage_drop(s, out);
        return;
    case JOURNAL_FAILED: sim_halt(out, s->journal.failure); return;
    }
}

static void on_snapshot_file(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    switch (snapshot_file_answered(&s->snapshot_file, &e->disk, out)) {
    case SNAPSHOT_FILE_NOTHING: return;
    case SNAPSHOT_FILE_READ: paxos_recovery_snapshot_read(s, e, out); return;
    case SNAPSHOT_FILE_STORED: paxos_snapshot_stored(s, e, out); return;
    case SNAPSHOT_FILE_FAILED: sim_halt(out, s->snapshot_file.failure); return;
    }
}

static void on_disk(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    if (journal_owns(&s->journal, &e->disk))
        on_journal(s, e, out);
    else if (snapshot_file_owns(&s->snapshot_file, &e->disk))
        on_snapshot_file(s, e, out);
    else if (e->disk.tag >= TAG_CHUNK)
        paxos_snapshot_chunk_read(s, &e->disk, out);
}

static void on_timer(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    if (e->timer.id == TIMER_GROUP) {
        s->armed_ns = SIM_NONE;
        paxos_tick(&s->group, e->now.mono_ns, e->random, &s->output);
    } else {
        paxos_links_again(s, (int)(e->timer.id - TIMER_LINK), out);
    }
}

/* Until it is ready it answers nobody: streams keep what peers send, and are reset if it takes
 * long. */
void paxos_node_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct paxos_node *s = state;
    switch (e->kind) {
    case SIM_START: paxos_recovery_begin(s, e, out); break;
    case SIM_MESSAGE:
        if (s->ready || e->message.channel == CLIENT_CHANNEL) on_message(s, e, out);
        break;
    case SIM_PEER:
        if (e->peer.channel == PEER_CHANNEL) paxos_links_changed(s, e, out);
        break;
    case SIM_TIMER: on_timer(s, e, out); break;
    case SIM_DISK: on_disk(s, e, out); break;
    case SIM_COMMAND: paxos_command_received(s, e, out); break;
    case SIM_WORK: return;
    }
    if (s->ready) paxos_node_settle(s, e, out);
}
