/*
 * Who holds the leader key: its server becomes the primary, or it gives the key up (Patroni: ha.py
 * enforce_primary_role, handle_starting_instance, recover, demote).
 */
#include "patroni/patroni.h"

/* A primary is left one: with the lease, or (no_fencing) without. The law tells them apart. */
static void leave_primary(const struct agent *a, struct sim_out *out) {
    sim_fact(out, FACT_LEADS, a->witness, a->server_node, a->term);
}

void demote(struct agent *a, enum patroni_note why, const struct sim_event *e,
            struct sim_out *out) {
    a->leading = a->releasing = false;
    sim_disarm(out, TIMER_LEASE);
    if (a->no_fencing) {
        note_once(a, out, NOTE_NOT_FENCED, a->server_node);
        if (server_is(a, CONTROL_PRIMARY)) leave_primary(a, out);
        return;
    }
    note_once(a, out, (int64_t)why, a->server_node);
    a->must_stop = true;
    if (server_is(a, CONTROL_PRIMARY) || (a->term > 0 && a->led_term == a->term))
        a->must_rewind = true;
    if (server_is(a, CONTROL_STOPPED) && !server_is_busy(a)) {
        cycle_soon(a, e, out);
        return;
    }
    if (!a->server.up || server_does(a, CONTROL_STOP)) return;
    server_act(a, CONTROL_STOP, SIM_NONE, out);
    sim_fact(out, FACT_STEPPED_DOWN, a->witness, a->server_node, a->term);
}

/* ---- giving the key up ---- */

/* The server first, then the key: nobody may have it while this server takes writes. */
static void release(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    const bool runs = a->server.known && !server_is(a, CONTROL_STOPPED);
    if (runs || server_does(a, CONTROL_STOP)) {
        if (!server_does(a, CONTROL_STOP)) server_act(a, CONTROL_STOP, SIM_NONE, out);
        cycle_end(a, e, out);
        return;
    }
    a->leading = false;
    a->must_stop = a->must_rewind = true;
    a->no_race_until_ns = e->now.mono_ns + a->ttl_ns;
    sim_disarm(out, TIMER_LEASE);
    dcs_ask(a, DCS_RELEASE, e, out);
}

bool switchover(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    if (!a->leading) return false;
    sim_note(out, NOTE_DEMOTE_SWITCHOVER, a->server_node);
    a->last_note = NOTE_DEMOTE_SWITCHOVER;
    a->releasing = true;
    cycle_soon(a, e, out);
    return true;
}

/* ---- leading ---- */

static int64_t start_time_left(struct agent *a, const struct sim_event *e) {
    if (a->server.not_primary_ns == SIM_NONE) a->server.not_primary_ns = e->now.mono_ns;
    return a->server.not_primary_ns + a->primary_start_timeout_ns - e->now.mono_ns;
}

/* It led in this very term, so its log is the cluster's: crash recovery, and on. A server that was
 * anything else when its agent got the key comes up as a standby, and is promoted. */
static void start(struct agent *a, struct sim_out *out) {
    const struct dcs_member *me = member_of(a, a->self);
    const bool led = a->led_term == a->term || (me && me->primary_term == a->term);
    if (led || (a->initial_primary && a->cluster.position == 0)) {
        note_once(a, out, led ? NOTE_STARTING_PRIMARY : NOTE_BOOTSTRAP, a->server_node);
        server_act(a, CONTROL_START_PRIMARY, SIM_NONE, out);
    } else {
        note_once(a, out, NOTE_STARTING_SECONDARY, a->server_node);
        server_act(a, CONTROL_START_STANDBY, SIM_NONE, out);
    }
}

static void get_primary(struct agent *a, int64_t time_left_ns, struct sim_out *out) {
    if (server_is_busy(a)) {
        note_once(a, out, NOTE_BUSY, a->server.action);
    } else if (!a->server.known) {
        note_once(a, out, NOTE_SERVER_LOST, a->server_node);
    } else if (server_is(a, CONTROL_STARTING)) {
        note_once(a, out, NOTE_STILL_STARTING, time_left_ns);
    } else if (server_is(a, CONTROL_STOPPED)) {
        start(a, out);
    } else {
        note_once(a, out, a->asked.what == DCS_ACQUIRE ? NOTE_PROMOTED : NOTE_PROMOTED_AGAIN,
                  a->server_node);
        server_act(a, CONTROL_PROMOTE, SIM_NONE, out);
    }
}

static void lead(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    if (a->releasing) {
        release(a, e, out);
        return;
    }
    if (server_is(a, CONTROL_PRIMARY) && !server_is_busy(a)) {
        note_once(a, out, a->asked.what == DCS_ACQUIRE ? NOTE_ACQUIRED_AS_LEADER : NOTE_LEADER,
                  a->server_node);
        a->server.not_primary_ns = SIM_NONE;
        a->led_term = a->term;
        a->must_rewind = false;
        leave_primary(a, out);
        cycle_end(a, e, out);
        return;
    }
    const int64_t time_left_ns = start_time_left(a, e);
    const bool counts = a->led_term == a->term || a->primary_start_timeout_ns > 0;
    if (counts && time_left_ns <= 0 && failover_is_possible(a)) {
        note_once(a, out, NOTE_DEMOTE_START_TIMEOUT, a->server_node);
        a->releasing = true;
        release(a, e, out);
        return;
    }
    get_primary(a, time_left_ns, out);
    cycle_end(a, e, out);
}

void lease_won(struct agent *a, const struct sim_event *e, struct sim_out *out) {
    a->term = a->cluster.term;
    a->lease_until_ns = a->asked_ns + a->ttl_ns;
    if (e->now.mono_ns >= a->lease_until_ns) { /* the answer waited while this agent was paused */
        demote(a, NOTE_DEMOTE_RAN_OUT, e, out);
        cycle_end(a, e, out);
        return;
    }
    a->leading = true;
    a->must_stop = false;
    if (a->asked.what == DCS_ACQUIRE) a->server.not_primary_ns = SIM_NONE;
    sim_arm(out, TIMER_LEASE, a->lease_until_ns);
    lead(a, e, out);
}
