/*
 * The agent beside a server: Patroni. Which event goes where.
 *
 * The invariant is not "one primary", which no agent alone can keep, but: what this agent knows to
 * be primary, it leaves so only while the leader key is its own, by its own monotonic clock,
 * counted from the moment when its last renewal was sent. So each step looks at the clock first:
 * after a pause an agent may wake up far behind it.
 */
#include "patroni/patroni.h"

#include "base/memory.h"
#include "base/text.h"

static bool knobs_make_sense(const struct sim_value *knobs, struct text *refusal) {
    if (knobs[KNOB_SERVER].number == SIM_NONE) {
        text_add(refusal, "server: an agent needs the node of its server");
        return false;
    }
    if (knobs[KNOB_WITNESS].number == SIM_NONE) {
        text_add(refusal, "witness: an agent needs the node that keeps the leader key");
        return false;
    }
    if (knobs[KNOB_LOOP_WAIT].number + 2 * knobs[KNOB_RETRY_TIMEOUT].number <=
        knobs[KNOB_TTL].number)
        return true;
    text_add(refusal, "ttl: Patroni's rule is loop_wait + 2 * retry_timeout <= ttl, but ");
    text_add_ns(refusal, knobs[KNOB_LOOP_WAIT].number);
    text_add(refusal, " + 2 * ");
    text_add_ns(refusal, knobs[KNOB_RETRY_TIMEOUT].number);
    text_add(refusal, " > ");
    text_add_ns(refusal, knobs[KNOB_TTL].number);
    return false;
}

void *patroni_init(const struct sim_config *config, struct text *refusal) {
    const struct sim_value *knobs = config->knobs;
    if (!knobs_make_sense(knobs, refusal)) return NULL;
    struct agent *a = memory_take(config->memory, sizeof *a);
    a->self = config->self;
    a->server_node = (sim_node)knobs[KNOB_SERVER].number;
    a->witness = (sim_node)knobs[KNOB_WITNESS].number;
    a->ttl_ns = knobs[KNOB_TTL].number;
    a->loop_wait_ns = knobs[KNOB_LOOP_WAIT].number;
    a->retry_timeout_ns = knobs[KNOB_RETRY_TIMEOUT].number;
    a->maximum_lag = knobs[KNOB_MAXIMUM_LAG].number;
    a->check_timeline = knobs[KNOB_CHECK_TIMELINE].number != 0;
    a->primary_start_timeout_ns = knobs[KNOB_PRIMARY_START_TIMEOUT].number;
    a->initial_primary = knobs[KNOB_INITIAL_PRIMARY].number != 0;
    a->use_pg_rewind = knobs[KNOB_USE_PG_REWIND].number != 0;
    a->no_fencing = config->bugs >> BUG_NO_FENCING & 1;
    a->cluster.leader = a->cluster.server = SIM_NONE;
    a->server.not_primary_ns = SIM_NONE;
    a->last_note = -1;
    return a;
}

static void dcs_peer(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    a->dcs_up = e->peer.up;
    if (!e->peer.up) {
        sim_arm(out, TIMER_DCS_LINK, e->now.mono_ns + RECONNECT_NS);
    } else if (a->phase == PHASE_DCS) {
        dcs_send(a, out);
    } else {
        cycle_soon(a, e, out);
    }
}

static void on_message(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    switch (e->message.type) {
    case DCS_ANSWER: dcs_answered(a, e, out); return;
    case DCS_CHANGED: /* a leader does not watch its own key (ha.py watch) */
        if (!a->leading) cycle_soon(a, e, out);
        return;
    case CONTROL_ANSWER: server_answered(a, e, out); return;
    case API_REQUEST: api_asked(a, e, out); return;
    case API_ANSWER: race_answered(a, e, out); return;
    default: return;
    }
}

static void on_timer(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    switch ((enum patroni_timer)e->timer.id) {
    case TIMER_CYCLE: /* or one is under way, and arms the timer when it ends */
        if (a->phase == PHASE_IDLE) cycle_begin(a, e, out);
        return;
    case TIMER_STATUS:
        a->server.known = false;
        a->server.status_order = 0;
        api_answer_all(a, out);
        cycle_server_heard(a, e, out);
        return;
    case TIMER_DCS: dcs_failed(a, e, out); return;
    case TIMER_LEASE: return; /* each step has looked already */
    case TIMER_RACE: race_judge(a, e, out); return;
    case TIMER_SERVER_LINK: sim_connect(out, a->server_node, CONTROL_CHANNEL); return;
    case TIMER_DCS_LINK: sim_connect(out, a->witness, DCS_CHANNEL); return;
    }
}

static void on_command(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    static const char no[] = "not the leader";
    const bool ok = switchover(a, e, out); /* the only one there is */
    sim_reply(out, e->command.request, ok,
              (struct sim_bytes){(const uint8_t *)no, ok ? 0 : sizeof no - 1});
}

void patroni_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct agent *a = state;
    if (a->leading && e->now.mono_ns >= a->lease_until_ns) demote(a, NOTE_DEMOTE_RAN_OUT, e, out);
    switch (e->kind) {
    case SIM_START:
        sim_connect(out, a->server_node, CONTROL_CHANNEL);
        sim_connect(out, a->witness, DCS_CHANNEL);
        sim_arm(out, TIMER_CYCLE, e->now.mono_ns + RECONNECT_NS);
        return;
    case SIM_MESSAGE: on_message(a, e, out); return;
    case SIM_PEER:
        if (e->peer.channel == DCS_CHANNEL)
            dcs_peer(a, e, out);
        else
            server_peer(a, e, out);
        return;
    case SIM_TIMER: on_timer(a, e, out); return;
    case SIM_COMMAND: on_command(a, e, out); return;
    case SIM_DISK:
    case SIM_WORK: return;
    }
}
