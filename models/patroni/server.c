/*
 * Orders to the server, and what is known of it. Every answer says how the server is, so each is
 * news, whichever order it answers; an answer to an order that no longer counts decides nothing.
 */
#include "patroni/patroni.h"

struct member_status server_status(const struct agent *a) {
    if (!a->server.known) return (struct member_status){0};
    const struct control_answer *s = &a->server.last;
    return (struct member_status){s->state, s->timeline, s->received_lsn, s->streaming};
}

int64_t server_order(struct agent *a, enum control_what what, int64_t upstream,
                     struct sim_out *out) {
    uint8_t body[CONTROL_ORDER_BYTES];
    const struct control_order order = {++a->server.next_order, what, upstream};
    sim_send(out, (struct sim_message){.peer = a->server_node,
                                       .channel = CONTROL_CHANNEL,
                                       .type = CONTROL_ORDER,
                                       .body = control_order_write(&order, body)});
    return order.order;
}

void server_act(struct agent *a, enum control_what what, int64_t upstream, struct sim_out *out) {
    if (!a->server.up) return;
    a->server.action = what;
    a->server.action_order = server_order(a, what, upstream, out);
}

static void action_done(struct agent *a, bool ok, const struct sim_event *e, struct sim_out *out) {
    const enum control_what done = a->server.action;
    a->server.action_order = 0;
    if (!ok) {
        sim_note(out, NOTE_FAILED, done, a->server.last.state);
        a->last_note = NOTE_FAILED;
        return; /* tried again in the next cycle, as things are then */
    }
    if (done == CONTROL_REWIND) {
        a->must_rewind = false;
        a->rewound_term = a->cluster.term;
    }
    cycle_soon(a, e, out);
}

void server_answered(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    struct control_answer answer;
    if (!control_answer_read(e->message.body, &answer)) return;
    a->server.last = answer;
    a->server.known = true;
    if (answer.diverged) a->must_rewind = true;
    if (answer.streaming && !answer.diverged) a->must_rewind = false;
    api_answer_all(a, out);
    if (server_is_busy(a) && answer.order == a->server.action_order)
        action_done(a, answer.ok, e, out);
    else if (a->must_stop && answer.state == CONTROL_PRIMARY && !server_does(a, CONTROL_STOP))
        server_act(a, CONTROL_STOP, SIM_NONE, out); /* it was out of reach when it should */
    if (answer.order != a->server.status_order) return;
    a->server.status_order = 0;
    sim_disarm(out, TIMER_STATUS);
    cycle_server_heard(a, e, out);
}

void server_peer(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    a->server.up = e->peer.up;
    a->server.known = false;
    a->server.action_order = 0;
    api_answer_all(a, out);
    if (!e->peer.up) {
        note_once(a, out, NOTE_SERVER_LOST, a->server_node);
        sim_arm(out, TIMER_SERVER_LINK, e->now.mono_ns + RECONNECT_NS);
    }
    if (a->server.status_order != 0) { /* its answer will not come */
        a->server.status_order = 0;
        sim_disarm(out, TIMER_STATUS);
        cycle_server_heard(a, e, out);
    } else if (e->peer.up) {
        cycle_soon(a, e, out);
    }
}
