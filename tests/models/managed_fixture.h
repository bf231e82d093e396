/*
 * A server that can be managed, in little: it speaks parts/server_control.h, keeps a role, and has
 * a log that is a number. A primary's grows by 1000 bytes each 100 ms; a standby asks its upstream
 * for its own each 100 ms. What a failover manager is tested against. Its log survives a crash, its
 * role does not: it comes up stopped.
 */
#ifndef TESTS_MANAGED_FIXTURE_H
#define TESTS_MANAGED_FIXTURE_H

#include "base/memory.h"
#include "models_fixture.h"
#include "parts/server_control.h"

enum { MANAGED_LOG_CHANNEL = 2, MANAGED_FETCH = CONTROL_MESSAGE_TYPES, MANAGED_LOG };
enum { MANAGED_TICK = 1, MANAGED_DONE, MANAGED_LATE };
enum { MANAGED_LSN, MANAGED_PRIMARY, MANAGED_UPSTREAM, MANAGED_TIMELINE, MANAGED_REWINDS };

struct managed {
    int64_t behind; /* a knob: a standby stays so many bytes behind */
    enum control_state state;
    int64_t timeline, fork, lsn, upstream, rewinds;
    bool streaming, diverged;
    sim_node agent;
    struct control_order order; /* under way; .order 0: none */
};

static void *managed_init(const struct sim_config *config, struct text *refusal) {
    struct managed *m = memory_take(config->memory, sizeof *m);
    (void)refusal;
    m->behind = config->knobs[0].number;
    m->state = CONTROL_STOPPED;
    m->upstream = SIM_NONE;
    m->lsn = m->timeline = 1;
    return m;
}

static void managed_keep(const struct managed *m, struct sim_out *out) {
    uint8_t bytes[24];
    struct writer w = writer_over(bytes, sizeof bytes);
    put_i64(&w, m->timeline);
    put_i64(&w, m->fork);
    put_i64(&w, m->lsn);
    sim_disk(out, (struct sim_disk){
                      .op = SIM_WRITE, .quiet = true, .file = 1, .bytes = {bytes, w.size}});
    sim_disk(out, (struct sim_disk){.op = SIM_SYNC, .quiet = true, .file = 1});
    sim_disk(out, (struct sim_disk){.op = SIM_SYNC, .quiet = true});
}

static void managed_answer(const struct managed *m, int64_t order, bool ok, struct sim_out *out) {
    uint8_t body[CONTROL_ANSWER_BYTES];
    const struct control_answer a = {order,       ok,           m->state,    m->timeline, m->lsn,
                                     m->upstream, m->streaming, m->diverged};
    sim_send(out, (struct sim_message){.peer = m->agent,
                                       .channel = CONTROL_CHANNEL,
                                       .type = CONTROL_ANSWER,
                                       .body = control_answer_write(&a, body)});
}

static void managed_send(const struct managed *m, sim_node to, uint32_t type, struct sim_out *out) {
    uint8_t body[32];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, m->timeline);
    put_i64(&w, m->fork);
    put_i64(&w, m->lsn);
    put_i64(&w, m->state);
    sim_send(out, (struct sim_message){.peer = to,
                                       .channel = MANAGED_LOG_CHANNEL,
                                       .type = type,
                                       .body = {body, w.size}});
}

static void managed_end(struct managed *m, bool ok, struct sim_out *out) {
    if (m->order.order != 0) managed_answer(m, m->order.order, ok, out);
    m->order.order = 0;
    managed_keep(m, out);
}

/* What takes time ends in MANAGED_DONE, or with the answer that a rewind waits for. */
static void managed_order(struct managed *m, const struct control_order *o,
                          const struct sim_event *e, struct sim_out *out) {
    const enum control_state needs =
        o->what == CONTROL_FOLLOW || o->what == CONTROL_PROMOTE ? CONTROL_STANDBY : CONTROL_STOPPED;
    if (o->what == CONTROL_STATUS) {
        managed_answer(m, o->order, true, out);
        return;
    }
    if (o->what == CONTROL_STOP) {
        const bool ran = m->state != CONTROL_STOPPED;
        if (m->order.order != 0) managed_answer(m, m->order.order, false, out);
        m->order = *o;
        m->state = CONTROL_STOPPED;
        m->streaming = m->diverged = false;
        m->upstream = SIM_NONE;
        managed_end(m, ran, out);
        return;
    }
    if (m->state != needs || m->order.order != 0) {
        managed_answer(m, o->order, false, out);
        return;
    }
    m->order = *o;
    if (o->what == CONTROL_FOLLOW) {
        m->upstream = o->upstream;
        m->streaming = false;
        managed_end(m, true, out);
        return;
    }
    m->state = CONTROL_STARTING;
    if (o->what == CONTROL_REWIND) {
        managed_send(m, (sim_node)o->upstream, MANAGED_FETCH, out);
        sim_arm(out, MANAGED_LATE, e->now.mono_ns + 2000 * MS);
    } else {
        sim_arm(out, MANAGED_DONE, e->now.mono_ns + 200 * MS);
    }
}

static void managed_done(struct managed *m, struct sim_out *out) {
    if (m->order.order == 0 || m->state != CONTROL_STARTING) return; /* stopped meanwhile */
    if (m->order.what == CONTROL_START_STANDBY) {
        m->state = CONTROL_STANDBY;
        m->upstream = m->order.upstream;
    } else if (m->order.what != CONTROL_REWIND) {
        if (m->order.what == CONTROL_PROMOTE) {
            m->timeline++;
            m->fork = m->lsn;
        }
        m->state = CONTROL_PRIMARY;
        m->upstream = SIM_NONE;
        m->streaming = false;
    }
    managed_end(m, true, out);
}

static void managed_log(struct managed *m, const struct sim_event *e, struct sim_out *out) {
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    const int64_t timeline = get_i64(&r), fork = get_i64(&r), lsn = get_i64(&r);
    const bool primary = get_i64(&r) == CONTROL_PRIMARY;
    if (e->message.type == MANAGED_FETCH) {
        if (m->state == CONTROL_STANDBY || m->state == CONTROL_PRIMARY)
            managed_send(m, e->message.peer, MANAGED_LOG, out);
        return;
    }
    if (m->state == CONTROL_STARTING && m->order.what == CONTROL_REWIND && m->order.order != 0) {
        if (primary && timeline > m->timeline && m->lsn > fork) {
            m->lsn = fork;
            m->rewinds++;
        }
        m->state = CONTROL_STOPPED;
        managed_end(m, primary, out);
        return;
    }
    if (m->state != CONTROL_STANDBY || m->upstream != (int64_t)e->message.peer) return;
    m->diverged = (timeline > m->timeline && m->lsn > fork) || timeline < m->timeline;
    m->streaming = !m->diverged;
    if (m->diverged) return;
    m->timeline = timeline;
    m->fork = fork;
    if (lsn - m->behind > m->lsn) m->lsn = lsn - m->behind;
    managed_keep(m, out);
}

static void managed_timer(struct managed *m, const struct sim_event *e, struct sim_out *out) {
    if (e->timer.id == MANAGED_DONE) managed_done(m, out);
    if (e->timer.id == MANAGED_LATE && m->order.order != 0 && m->order.what == CONTROL_REWIND) {
        m->state = CONTROL_STOPPED;
        managed_end(m, false, out);
    }
    if (e->timer.id != MANAGED_TICK) return;
    if (m->state == CONTROL_PRIMARY) {
        m->lsn += 1000;
        managed_keep(m, out);
    }
    if (m->state == CONTROL_STANDBY && m->upstream != SIM_NONE)
        managed_send(m, (sim_node)m->upstream, MANAGED_FETCH, out);
    sim_arm(out, MANAGED_TICK, e->now.mono_ns + 100 * MS);
}

static void managed_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct managed *m = state;
    struct control_order order;
    if (e->kind == SIM_START) {
        sim_arm(out, MANAGED_TICK, e->now.mono_ns + 100 * MS);
        if (e->start.count > 0)
            sim_disk(out, (struct sim_disk){.op = SIM_READ, .file = 1, .size = 24});
    } else if (e->kind == SIM_DISK && e->disk.op == SIM_READ && e->disk.bytes.size == 24) {
        struct reader r = reader_over(e->disk.bytes.data, e->disk.bytes.size);
        m->timeline = get_i64(&r);
        m->fork = get_i64(&r);
        m->lsn = get_i64(&r);
    } else if (e->kind == SIM_TIMER) {
        managed_timer(m, e, out);
    } else if (e->kind == SIM_MESSAGE && e->message.type == CONTROL_ORDER) {
        m->agent = e->message.peer;
        if (control_order_read(e->message.body, &order)) managed_order(m, &order, e, out);
    } else if (e->kind == SIM_MESSAGE) {
        managed_log(m, e, out);
    } else if (e->kind == SIM_PEER && !e->peer.up) {
        m->order.order = 0; /* nobody waits for it; what is under way stays so until a STOP */
        if (m->state == CONTROL_STARTING) m->state = CONTROL_STOPPED;
    }
}

static void managed_encode(const void *state, struct writer *w) {
    const struct managed *m = state;
    put_i64(w, m->state);
    put_i64(w, m->timeline);
    put_i64(w, m->lsn);
    put_i64(w, m->upstream);
}
static void managed_describe(const void *state, struct text *text) {
    const struct managed *m = state;
    text_add(text, "%s", control_state_name(m->state));
}
static void managed_describe_message(const struct sim_message *m, struct text *text) {
    (void)m;
    (void)text;
}
static int64_t managed_probe(const void *state, size_t which, const struct sim_clocks *now) {
    const struct managed *m = state;
    (void)now;
    const int64_t values[] = {m->lsn, m->state == CONTROL_PRIMARY, m->upstream, m->timeline,
                              m->rewinds};
    return values[which];
}

static const struct sim_model managed_model = {
    .name = "managed",
    .summary = "a server in little, for tests",
    .init = managed_init,
    .step = managed_step,
    .encode = managed_encode,
    .describe = managed_describe,
    .describe_message = managed_describe_message,
    .probe = managed_probe,
    .knobs =
        (const struct sim_param[]){
            {.name = "behind", .unit = SIM_BYTES, .max = INT64_C(1000000000), .doc = "bytes"},
            {0}},
    .probes =
        (const struct sim_param[]){
            [MANAGED_LSN] = {.name = "lsn", .unit = SIM_LSN, .doc = "its log's end"},
            [MANAGED_PRIMARY] = {.name = "primary", .unit = SIM_BOOL, .doc = "is it"},
            [MANAGED_UPSTREAM] = {.name = "upstream", .unit = SIM_NODE, .doc = "whom it follows"},
            [MANAGED_TIMELINE] = {.name = "timeline", .unit = SIM_COUNT, .doc = "of its log"},
            [MANAGED_REWINDS] = {.name = "rewinds", .unit = SIM_COUNT, .doc = "since its start"},
            {0}},
    .messages = (const struct sim_name[]){{"request", NULL},
                                          {"response", NULL},
                                          [CONTROL_ORDER] = {"control_order", NULL},
                                          [CONTROL_ANSWER] = {"control_answer", NULL},
                                          [MANAGED_FETCH] = {"fetch", NULL},
                                          [MANAGED_LOG] = {"log", NULL},
                                          {0}},
    .channels = (const struct sim_channel[]){{"client", true},
                                             [CONTROL_CHANNEL] = {"control", true},
                                             [MANAGED_LOG_CHANNEL] = {"log", false},
                                             {0}},
};

#endif
