/*
 * Who does not hold the leader key: its server follows the leader's (Patroni: ha.py follow,
 * rewind.py), or waits for one.
 */
#include "patroni/patroni.h"

const struct dcs_member *member_of(const struct agent *a, int64_t agent) {
    for (int64_t i = 0; i < a->cluster.count; i++)
        if ((int64_t)a->cluster.members[i].agent == agent) return &a->cluster.members[i];
    return NULL;
}

/* Patroni reads pg_controldata and compares histories. Here: it was a primary under an older term,
 * as this agent or the witness remembers, or its upstream has told it that it has diverged. */
static bool needs_rewind(const struct agent *a) {
    const struct dcs_member *me = member_of(a, a->self);
    const bool led_before = me && me->primary_term > 0 && me->primary_term < a->cluster.term &&
                            a->rewound_term != a->cluster.term;
    return a->must_rewind || led_before;
}

static void start_as_standby(struct agent *a, struct sim_out *out) {
    const struct dcs_member *leader = member_of(a, a->cluster.leader);
    if (a->cluster.position == 0) {
        note_once(a, out, NOTE_WAIT_BOOTSTRAP, a->cluster.server);
    } else if (!needs_rewind(a) || !a->use_pg_rewind) {
        note_once(a, out, NOTE_FOLLOW, a->cluster.server);
        server_act(a, CONTROL_START_STANDBY, a->cluster.server, out);
    } else if (!leader || leader->status.state != CONTROL_PRIMARY) {
        note_once(a, out, NOTE_REWIND_WAITS, a->cluster.server);
    } else {
        note_once(a, out, NOTE_REWIND, a->cluster.server);
        server_act(a, CONTROL_REWIND, a->cluster.server, out);
    }
}

static void stay_standby(struct agent *a, struct sim_out *out) {
    if (needs_rewind(a) && a->use_pg_rewind) {
        note_once(a, out, NOTE_REWIND, a->cluster.server);
        a->must_rewind = true;
        server_act(a, CONTROL_STOP, SIM_NONE, out);
    } else if (a->server.last.upstream != a->cluster.server) {
        note_once(a, out, NOTE_FOLLOW, a->cluster.server);
        server_act(a, CONTROL_FOLLOW, a->cluster.server, out);
    } else if (a->server.last.diverged) {
        note_once(a, out, NOTE_REINITIALIZE, a->cluster.server);
    } else {
        note_once(a, out, NOTE_FOLLOWING, a->server_node, a->cluster.server);
    }
}

void follow(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    const bool becomes_primary = server_does(a, CONTROL_PROMOTE) ||
                                 server_does(a, CONTROL_START_PRIMARY);
    if (server_is(a, CONTROL_PRIMARY) || becomes_primary)
        demote(a, NOTE_DEMOTE_NO_LOCK, e, out);
    else if (server_is_busy(a))
        note_once(a, out, NOTE_BUSY, a->server.action);
    else if (server_is(a, CONTROL_STOPPED))
        start_as_standby(a, out);
    else if (server_is(a, CONTROL_STANDBY))
        stay_standby(a, out);
    cycle_end(a, e, out);
}

/* Before any server has led, it is for initial_primary to begin (Patroni: the race for the key
 * /initialize). After that a stopped server comes up as a standby of nobody, so that its position
 * counts, and standbys race. A primary without a leader key takes it if it can. */
void nobody_leads(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    const bool bootstrap = a->cluster.position == 0 && !server_is(a, CONTROL_PRIMARY);
    if (!a->server.known || server_is_busy(a) || server_is(a, CONTROL_STARTING)) {
        cycle_end(a, e, out);
    } else if (bootstrap && !a->initial_primary) {
        note_once(a, out, NOTE_WAIT_BOOTSTRAP, SIM_NONE);
        cycle_end(a, e, out);
    } else if (bootstrap || server_is(a, CONTROL_PRIMARY)) {
        dcs_ask(a, DCS_ACQUIRE, e, out);
    } else if (server_is(a, CONTROL_STANDBY)) {
        race_begin(a, e, out);
    } else {
        note_once(a, out, NOTE_STARTING_SECONDARY, a->server_node);
        server_act(a, CONTROL_START_STANDBY, SIM_NONE, out);
        cycle_end(a, e, out);
    }
}
