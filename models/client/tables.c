/* What the client can be told, and what it can tell. */
#include "client/client.h"

static const char *state_name(enum loop_state state) {
    return state == LOOP_IDLE ? "idle" : state == LOOP_READY ? "no connection" : "waiting";
}

static void encode_sessions(const struct client *c, struct writer *w) {
    put_u32(w, (uint32_t)c->server_count);
    for (size_t i = 0; i < c->server_count; i++) {
        put_u32(w, c->servers[i].node);
        put_bool(w, c->servers[i].up);
        put_bool(w, c->servers[i].tried);
        put_i64(w, c->servers[i].failures);
    }
    put_u32(w, (uint32_t)c->replica_turn);
    for (size_t i = 0; i < c->user_count; i++) {
        put_i64(w, c->users[i].seen);
        put_i64(w, c->users[i].wrote_ns);
        put_u32(w, c->users[i].replica);
    }
    put_u32(w, (uint32_t)c->idle_user_count);
    for (size_t i = 0; i < c->idle_user_count; i++) put_u32(w, c->idle_users[i]);
}

static void client_encode(const void *state, struct writer *w) {
    const struct client *c = state;
    put_u32(w, c->target);
    put_bool(w, c->connected);
    put_i64(w, c->connect_failures);
    put_i64(w, c->redirects);
    put_i64(w, c->next_number);
    put_i64(w, c->next_arrival_ns);
    put_i64(w, c->keys.count);
    put_i64(w, c->keys.next);
    for (size_t i = 0; i < c->loop_count; i++) {
        const struct loop *loop = &c->loops[i];
        put_u8(w, (uint8_t)loop->state);
        put_i64(w, loop->session);
        put_i64(w, loop->failures);
        if (loop->state == LOOP_IDLE) continue;
        put_u32(w, loop->replica);
        put_u32(w, loop->wish.user);
        put_bool(w, loop->wish.at_primary);
        put_i64(w, loop->wish.operation);
        put_i64(w, loop->wish.arrived_ns);
        put_i64(w, loop->wish.request.key);
        put_i64(w, loop->wish.request.value);
    }
    put_u32(w, (uint32_t)c->queue_count);
    for (size_t i = 0; i < c->queue_count; i++)
        put_i64(w, c->queue[(c->queue_head + i) % c->queue_capacity].operation);
    encode_sessions(c, w);
}

static void client_describe(const void *state, struct text *text) {
    const struct client *c = state;
    text_add(text, "%s to n%u, %lld in flight, %zu queued, %lld done, %lld failed, %lld unknown",
             c->connected ? "connected" : "connecting", c->target, (long long)c->in_flight,
             c->queue_count, (long long)c->done, (long long)c->failed, (long long)c->unknown);
}

static void client_describe_message(const struct sim_message *m, struct text *text) {
    struct client_request q;
    struct client_response a;
    static const char *const status[] = {"", "ok", "failed", "unknown", "redirect", "retry"};
    if (m->type == CLIENT_REQUEST && client_request_read(m->body, &q))
        text_add(text, "%lld: %s key %lld", (long long)q.request,
                 client_operation_name(q.operation), (long long)q.key);
    else if (m->type == CLIENT_RESPONSE && client_response_read(m->body, &a))
        text_add(text, "%lld: %s", (long long)a.request, status[a.status]);
}

static int64_t replicas_up(const struct client *c) {
    int64_t up = 0;
    for (size_t i = 0; i < c->server_count; i++) up += c->servers[i].replica && c->servers[i].up;
    return up;
}

static int64_t client_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    const struct client *c = state;
    (void)now;
    switch ((enum client_probe)probe) {
    case PROBE_IN_FLIGHT: return c->in_flight;
    case PROBE_QUEUED: return (int64_t)c->queue_count;
    case PROBE_DONE: return c->done;
    case PROBE_FAILED: return c->failed;
    case PROBE_UNKNOWN: return c->unknown;
    case PROBE_LATENCY: return c->done > 0 ? c->last_latency_ns : SIM_NONE;
    case PROBE_CONNECTED: return c->connected;
    case PROBE_REPLICA_READS: return c->replica_reads;
    case PROBE_PRIMARY_READS: return c->primary_reads;
    case PROBE_REPLICAS_UP: return replicas_up(c);
    case PROBE_UNREAD_WRITES: return c->unread_writes;
    case PROBE_BACKWARD_READS: return c->backward_reads;
    }
    return SIM_NONE;
}

static void view_loops(const struct client *c, const struct sim_clocks *now,
                       struct sim_rows *rows) {
    for (size_t i = 0; i < c->loop_count; i++) {
        const struct loop *loop = &c->loops[i];
        const bool open = loop->state != LOOP_IDLE;
        sim_cell(rows, (int64_t)i);
        sim_cell_text(rows, state_name(loop->state));
        sim_cell_text(rows, open ? client_operation_name(loop->wish.request.operation) : NULL);
        sim_cell(rows, open ? loop->wish.request.key : SIM_NONE);
        sim_cell(rows, open ? now->mono_ns - loop->wish.arrived_ns : SIM_NONE);
    }
}

static void view_users(const struct client *c, const struct sim_clocks *now,
                       struct sim_rows *rows) {
    for (size_t i = 0; i < c->user_count; i++) {
        const struct user *user = &c->users[i];
        const bool wrote = user->wrote_ns != SIM_NONE;
        sim_cell(rows, (int64_t)i);
        sim_cell(rows, user->replica == NOBODY ? SIM_NONE : c->servers[user->replica].node);
        sim_cell(rows, user->seen > 0 ? user->seen : SIM_NONE);
        sim_cell(rows, wrote ? now->mono_ns - user->wrote_ns : SIM_NONE);
    }
}

static void view_servers(const struct client *c, struct sim_rows *rows) {
    for (size_t i = 0; i < c->server_count; i++) {
        const struct server *server = &c->servers[i];
        sim_cell(rows, server->node);
        sim_cell(rows, server->node == c->target);
        sim_cell(rows, server->replica);
        sim_cell(rows, server->up);
        sim_cell(rows, server->reads);
    }
}

static void client_view(const void *state, size_t view, const struct sim_clocks *now,
                        struct sim_rows *rows) {
    switch ((enum client_view)view) {
    case VIEW_LOOPS: view_loops(state, now, rows); return;
    case VIEW_USERS: view_users(state, now, rows); return;
    case VIEW_SERVERS: view_servers(state, rows); return;
    }
}

#define HOUR INT64_C(3600000000000)
#define PPM(NAME, DOC) \
    { .name = NAME, .unit = SIM_PPM, .usual = 0, .min = 0, .max = 1000000, .doc = DOC }

static const struct sim_param knobs[] = {
    [KNOB_TARGET] = {.name = "target", .unit = SIM_NODE, .usual = SIM_NONE, .doc = "the server"},
    [KNOB_OTHERS] = {.name = "others",
                     .unit = SIM_NODES,
                     .usual = SIM_NONE,
                     .doc = "servers to try, by turns, when the target is down"},
    [KNOB_CLIENTS] = {.name = "clients",
                      .unit = SIM_COUNT,
                      .usual = 1,
                      .min = 1,
                      .max = 100000,
                      .doc = "closed loop: users; open loop: connections in the pool"},
    [KNOB_RATE] = {.name = "rate",
                   .unit = SIM_COUNT,
                   .usual = 0,
                   .min = 0,
                   .max = INT64_C(1000000000),
                   .doc = "open loop: arrivals per 1000 s; 0: closed loop"},
    [KNOB_THINK] = {.name = "think",
                    .unit = SIM_NS,
                    .usual = 0,
                    .min = 0,
                    .max = HOUR,
                    .doc = "closed loop: from an answer to the next question"},
    [KNOB_MIX] = {.name = "mix",
                  .unit = SIM_CHOICE,
                  .usual = 0,
                  .min = 0,
                  .max = 6,
                  .choices = "custom|A|B|C|D|E|F",
                  .doc = "YCSB's core workloads; custom: the five proportions below"},
    [KNOB_READ] = {.name = "read",
                   .unit = SIM_PPM,
                   .usual = 500000,
                   .min = 0,
                   .max = 1000000,
                   .doc = "share of reads, when mix is custom"},
    [KNOB_UPDATE] = {.name = "update",
                     .unit = SIM_PPM,
                     .usual = 500000,
                     .min = 0,
                     .max = 1000000,
                     .doc = "share of updates"},
    [KNOB_INSERT] = PPM("insert", "share of inserts, each of a key of its own"),
    [KNOB_SCAN] = PPM("scan", "share of short scans"),
    [KNOB_READ_MODIFY_WRITE] =
        PPM("read_modify_write", "share of reads with a write in one transaction"),
    [KNOB_KEYS] = {.name = "keys",
                   .unit = SIM_COUNT,
                   .usual = 1000,
                   .min = 1,
                   .max = INT64_C(1000000000),
                   .doc = "keys 0 .. keys - 1"},
    [KNOB_DISTRIBUTION] = {.name = "distribution",
                           .unit = SIM_CHOICE,
                           .usual = 0,
                           .min = 0,
                           .max = 5,
                           .choices = "by_mix|uniform|zipfian|sequential|latest|hotspot",
                           .doc = "of keys; by_mix: latest for D, zipfian for other letters, else "
                                  "uniform"},
    [KNOB_THETA] = {.name = "theta",
                    .unit = SIM_PPM,
                    .usual = 990000,
                    .min = 1000,
                    .max = 999000,
                    .doc = "zipfian, latest: how uneven"},
    [KNOB_HOT_KEYS] = {.name = "hot_keys",
                       .unit = SIM_PPM,
                       .usual = 200000,
                       .min = 1,
                       .max = 1000000,
                       .doc = "hotspot: the share of keys that is hot"},
    [KNOB_HOT_OPERATIONS] = {.name = "hot_operations",
                             .unit = SIM_PPM,
                             .usual = 800000,
                             .min = 0,
                             .max = 1000000,
                             .doc = "hotspot: the share of operations on them"},
    [KNOB_VALUE_BYTES] = {.name = "value_bytes",
                          .unit = SIM_BYTES,
                          .usual = 100,
                          .min = 1,
                          .max = 7000,
                          .doc = "what a value weighs"},
    [KNOB_SCAN_LENGTH] = {.name = "scan_length",
                          .unit = SIM_COUNT,
                          .usual = 100,
                          .min = 1,
                          .max = 100000,
                          .doc = "a scan asks for 1 to so many keys, uniform"},
    [KNOB_TIMEOUT] = {.name = "timeout",
                      .unit = SIM_NS,
                      .usual = INT64_C(10000000000),
                      .min = 1000000,
                      .max = HOUR,
                      .doc = "after it an operation's outcome is unknown"},
    [KNOB_BACKOFF] = {.name = "backoff",
                      .unit = SIM_NS,
                      .usual = 100000000,
                      .min = 1000000,
                      .max = HOUR,
                      .doc = "before trying again after a failure; doubles each time"},
    [KNOB_BACKOFF_MAX] = {.name = "backoff_max",
                          .unit = SIM_NS,
                          .usual = INT64_C(2000000000),
                          .min = 1000000,
                          .max = HOUR,
                          .doc = "up to this"},
    [KNOB_QUEUE_MAX] = {.name = "queue_max",
                        .unit = SIM_COUNT,
                        .usual = 100000,
                        .min = 0,
                        .max = 10000000,
                        .doc = "open loop: arrivals that may wait; more fail"},
    [KNOB_STOP] = {.name = "stop",
                   .unit = SIM_NS,
                   .usual = 0,
                   .min = 0,
                   .max = 1000 * HOUR,
                   .doc = "no new operations so long after power on; 0: never"},
    [KNOB_USERS] = {.name = "users",
                    .unit = SIM_COUNT,
                    .usual = 0,
                    .min = 0,
                    .max = 100000,
                    .doc = "open loop: an arrival is of one of so many, a session each; 0: of "
                           "nobody. Closed loop: clients"},
    [KNOB_READ_FROM] = {.name = "read_from",
                        .unit = SIM_NODES,
                        .usual = SIM_NONE,
                        .doc = "replicas, for reads and scans; without one up the target serves "
                               "them. None: the target serves all"},
    [KNOB_READ_CHOICE] = {.name = "read_choice",
                          .unit = SIM_CHOICE,
                          .usual = READ_SPREAD,
                          .min = READ_SPREAD,
                          .max = READ_ROUND_ROBIN,
                          .choices = "spread|sticky|round_robin",
                          .doc = "of replicas: each read by chance; each user keeps to one while "
                                 "it is up; by turns"},
    [KNOB_READ_PRIMARY_AFTER_WRITE] = {.name = "read_primary_after_write",
                                       .unit = SIM_NS,
                                       .usual = 0,
                                       .min = 0,
                                       .max = HOUR,
                                       .doc = "a user reads from the target for so long after its "
                                              "last write; 0: not at all"},
    [KNOB_WAIT_FOR_VERSION] = {.name = "wait_for_version",
                               .unit = SIM_BOOL,
                               .usual = 0,
                               .min = 0,
                               .max = 1,
                               .doc = "a replica answers once it has what the user has written "
                                      "or read before"},
    [KNOB_RETRY] = {.name = "retry",
                    .unit = SIM_NS,
                    .usual = 0,
                    .min = 0,
                    .max = HOUR,
                    .doc = "what is not answered in so long, or whose stream goes down, is asked "
                           "again as the same request, until timeout: for systems that remember "
                           "sessions. 0: never"},
    [CLIENT_KNOBS] = {0},
};

static const struct sim_param loops_columns[] = {
    {.name = "loop", .unit = SIM_COUNT, .doc = "its number"},
    {.name = "state", .unit = SIM_TEXT, .doc = "idle, no connection, waiting"},
    {.name = "operation", .unit = SIM_TEXT, .doc = "what it waits for"},
    {.name = "key", .unit = SIM_COUNT, .doc = "of which key"},
    {.name = "age", .unit = SIM_NS, .doc = "since it was asked for"},
    {0}};

static const struct sim_param users_columns[] = {
    {.name = "user", .unit = SIM_COUNT, .doc = "its number in the history"},
    {.name = "replica", .unit = SIM_NODE, .doc = "sticky: that it keeps to"},
    {.name = "version", .unit = SIM_COUNT, .doc = "the highest that it has written or read"},
    {.name = "wrote", .unit = SIM_NS, .doc = "since its last write"},
    {0}};

static const struct sim_param servers_columns[] = {
    {.name = "server", .unit = SIM_NODE, .doc = "which"},
    {.name = "target", .unit = SIM_BOOL, .doc = "it is asked for writes"},
    {.name = "replica", .unit = SIM_BOOL, .doc = "it is one of read_from"},
    {.name = "up", .unit = SIM_BOOL, .doc = "the stream to it"},
    {.name = "reads", .unit = SIM_COUNT, .doc = "that it has answered, scans too"},
    {0}};

extern const struct sim_model client_model;
const struct sim_model client_model = {
    .name = "client",
    .summary = "a workload: closed loop or open loop, YCSB's mixes and key distributions",
    .init = client_init,
    .step = client_step,
    .encode = client_encode,
    .describe = client_describe,
    .describe_message = client_describe_message,
    .probe = client_probe,
    .view = client_view,
    .knobs = knobs,
    .probes =
        (const struct sim_param[]){
            [PROBE_IN_FLIGHT] = {.name = "in_flight",
                                 .unit = SIM_COUNT,
                                 .doc = "sent, or about to be"},
            [PROBE_QUEUED] = {.name = "queued",
                              .unit = SIM_COUNT,
                              .doc = "waiting for a connection"},
            [PROBE_DONE] = {.name = "done", .unit = SIM_COUNT, .doc = "operations that succeeded"},
            [PROBE_FAILED] = {.name = "failed", .unit = SIM_COUNT, .doc = "that did not happen"},
            [PROBE_UNKNOWN] = {.name = "unknown",
                               .unit = SIM_COUNT,
                               .doc = "that may have happened"},
            [PROBE_LATENCY] = {.name = "latency",
                               .unit = SIM_NS,
                               .doc = "of the last that succeeded"},
            [PROBE_CONNECTED] = {.name = "connected", .unit = SIM_BOOL, .doc = "to the target"},
            [PROBE_REPLICA_READS] = {.name = "reads_from_replicas",
                                     .unit = SIM_COUNT,
                                     .doc = "reads and scans that a replica has answered"},
            [PROBE_PRIMARY_READS] = {.name = "reads_from_primary",
                                     .unit = SIM_COUNT,
                                     .doc = "that the target has answered"},
            [PROBE_REPLICAS_UP] = {.name = "replicas_up",
                                   .unit = SIM_COUNT,
                                   .doc = "replicas with a stream to them"},
            [PROBE_UNREAD_WRITES] = {.name = "unread_writes",
                                     .unit = SIM_COUNT,
                                     .doc = "reads of replicas' users that miss their own writes"},
            [PROBE_BACKWARD_READS] =
                {.name = "backward_reads",
                 .unit = SIM_COUNT,
                 .doc = "that are older than what the user has read before"},
            {0}},
    .views =
        (const struct sim_table[]){
            [VIEW_LOOPS] = {"loops", loops_columns, "what each loop is doing"},
            [VIEW_USERS] = {"users", users_columns, "what each session remembers"},
            [VIEW_SERVERS] = {"servers", servers_columns, "who is asked"},
            {0}},
    .messages =
        (const struct sim_name[]){
            [CLIENT_REQUEST] = {"request", NULL}, [CLIENT_RESPONSE] = {"response", NULL}, {0}},
    .notes =
        (const struct sim_name[]){
            [NOTE_CONNECTED] = {"connected", "connected to {node}"},
            [NOTE_SILENT] = {"silent",
                             "{node} has answered nothing for a timeout -> asking {node}"},
            [NOTE_LOST] = {"lost", "connection to {node} is down -> what was in flight is unknown"},
            [NOTE_REDIRECTED] = {"redirected", "{node} is not the one to ask -> asking {node}"},
            [NOTE_TIMEOUT] = {"timeout",
                              "no answer to operation {} from {node} in time -> giving up"},
            [NOTE_REFUSED] = {"refused", "operation {} was refused by {node} -> failed"},
            [NOTE_CONFLICT] =
                {"conflict", "operation {} met a conflict at {node} -> failed, may be asked again"},
            [NOTE_REPLICA_UP] = {"replica_up", "replica {node} is up -> reads go there"},
            [NOTE_REPLICA_LOST] = {"replica_lost",
                                   "replica {node} is down -> its reads go elsewhere"},
            [NOTE_REPLICA_CANNOT] = {"replica_cannot",
                                     "read {} is not for {node} to answer -> asking {node}"},
            [NOTE_MOVED] = {"moved", "user {} loses {node} -> reads from {node}"},
            [NOTE_AGAIN] = {"again", "operation {} is not answered by {node} -> asked again, "
                                     "attempt {}"},
            {0}},
    .channels = (const struct sim_channel[]){[CLIENT_CHANNEL] = {"client", true}, {0}},
};
