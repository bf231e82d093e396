/* What the agent can be told, and what it can tell. Notes in Patroni's own words where it has some,
 * as of its version 3 (ha.py); {node} stands for the member's name. */
#include "base/text.h"
#include "patroni/laws.h"
#include "patroni/patroni.h"

#define SECOND INT64_C(1000000000)
#define HOUR INT64_C(3600000000000)

static void patroni_encode(const void *state, struct writer *w) {
    const struct agent *a = state;
    put_bool(w, a->server.up);
    put_bool(w, a->server.known);
    put_u8(w, (uint8_t)a->server.last.state);
    put_i64(w, a->server.last.timeline);
    put_i64(w, a->server.last.received_lsn);
    put_i64(w, a->server.last.upstream);
    put_bool(w, a->server.last.streaming);
    put_bool(w, a->server.last.diverged);
    put_i64(w, a->server.next_order);
    put_i64(w, a->server.status_order);
    put_i64(w, a->server.action_order);
    put_u8(w, (uint8_t)a->server.action);
    put_i64(w, a->server.not_primary_ns);
    put_u32(w, (uint32_t)a->server.asker_count);
    put_u8(w, (uint8_t)a->phase);
    put_bool(w, a->again);
    put_i64(w, a->begun_ns);
    put_bool(w, a->dcs_up);
    put_i64(w, a->asked.request);
    put_u8(w, (uint8_t)a->asked.what);
    put_i64(w, a->asked_ns);
    put_i64(w, a->cluster.leader);
    put_i64(w, a->cluster.term);
    put_i64(w, a->cluster.position);
    put_i64(w, a->race.number);
    put_bool(w, a->leading);
    put_i64(w, a->lease_until_ns);
    put_i64(w, a->term);
    put_i64(w, a->led_term);
    put_bool(w, a->must_stop);
    put_bool(w, a->must_rewind);
    put_i64(w, a->rewound_term);
    put_bool(w, a->releasing);
    put_i64(w, a->no_race_until_ns);
    put_i64(w, a->last_note);
}

static const char *server_state_name(const struct agent *a) {
    return a->server.known ? control_state_name(a->server.last.state) : "not known";
}

static void patroni_describe(const void *state, struct text *text) {
    const struct agent *a = state;
    text_add(text, "%s", a->leading ? "leader" : "no leader key");
    if (a->leading) text_add(text, " in term %lld", (long long)a->term);
    text_add(text, ", server %s", server_state_name(a));
    if (server_is_busy(a)) text_add(text, ", %s under way", control_what_name(a->server.action));
}

static int64_t lease_remaining(const struct agent *a, const struct sim_clocks *now) {
    return a->leading && a->lease_until_ns > now->mono_ns ? a->lease_until_ns - now->mono_ns : 0;
}

static int64_t patroni_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct agent *a = state;
    switch ((enum patroni_probe)probe) {
    case PROBE_IS_LEADER: return a->leading;
    case PROBE_TERM: return a->term;
    case PROBE_LEASE_REMAINING: return lease_remaining(a, now);
    case PROBE_SERVER_IS_PRIMARY: return server_is(a, CONTROL_PRIMARY);
    }
    return SIM_NONE;
}

static void patroni_view(const void *state, size_t view, const struct sim_clocks *now,
                         struct sim_rows *rows) {
    static const char *const phases[] = {"idle", "asks the server", "asks the witness", "race"};
    const struct agent *a = state;
    (void)view; /* there is one */
    sim_cell(rows, a->server_node);
    sim_cell_text(rows, server_state_name(a));
    sim_cell(rows, a->server.known ? a->server.last.received_lsn : SIM_NONE);
    sim_cell_text(rows, server_is_busy(a) ? control_what_name(a->server.action) : NULL);
    sim_cell_text(rows, phases[a->phase]);
    sim_cell(rows, a->leading);
    sim_cell(rows, a->term);
    sim_cell(rows, lease_remaining(a, now));
    sim_cell(rows, a->cluster.server);
    sim_cell(rows, a->must_rewind);
}

static const struct sim_param knobs[] = {
    [KNOB_SERVER] = {.name = "server",
                     .unit = SIM_NODE,
                     .usual = SIM_NONE,
                     .doc = "the server beside it: best on the same host"},
    [KNOB_WITNESS] = {.name = "witness",
                      .unit = SIM_NODE,
                      .usual = SIM_NONE,
                      .doc = "the consensus store"},
    [KNOB_TTL] = {.name = "ttl",
                  .unit = SIM_NS,
                  .usual = 30 * SECOND,
                  .min = 30000000,
                  .max = HOUR,
                  .doc = "of the leader key: how long after its leader's death a failover begins"},
    [KNOB_LOOP_WAIT] = {.name = "loop_wait",
                        .unit = SIM_NS,
                        .usual = 10 * SECOND,
                        .min = 10000000,
                        .max = HOUR,
                        .doc = "from one cycle to the next"},
    [KNOB_RETRY_TIMEOUT] = {.name = "retry_timeout",
                            .unit = SIM_NS,
                            .usual = 10 * SECOND,
                            .min = 10000000,
                            .max = HOUR,
                            .doc = "a leader that does not reach the witness so long steps down; "
                                   "loop_wait + 2 * retry_timeout <= ttl"},
    [KNOB_MAXIMUM_LAG] = {.name = "maximum_lag_on_failover",
                          .unit = SIM_BYTES,
                          .usual = 1048576,
                          .min = 0,
                          .max = INT64_C(1000000000000),
                          .doc = "behind the last leader's position: more, and it does not race"},
    [KNOB_CHECK_TIMELINE] = {.name = "check_timeline",
                             .unit = SIM_BOOL,
                             .usual = 0,
                             .min = 0,
                             .max = 1,
                             .doc = "a server on an older timeline than the last leader's does "
                                    "not race"},
    [KNOB_PRIMARY_START_TIMEOUT] = {.name = "primary_start_timeout",
                                    .unit = SIM_NS,
                                    .usual = 300 * SECOND,
                                    .min = 0,
                                    .max = 24 * HOUR,
                                    .doc = "a leader's server may be down so long, if another "
                                           "could take over; 0: not at all"},
    [KNOB_INITIAL_PRIMARY] = {.name = "initial_primary",
                              .unit = SIM_BOOL,
                              .usual = 0,
                              .min = 0,
                              .max = 1,
                              .doc = "its server is the first primary (bootstrap)"},
    [KNOB_USE_PG_REWIND] = {.name = "use_pg_rewind",
                            .unit = SIM_BOOL,
                            .usual = 1,
                            .min = 0,
                            .max = 1,
                            .doc = "a former primary is rewound before it follows"},
    [PATRONI_KNOBS] = {0},
};

static const struct sim_param agent_columns[] = {
    {.name = "server", .unit = SIM_NODE, .doc = "beside it"},
    {.name = "state", .unit = SIM_TEXT, .doc = "of the server, as last heard"},
    {.name = "lsn", .unit = SIM_LSN, .doc = "the end of its log, as last heard"},
    {.name = "action", .unit = SIM_TEXT, .doc = "the order that is under way"},
    {.name = "phase", .unit = SIM_TEXT, .doc = "of the cycle: whom it waits for"},
    {.name = "is_leader", .unit = SIM_BOOL, .doc = "as far as it knows"},
    {.name = "term", .unit = SIM_COUNT, .doc = "of its last leader key"},
    {.name = "lease_remaining", .unit = SIM_NS, .doc = "by its own clock"},
    {.name = "leader", .unit = SIM_NODE, .doc = "the leader's server, as last heard"},
    {.name = "must_rewind", .unit = SIM_BOOL, .doc = "before the server can follow"},
    {0}};

static const struct sim_name notes[] = {
    [NOTE_LEADER] = {"leader", "no action. I am ({node}), the leader with the lock"},
    [NOTE_FOLLOWING] = {"following",
                        "no action. I am ({node}), a secondary, and following a leader ({node})"},
    [NOTE_BOOTSTRAP] = {"bootstrap", "no server has ever led -> starting {node} as the first "
                                     "primary"},
    [NOTE_PROMOTED] = {"promoted", "promoted self ({node}) to leader by acquiring session lock"},
    [NOTE_PROMOTED_AGAIN] = {"promoted_again",
                             "promoted self ({node}) to leader because I had the session lock"},
    [NOTE_ACQUIRED_AS_LEADER] = {"acquired", "acquired session lock as a leader ({node})"},
    [NOTE_RACE_LOST] = {"race_lost",
                        "following new leader ({node}) after trying and failing to obtain lock"},
    [NOTE_DEMOTE_DCS] = {"demote_dcs", "demoting self ({node}) because DCS is not accessible and "
                                       "I was a leader"},
    [NOTE_DEMOTE_NO_LOCK] = {"demote_no_lock",
                             "demoting self ({node}) because i do not have the lock and i was a "
                             "leader"},
    [NOTE_DEMOTE_UPDATE_FAILED] = {"demote_update_failed",
                                   "demoted self ({node}) because failed to update leader lock "
                                   "in DCS"},
    [NOTE_DEMOTE_RAN_OUT] = {"demote_ran_out",
                             "ttl has passed since the last renewal -> demoting self ({node})"},
    [NOTE_DEMOTE_OBTAIN] = {"demote_obtain",
                            "demoted self ({node}) after trying and failing to obtain lock"},
    [NOTE_DEMOTE_START_TIMEOUT] = {"demote_start_timeout",
                                   "demoting self ({node}) because primary startup is taking too "
                                   "long"},
    [NOTE_DEMOTE_SWITCHOVER] = {"demote_switchover", "switchover: demoting myself ({node})"},
    [NOTE_NOT_FENCED] = {"not_fenced", "no lease (bug no_fencing) -> {node} is left as it is"},
    [NOTE_DCS] = {"dcs_failed", "DCS ({node}) is not accessible -> the server is left as it is"},
    [NOTE_SERVER_LOST] = {"server_lost", "{node} does not answer -> is it down?"},
    [NOTE_STARTING_PRIMARY] = {"starting_primary", "starting primary after failure ({node})"},
    [NOTE_STARTING_SECONDARY] = {"starting_secondary",
                                 "no leader to follow -> starting as a secondary ({node})"},
    [NOTE_FOLLOW] = {"follow", "the leader is {node} -> the server follows it"},
    [NOTE_REWIND] = {"rewind", "the log may not be in {node}'s history -> running pg_rewind from "
                               "it"},
    [NOTE_REWIND_WAITS] = {"rewind_waits", "{node} is no primary yet -> pg_rewind has to wait"},
    [NOTE_REINITIALIZE] = {"reinitialize", "the log is not in {node}'s history, and pg_rewind is "
                                           "not to be used -> it must be made anew by hand"},
    [NOTE_STILL_STARTING] = {"still_starting",
                             "PostgreSQL is still starting up, {ns} until timeout"},
    [NOTE_BUSY] = {"busy",
                   "{|status|start as primary|start as standby|follow|promote|stop|rewind} in "
                   "progress"},
    [NOTE_FAILED] = {"failed",
                     "{|status|start as primary|start as standby|follow|promote|stop|rewind} "
                     "failed, the server is {|stopped|starting|standby|primary} -> next cycle"},
    [NOTE_LAGGING] = {"lagging", "{bytes} behind the last leader, more than "
                                 "maximum_lag_on_failover -> not healthy enough for leader race"},
    [NOTE_TIMELINE] = {"timeline_behind",
                       "My timeline {} is behind last known cluster timeline {} -> not healthy "
                       "enough for leader race"},
    [NOTE_LEADER_ALIVE] = {"leader_alive", "Primary ({node}) is still alive -> no race"},
    [NOTE_NOT_HEALTHIEST] = {"not_healthiest",
                             "{node} has {lsn}, more than {lsn} here -> following a different "
                             "leader because i am not the healthiest node"},
    [NOTE_WAIT_BOOTSTRAP] = {"waiting_for_leader",
                             "no server has led yet -> waiting for leader ({node}) to bootstrap"},
    [NOTE_RELEASED] = {"released_key", "released leader key voluntarily in term {}"},
    {0},
};

extern const struct sim_model patroni_model;
const struct sim_model patroni_model = {
    .name = "patroni",
    .summary = "a failover manager's agent beside one server, with a lease from a witness",
    .init = patroni_init,
    .step = patroni_step,
    .encode = patroni_encode,
    .describe = patroni_describe,
    .describe_message = dcs_describe_message,
    .probe = patroni_probe,
    .view = patroni_view,
    .knobs = knobs,
    .probes =
        (const struct sim_param[]){
            [PROBE_IS_LEADER] = {.name = "is_leader",
                                 .unit = SIM_BOOL,
                                 .doc = "it holds the leader key, as far as it knows"},
            [PROBE_TERM] = {.name = "term", .unit = SIM_COUNT, .doc = "of its last leader key"},
            [PROBE_LEASE_REMAINING] = {.name = "lease_remaining",
                                       .unit = SIM_NS,
                                       .doc = "by its own clock"},
            [PROBE_SERVER_IS_PRIMARY] = {.name = "server_is_primary",
                                         .unit = SIM_BOOL,
                                         .doc = "as last heard"},
            {0}},
    .views = (const struct sim_table[]){{"agent", agent_columns, "what it knows; one row"}, {0}},
    .commands =
        (const struct sim_table[]){
            [COMMAND_SWITCHOVER] = {"switchover", (const struct sim_param[]){{0}},
                                    "the leader stops its server, then releases its key"},
            {0}},
    .messages = (const struct sim_name[]){[DCS_REQUEST] = {"dcs_request", NULL},
                                          [DCS_ANSWER] = {"dcs_answer", NULL},
                                          [CONTROL_ORDER] = {"control_order", NULL},
                                          [CONTROL_ANSWER] = {"control_answer", NULL},
                                          [DCS_CHANGED] = {"dcs_changed", NULL},
                                          [API_REQUEST] = {"api_request", NULL},
                                          [API_ANSWER] = {"api_answer", NULL},
                                          {0}},
    .notes = notes,
    .facts =
        (const struct sim_name[]){
            [FACT_LEADS] = {"leads", "by the leases of {node}, {node} is left a primary in term "
                                     "{}"},
            [FACT_STEPPED_DOWN] = {"stepped_down", "by the leases of {node}, {node} is ordered to "
                                                   "stop after term {}"},
            {0}},
    .channels = (const struct sim_channel[]){[DCS_CHANNEL] = {"dcs", true},
                                             [CONTROL_CHANNEL] = {"control", true},
                                             [API_CHANNEL] = {"api", false},
                                             {0}},
    .laws = (const struct sim_law *const[]){&patroni_no_primary_without_lease, NULL},
    .bugs =
        (const struct sim_bug[]){
            [BUG_NO_FENCING] = {"no_fencing",
                                "an agent without a lease leaves its server a primary",
                                "No Primary Without A Lease",
                                "two primaries when the leader is cut off from the witness"},
            {0}},
};
