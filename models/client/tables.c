/* What the client can be told, and what it can tell. */
#include "client/client.h"

static const char *state_name(enum loop_state state) {
    return state == LOOP_IDLE ? "idle" : state == LOOP_READY ? "no connection" : "waiting";
}

static void client_encode(const void *state, struct writer *w) {
    const struct client *c = state;
    put_u32(w, c->target);
    put_bool(w, c->connected);
    put_i64(w, c->connect_failures);
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
        put_i64(w, loop->wish.operation);
        put_i64(w, loop->wish.arrived_ns);
        put_i64(w, loop->wish.request.key);
        put_i64(w, loop->wish.request.value);
    }
    put_u32(w, (uint32_t)c->queue_count);
    for (size_t i = 0; i < c->queue_count; i++)
        put_i64(w, c->queue[(c->queue_head + i) % c->queue_capacity].operation);
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
    static const char *const status[] = {"", "ok", "failed", "unknown", "redirect"};
    if (m->type == CLIENT_REQUEST && client_request_read(m->body, &q))
        text_add(text, "%lld: %s key %lld", (long long)q.request,
                 client_operation_name(q.operation), (long long)q.key);
    else if (m->type == CLIENT_RESPONSE && client_response_read(m->body, &a))
        text_add(text, "%lld: %s", (long long)a.request, status[a.status]);
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
    }
    return SIM_NONE;
}

static void client_view(const void *state, size_t view, const struct sim_clocks *now,
                        struct sim_rows *rows) {
    const struct client *c = state;
    (void)view;
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
    [KNOB_START] = {.name = "start",
                    .unit = SIM_NS,
                    .usual = 0,
                    .min = 0,
                    .max = 1000 * HOUR,
                    .doc = "begin so long after power on"},
    [KNOB_STOP] = {.name = "stop",
                   .unit = SIM_NS,
                   .usual = 0,
                   .min = 0,
                   .max = 1000 * HOUR,
                   .doc = "no new operations so long after power on; 0: never"},
    [CLIENT_KNOBS] = {0},
};

static const struct sim_param loops_columns[] = {
    {.name = "loop", .unit = SIM_COUNT, .doc = "its number"},
    {.name = "state", .unit = SIM_TEXT, .doc = "idle, no connection, waiting"},
    {.name = "operation", .unit = SIM_TEXT, .doc = "what it waits for"},
    {.name = "key", .unit = SIM_COUNT, .doc = "of which key"},
    {.name = "age", .unit = SIM_NS, .doc = "since it was asked for"},
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
            {0}},
    .views = (const struct sim_table[]){{"loops", loops_columns, "what each loop is doing"}, {0}},
    .messages =
        (const struct sim_name[]){
            [CLIENT_REQUEST] = {"request", NULL}, [CLIENT_RESPONSE] = {"response", NULL}, {0}},
    .notes =
        (const struct sim_name[]){
            [NOTE_CONNECTED] = {"connected", "connected to {node}"},
            [NOTE_LOST] = {"lost", "connection to {node} is down -> what was in flight is unknown"},
            [NOTE_REDIRECTED] = {"redirected", "{node} is not the one to ask -> asking {node}"},
            [NOTE_TIMEOUT] = {"timeout",
                              "no answer to operation {} from {node} in time -> giving up"},
            [NOTE_REFUSED] = {"refused", "operation {} was refused by {node} -> failed"},
            {0}},
    .channels = (const struct sim_channel[]){[CLIENT_CHANNEL] = {"client", true}, {0}},
};
