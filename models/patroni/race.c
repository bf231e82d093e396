/*
 * The leader race: nobody holds the leader key, and this server is a standby. Is it fit? It asks
 * the other agents how their servers are, now (Patroni: ha.py _is_healthiest_node,
 * fetch_nodes_statuses), and tries for the key unless one of them knows better. Those of equal
 * standing all try, and the store's compare-and-set picks one: there is no other tie-break, since
 * whoever it preferred might not reach the store.
 */
#include "patroni/patroni.h"

static bool is_lagging(const struct agent *a, int64_t lsn) {
    return a->cluster.position - lsn > a->maximum_lag;
}

bool failover_is_possible(const struct agent *a) {
    for (int64_t i = 0; i < a->cluster.count; i++) {
        const struct dcs_member *m = &a->cluster.members[i];
        if (m->agent != a->self && m->status.state == CONTROL_STANDBY &&
            !is_lagging(a, m->status.lsn))
            return true;
    }
    return false;
}

/* What needs nobody else's word. */
static bool is_fit(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    const struct control_answer *me = &a->server.last;
    if (e->now.mono_ns < a->no_race_until_ns) return false; /* it has just given the key up */
    if (is_lagging(a, me->received_lsn)) {
        note_once(a, out, NOTE_LAGGING, a->cluster.position - me->received_lsn);
        return false;
    }
    if (a->check_timeline && me->timeline < a->cluster.timeline) {
        note_once(a, out, NOTE_TIMELINE, me->timeline, a->cluster.timeline);
        return false;
    }
    return true;
}

void race_begin(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    if (!is_fit(a, e, out)) {
        cycle_end(a, e, out);
        return;
    }
    a->phase = PHASE_RACE;
    a->race = (struct race){.number = a->race.number + 1};
    uint8_t body[API_ANSWER_BYTES];
    for (int64_t i = 0; i < a->cluster.count; i++) {
        if (a->cluster.members[i].agent == a->self) continue;
        const struct member_status mine = server_status(a);
        sim_send(out, (struct sim_message){.peer = a->cluster.members[i].agent,
                                           .channel = API_CHANNEL,
                                           .type = API_REQUEST,
                                           .body = api_write(a->race.number, &mine, body)});
    }
    sim_arm(out, TIMER_RACE, e->now.mono_ns + API_TIMEOUT_NS);
}

void race_answered(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    int64_t number;
    struct member_status status;
    bool all = true;
    if (!api_read(e->message.body, &number, &status)) return;
    if (a->phase != PHASE_RACE || number != a->race.number) return; /* too late */
    for (int64_t i = 0; i < a->cluster.count; i++) {
        if (a->cluster.members[i].agent == e->message.peer) {
            a->race.answered[i] = true;
            a->race.of[i] = status;
        }
        all = all && (a->race.answered[i] || a->cluster.members[i].agent == a->self);
    }
    if (all) race_judge(a, e, out);
}

/* Those that did not answer do not count: they may be dead, which is what a failover is for. */
static bool is_healthiest(struct agent *a, struct sim_out *out) {
    for (int64_t i = 0; i < a->cluster.count; i++) {
        const struct member_status *other = &a->race.of[i];
        const sim_node server = a->cluster.members[i].server;
        if (!a->race.answered[i]) continue;
        if (other->state == CONTROL_PRIMARY) {
            note_once(a, out, NOTE_LEADER_ALIVE, server);
            return false;
        }
        if (other->state == CONTROL_STANDBY && other->lsn > a->server.last.received_lsn) {
            note_once(a, out, NOTE_NOT_HEALTHIEST, server, other->lsn, a->server.last.received_lsn);
            return false;
        }
    }
    return true;
}

void race_judge(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    sim_disarm(out, TIMER_RACE);
    if (server_is(a, CONTROL_STANDBY) && is_healthiest(a, out))
        dcs_ask(a, DCS_ACQUIRE, e, out);
    else
        cycle_end(a, e, out);
}

/* ---- the API: how is your server, now? It is asked, and its answer passed on. ---- */

static void api_answer(const struct agent *a, sim_node to, int64_t race, struct sim_out *out) {
    uint8_t body[API_ANSWER_BYTES];
    const struct member_status status = server_status(a);
    sim_send(out, (struct sim_message){.peer = to,
                                       .channel = API_CHANNEL,
                                       .type = API_ANSWER,
                                       .body = api_write(race, &status, body)});
}

void api_asked(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    struct server_link *s = &a->server;
    struct member_status theirs;
    int64_t race;
    if (!api_read(e->message.body, &race, &theirs)) return;
    if (!s->up || s->asker_count == DCS_MEMBERS_MAX) {
        api_answer(a, e->message.peer, race, out);
        return;
    }
    s->askers[s->asker_count] = e->message.peer;
    s->races[s->asker_count++] = race;
    server_order(a, CONTROL_STATUS, SIM_NONE, out);
}

void api_answer_all(struct agent *a, struct sim_out *out) {
    struct server_link *s = &a->server;
    for (size_t i = 0; i < s->asker_count; i++) api_answer(a, s->askers[i], s->races[i], out);
    s->asker_count = 0;
}
