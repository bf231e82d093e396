/*
 * Echo: the smallest model, and the tutorial (README.md beside this file walks through it).
 *
 * One model, two roles. A node with a `target` is a client: each `interval` it sends the next
 * number to its target. A node without one is a server: it sends back what it gets. Messages are
 * datagrams, so a lossy link loses some, and the probe `missing` shows how many have not come back.
 *
 * Law: every echo carries a number that was sent.
 */
#include "base/codec.h"
#include "base/memory.h"
#include "base/text.h"
#include "wall/model.h"

/* Each enum numbers a table at the end of this file, in the same order. */
enum { KNOB_TARGET, KNOB_INTERVAL };
enum { CHANNEL_ECHO };
enum { MESSAGE_PING, MESSAGE_PONG };
enum { NOTE_ECHOED };
enum { FACT_SENT, FACT_CAME_BACK };
enum { PROBE_MISSING };
enum { BUG_OFF_BY_ONE };
enum { TIMER_PING = 1 };

struct echo {
    sim_node self;
    bool is_client, off_by_one;
    sim_node target;
    int64_t interval_ns;
    int64_t sent, came_back; /* numbers sent so far; echoes that came back */
};

static void *echo_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal; /* nothing here can be wrong: the engine has checked the ranges */
    struct echo *s = memory_take(config->memory, sizeof *s);
    s->self = config->self;
    s->is_client = config->knobs[KNOB_TARGET].number != SIM_NONE;
    if (s->is_client) s->target = (sim_node)config->knobs[KNOB_TARGET].number;
    s->interval_ns = config->knobs[KNOB_INTERVAL].number;
    s->off_by_one = config->bugs >> BUG_OFF_BY_ONE & 1;
    return s;
}

static void send_number(struct sim_out *out, sim_node to, uint32_t type, int64_t number) {
    uint8_t body[8];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, number);
    sim_send(out, (struct sim_message){
                      .peer = to, .channel = CHANNEL_ECHO, .type = type, .body = {body, w.size}});
}

static void on_message(struct echo *s, const struct sim_message *m, struct sim_out *out) {
    struct reader r = reader_over(m->body.data, m->body.size);
    const int64_t number = get_i64(&r);
    if (r.bad) return; /* a corrupted datagram, if the scenario delivers those */
    if (m->type == MESSAGE_PING) {
        sim_note(out, NOTE_ECHOED, number, m->peer);
        send_number(out, m->peer, MESSAGE_PONG, number + (s->off_by_one ? 1 : 0));
    } else {
        s->came_back++;
        sim_fact(out, FACT_CAME_BACK, s->self, number);
    }
}

static void echo_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct echo *s = state;
    if (e->kind == SIM_START && s->is_client) {
        sim_arm(out, TIMER_PING, e->now.mono_ns + s->interval_ns);
    } else if (e->kind == SIM_TIMER) {
        s->sent++;
        sim_fact(out, FACT_SENT, s->self, s->sent);
        send_number(out, s->target, MESSAGE_PING, s->sent);
        sim_arm(out, TIMER_PING, e->now.mono_ns + s->interval_ns);
    } else if (e->kind == SIM_MESSAGE) {
        on_message(s, &e->message, out);
    }
}

/* ---- for observers ---- */

static void echo_encode(const void *state, struct writer *w) {
    const struct echo *s = state;
    put_i64(w, s->sent);
    put_i64(w, s->came_back);
}
static void echo_describe(const void *state, struct text *text) {
    const struct echo *s = state;
    if (s->is_client)
        text_add(text, "client: %lld sent, %lld back", (long long)s->sent, (long long)s->came_back);
    else
        text_add(text, "server");
}
static void echo_describe_message(const struct sim_message *m, struct text *text) {
    struct reader r = reader_over(m->body.data, m->body.size);
    text_add(text, "%lld", (long long)get_i64(&r));
}
static int64_t echo_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct echo *s = state;
    (void)now;
    (void)probe; /* there is one */
    return s->is_client ? s->sent - s->came_back : SIM_NONE;
}

/* ---- the law: a fold over facts. One state for each group, and the group is the client: it sends
 * 1, 2, 3, ..., so "was sent" is "is not above the last". A crashed client begins at 1 again. ----
 */

struct echoes {
    int64_t largest;
};

static enum sim_judgement echoes_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct echoes *seen = fold->state;
    if (fact->which == FACT_SENT) {
        if (fact->a > seen->largest) seen->largest = fact->a;
        return SIM_NOTHING;
    }
    if (fact->a >= 1 && fact->a <= seen->largest) return SIM_HELD;
    text_add(fold->why, "%lld came back, but only 1 to %lld were sent", (long long)fact->a,
             (long long)seen->largest);
    return SIM_BROKEN;
}

static const struct sim_law echoes_were_sent = {
    .name = "Echoes Were Sent",
    .says = "every echo carries a number that was sent",
    .source = "models/echo/README.md",
    .reads = (const char *const[]){[FACT_SENT] = "sent", [FACT_CAME_BACK] = "came_back", NULL},
    .state_bytes = sizeof(struct echoes),
    .per_group = true,
    .fold = echoes_fold,
};

/* ---- the tables: what this model can be told, and what it can tell ---- */

extern const struct sim_model echo_model;
const struct sim_model echo_model = {
    .name = "echo",
    .summary = "a client sends numbers, a server sends them back: the tutorial",
    .init = echo_init,
    .step = echo_step,
    .encode = echo_encode,
    .describe = echo_describe,
    .describe_message = echo_describe_message,
    .probe = echo_probe,
    .knobs =
        (const struct sim_param[]){
            [KNOB_TARGET] = {.name = "target",
                             .unit = SIM_NODE,
                             .usual = SIM_NONE,
                             .doc = "the server; a node without a target is a server itself"},
            [KNOB_INTERVAL] = {.name = "interval",
                               .unit = SIM_NS,
                               .usual = 100000000,
                               .min = 1000,
                               .max = INT64_C(3600000000000),
                               .doc = "from one ping to the next"},
            {0}},
    .probes = (const struct sim_param[]){[PROBE_MISSING] = {.name = "missing",
                                                            .unit = SIM_COUNT,
                                                            .doc = "pings that have not come back"},
                                         {0}},
    .messages =
        (const struct sim_name[]){
            [MESSAGE_PING] = {"ping", NULL}, [MESSAGE_PONG] = {"pong", NULL}, {0}},
    .notes =
        (const struct sim_name[]){[NOTE_ECHOED] = {"echoed", "ping {} from {node} -> sent it back"},
                                  {0}},
    .facts = (const struct sim_name[]){[FACT_SENT] = {"sent", "{node} sent {}"},
                                       [FACT_CAME_BACK] = {"came_back", "to {node} came back {}"},
                                       {0}},
    .channels = (const struct sim_channel[]){[CHANNEL_ECHO] = {"echo", false}, {0}},
    .laws = (const struct sim_law *const[]){&echoes_were_sent, NULL},
    .bugs =
        (const struct sim_bug[]){
            [BUG_OFF_BY_ONE] = {"off_by_one", "the server adds one to what it sends back",
                                "Echoes Were Sent", "the newest ping's echo was never sent"},
            {0}},
};
