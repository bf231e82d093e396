/*
 * The node around the synod's core: events in, its output made effects.
 *
 * Messages are datagrams, which may be lost, doubled and overtaken: Paxos asks for no more. What an
 * acceptor must remember is a record in a journal, of which the last counts.
 */
#include "paxos/decree/decree_node.h"

#include "base/memory.h"
#include "base/text.h"
#include "parts/record.h"
#include "paxos/core/facts.h"

enum { JOURNAL_FILES = 1, JOURNAL_TAG = 1 };
enum { MESSAGE_BYTES = 32, RECORD_BYTES = 24 };

static bool proposer_is_sound(const struct sim_value *k, const struct quorum_system *q,
                              struct text *refusal) {
    const int64_t proposer = k[KNOB_PROPOSER].number;
    if (k[KNOB_DISTINGUISHED].number != DISTINGUISHED_NODE) return true;
    if (proposer == SIM_NONE)
        text_add(refusal, "proposer: expected a node, as distinguished = \"node\"");
    else if (paxos_quorum_place(q, (sim_node)proposer) < 0)
        text_add(refusal, "proposer: expected one of peers, found n%lld", (long long)proposer);
    else
        return true;
    return false;
}

void *decree_node_init(const struct sim_config *config, struct text *refusal) {
    const struct sim_value *k = config->knobs;
    struct decree_config c = {.self = config->self,
                              .group = k[KNOB_GROUP].number,
                              .retry_min_ns = k[KNOB_RETRY_MIN].number,
                              .retry_max_ns = k[KNOB_RETRY_MAX].number,
                              .timeout_ns = k[KNOB_TIMEOUT].number,
                              .exponential = k[KNOB_EXPONENTIAL].number != 0,
                              .unsynced_promise = config->bugs >> BUG_UNSYNCED_PROMISE & 1,
                              .ignore_accepted = config->bugs >> BUG_IGNORE_ACCEPTED & 1,
                              .reused_ballot = config->bugs >> BUG_REUSED_BALLOT & 1};
    if (!paxos_quorum_begin(&c.quorum, k[KNOB_PEERS].nodes, k[KNOB_PEERS].count, k[KNOB_Q1].number,
                            k[KNOB_Q2].number, k[KNOB_INSIST].number != 0, refusal))
        return NULL;
    if (paxos_quorum_place(&c.quorum, config->self) < 0) {
        text_add(refusal, "peers: every node is an acceptor, but n%u is not in the list",
                 config->self);
        return NULL;
    }
    if (c.retry_max_ns < c.retry_min_ns) {
        text_add(refusal, "retry_max: expected no less than retry_min");
        return NULL;
    }
    if (c.exponential && c.retry_min_ns == 0 && c.retry_max_ns > 0) {
        text_add(refusal, "retry_min: expected more than 0, as exponential = true doubles it");
        return NULL;
    }
    if (!proposer_is_sound(k, &c.quorum, refusal)) return NULL;
    struct decree_node *s = memory_take(config->memory, sizeof *s);
    decree_begin(&s->decree, &c);
    journal_begin(&s->journal, config->memory, JOURNAL_FILES, JOURNAL_TAG);
    s->distinguished = (enum distinguished)k[KNOB_DISTINGUISHED].number;
    if (s->distinguished == DISTINGUISHED_NODE) s->proposer = (sim_node)k[KNOB_PROPOSER].number;
    s->alive_interval_ns = k[KNOB_ALIVE_INTERVAL].number;
    s->suspect_after_ns = k[KNOB_SUSPECT_AFTER].number;
    s->process_ns = k[KNOB_PROCESS].number;
    return s;
}

/* ---- bytes ---- */

void decree_node_send(struct decree_node *s, const struct decree_message *m, struct sim_out *out) {
    uint8_t body[MESSAGE_BYTES];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, m->ballot);
    put_i64(&w, m->accepted_ballot);
    put_i64(&w, m->value);
    s->messages_sent++;
    sim_send(out, (struct sim_message){.peer = m->peer,
                                       .channel = CHANNEL_SYNOD,
                                       .type = (uint32_t)m->type,
                                       .body = {body, w.size}});
}

bool decree_node_read(const struct sim_message *m, struct decree_message *to) {
    struct reader r = reader_over(m->body.data, m->body.size);
    to->type = (enum decree_type)m->type;
    to->peer = m->peer;
    to->ballot = get_i64(&r);
    to->accepted_ballot = get_i64(&r);
    to->value = get_i64(&r);
    return !r.bad && m->type < DECREE_TYPES && to->ballot >= 0 && to->value >= 0;
}

static void recovered(void *context, int64_t segment, struct sim_bytes payload) {
    struct decree_record *last = context;
    struct reader r = reader_over(payload.data, payload.size);
    (void)segment;
    last->promised = get_i64(&r);
    last->accepted_ballot = get_i64(&r);
    last->value = get_i64(&r);
}

static void put_record(struct decree_node *s, const struct decree_record *record) {
    uint8_t bytes[RECORD_BYTES];
    struct writer w = writer_over(bytes, sizeof bytes);
    put_i64(&w, record->promised);
    put_i64(&w, record->accepted_ballot);
    put_i64(&w, record->value);
    journal_put(&s->journal, bytes, w.size, 0);
}

/* ---- the core's output ---- */

static void deliver(struct decree_node *, const struct decree_message *, const struct sim_event *,
                    struct sim_out *);

static void apply(struct decree_node *s, const struct decree_out *o, const struct sim_event *e,
                  struct sim_out *out) {
    if (o->records) put_record(s, &o->record);
    for (size_t i = 0; i < o->said_count; i++) {
        const int64_t *v = o->said[i].values;
        if (o->said[i].fact)
            sim_fact(out, v[0], v[1], v[2], v[3], v[4]);
        else
            sim_note_values(out, v, 4);
    }
    if (o->wakes) sim_arm(out, TIMER_WAKE, e->now.mono_ns + o->wake_ns);
    for (size_t i = 0; i < o->message_count; i++) {
        const struct decree_message *m = &o->messages[i];
        if (m->peer == s->decree.config.self)
            deliver(s, m, e, out);
        else
            decree_node_send(s, m, out);
    }
}

static void answer_all(struct decree_node *s, struct sim_out *out) {
    struct text text = {0};
    text_add(&text, "%lld", (long long)s->decree.learned);
    for (size_t i = 0; i < s->request_count; i++)
        sim_reply(out, s->requests[i], true, (struct sim_bytes){(uint8_t *)text.data, text.size});
    s->request_count = 0;
    text_free(&text);
}

/* A message to itself takes no time on a network. */
static void deliver(struct decree_node *s, const struct decree_message *m,
                    const struct sim_event *e, struct sim_out *out) {
    struct decree_out o = {0};
    struct decree_message from_self = *m;
    from_self.peer = s->decree.config.self;
    decree_receive(&s->decree, &from_self, e->random, &o);
    apply(s, &o, e, out);
}

/* ---- events ---- */

static bool is_ready(const struct decree_node *s) { return s->journal.state == JOURNAL_OPEN; }

static bool may_begin(const struct decree_node *s, const struct sim_event *e) {
    const int64_t turn = paxos_distinguished_proposer(s, e->now.mono_ns);
    return turn == SIM_NONE || turn == (int64_t)s->decree.config.self;
}

/* Whoever may not propose asks the one who may. */
static void forward(struct decree_node *s, const struct sim_event *e, struct sim_out *out) {
    if (s->decree.phase != DECREE_WAITING || may_begin(s, e)) return;
    const sim_node to = (sim_node)paxos_distinguished_proposer(s, e->now.mono_ns);
    sim_note(out, NOTE_FORWARDED, to, s->decree.own);
    decree_node_send(
        s, &(struct decree_message){.type = DECREE_FORWARD, .peer = to, .value = s->decree.own},
        out);
}

static void propose(struct decree_node *s, int64_t value, const struct sim_event *e,
                    struct sim_out *out) {
    struct decree_out o = {0};
    decree_propose(&s->decree, value, may_begin(s, e), &o);
    apply(s, &o, e, out);
    forward(s, e, out);
}

static void on_message(struct decree_node *s, const struct sim_event *e, struct sim_out *out) {
    struct decree_message m;
    struct decree_out o = {0};
    if (!decree_node_read(&e->message, &m)) return;
    if (s->process_ns) sim_busy(out, s->process_ns);
    paxos_distinguished_heard(s, m.peer, e->now.mono_ns);
    if (m.type == DECREE_ALIVE) return;
    if (m.type == DECREE_FORWARD) {
        if (m.value > 0) propose(s, m.value, e, out);
        return;
    }
    decree_receive(&s->decree, &m, e->random, &o);
    apply(s, &o, e, out);
}

static void ready(struct decree_node *s, const struct sim_event *e, struct sim_out *out) {
    const struct quorum_system *q = &s->decree.config.quorum;
    const int64_t group = s->decree.config.group;
    sim_fact(out, PAXOS_MEMBERSHIP, group, 1, q->count, q->q2);
    for (int64_t i = 0; i < q->count; i++) sim_fact(out, PAXOS_MEMBER, group, 1, q->members[i]);
    paxos_distinguished_tell(s, e, out);
}

static void on_disk(struct decree_node *s, const struct sim_event *e, struct sim_out *out) {
    struct decree_out o = {0};
    struct decree_record last = s->decree.acceptor;
    switch (journal_answered(&s->journal, &e->disk, recovered, &last, out)) {
    case JOURNAL_NOTHING: s->decree.acceptor = last; return;
    case JOURNAL_READ:
        decree_recover(&s->decree, &last, &o);
        apply(s, &o, e, out);
        ready(s, e, out);
        return;
    case JOURNAL_SYNCED:
        decree_durable(&s->decree, s->journal.synced / (RECORD_HEADER_BYTES + RECORD_BYTES), &o);
        apply(s, &o, e, out);
        return;
    case JOURNAL_FAILED: sim_halt(out, s->journal.failure); return;
    }
}

static void on_timer(struct decree_node *s, const struct sim_event *e, struct sim_out *out) {
    struct decree_out o = {0};
    if (e->timer.id == TIMER_ALIVE) {
        paxos_distinguished_tell(s, e, out);
        return;
    }
    decree_woken(&s->decree, may_begin(s, e), &o);
    apply(s, &o, e, out);
    forward(s, e, out);
}

static void on_command(struct decree_node *s, const struct sim_event *e, struct sim_out *out) {
    const char *no = !is_ready(s)                       ? "it is starting"
                     : s->request_count == REQUESTS_MAX ? "too many ask"
                                                        : NULL;
    if (no) {
        sim_reply(out, e->command.request, false,
                  (struct sim_bytes){(const uint8_t *)no, strlen(no)});
        return;
    }
    s->requests[s->request_count++] = e->command.request;
    propose(s, e->command.args[0].number, e, out);
}

void decree_node_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct decree_node *s = state;
    switch (e->kind) {
    case SIM_START:
        if (journal_start(&s->journal, e, out)) ready(s, e, out);
        return;
    case SIM_MESSAGE:
        if (is_ready(s)) on_message(s, e, out); /* or it is lost, as datagrams may be */
        break;
    case SIM_DISK: on_disk(s, e, out); break;
    case SIM_TIMER: on_timer(s, e, out); break;
    case SIM_COMMAND: on_command(s, e, out); break;
    case SIM_PEER:
    case SIM_WORK: return;
    }
    if (s->decree.learned) answer_all(s, out);
    journal_flush(&s->journal, out);
}
