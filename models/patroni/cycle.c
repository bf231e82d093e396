/*
 * The HA loop (Patroni: ha.py run_cycle): every loop_wait, and at once when something has changed,
 * ask the server how it is, ask the witness how the cluster is, decide.
 *
 * Who leads asks by renewing its key. An answer that does not come within retry_timeout counts as
 * a store that is out of reach, and a leader then steps down: loop_wait + retry_timeout after its
 * last renewal at the latest, which leaves a retry_timeout before the key expires (Patroni's rule
 * for its settings: loop_wait + 2 * retry_timeout <= ttl).
 */
#include "patroni/patroni.h"

void cycle_soon(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    if (a->phase == PHASE_IDLE)
        cycle_begin(a, e, out);
    else
        a->again = true;
}

void cycle_begin(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    a->begun_ns = e->now.mono_ns;
    a->again = false;
    if (!a->server.up) {
        cycle_server_heard(a, e, out);
        return;
    }
    a->phase = PHASE_STATUS;
    a->server.status_order = server_order(a, CONTROL_STATUS, SIM_NONE, out);
    sim_arm(out, TIMER_STATUS, e->now.mono_ns + STATUS_TIMEOUT_NS);
}

void cycle_end(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    a->phase = PHASE_IDLE;
    const int64_t next = a->again ? e->now.mono_ns : a->begun_ns + a->loop_wait_ns;
    sim_arm(out, TIMER_CYCLE, next);
}

void cycle_server_heard(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    dcs_ask(a, a->leading ? DCS_RENEW : DCS_CLUSTER, e, out);
}

/* ---- the witness ---- */

void dcs_ask(struct agent *a, enum dcs_what what, const struct sim_event *e, struct sim_out *out) {
    a->phase = PHASE_DCS;
    a->asked = (struct dcs_request){.request = a->asked.request + 1,
                                    .what = what,
                                    .server = a->server_node,
                                    .term = a->term,
                                    .ttl_ns = a->ttl_ns,
                                    .status = server_status(a)};
    a->asked_ns = e->now.mono_ns;
    dcs_send(a, out);
    sim_arm(out, TIMER_DCS, e->now.mono_ns + a->retry_timeout_ns);
}

/* Again, when a stream comes up: the same number, so one answer counts. */
void dcs_send(const struct agent *a, struct sim_out *out) {
    uint8_t body[DCS_REQUEST_BYTES];
    if (!a->dcs_up) return;
    sim_send(out, (struct sim_message){.peer = a->witness,
                                       .channel = DCS_CHANNEL,
                                       .type = DCS_REQUEST,
                                       .body = dcs_request_write(&a->asked, body)});
}

static void decide(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    if (a->cluster.leader != (int64_t)a->self) a->releasing = false;
    if (a->cluster.leader == SIM_NONE) {
        nobody_leads(a, e, out);
    } else if (a->cluster.leader != (int64_t)a->self) {
        follow(a, e, out);
    } else { /* a key of a time that it has forgotten, or had given up hope of */
        a->term = a->cluster.term;
        dcs_ask(a, DCS_RENEW, e, out);
    }
}

static void refused(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    switch (a->asked.what) {
    case DCS_RENEW: demote(a, NOTE_DEMOTE_UPDATE_FAILED, e, out); break;
    case DCS_ACQUIRE:
        if (server_is(a, CONTROL_PRIMARY)) {
            demote(a, NOTE_DEMOTE_OBTAIN, e, out);
        } else {
            sim_note(out, NOTE_RACE_LOST, a->cluster.leader);
            a->last_note = NOTE_RACE_LOST;
            a->again = a->cluster.leader != SIM_NONE;
        }
        break;
    case DCS_CLUSTER:
    case DCS_RELEASE: break;
    }
    cycle_end(a, e, out);
}

void dcs_answered(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    struct dcs_answer answer;
    if (!dcs_answer_read(e->message.body, &answer)) return;
    if (a->phase != PHASE_DCS || answer.request != a->asked.request) return; /* too late */
    sim_disarm(out, TIMER_DCS);
    a->cluster = answer.cluster;
    if (!answer.ok) {
        refused(a, e, out);
        return;
    }
    switch (a->asked.what) {
    case DCS_CLUSTER: decide(a, e, out); return;
    case DCS_RENEW:
    case DCS_ACQUIRE: lease_won(a, e, out); return;
    case DCS_RELEASE:
        a->releasing = false;
        sim_note(out, NOTE_RELEASED, a->term);
        a->last_note = NOTE_RELEASED;
        cycle_end(a, e, out);
        return;
    }
}

void dcs_failed(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    const bool primary = server_is(a, CONTROL_PRIMARY);
    if (a->leading || primary)
        demote(a, NOTE_DEMOTE_DCS, e, out);
    else
        note_once(a, out, NOTE_DCS, a->witness);
    cycle_end(a, e, out);
}
