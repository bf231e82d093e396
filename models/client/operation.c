/*
 * What the next operation is: the core workloads of YCSB (Cooper et al., SoCC 2010, table 2 and the
 * workload files), in exact parts per million, and its line in the history.
 *
 * In a history both an update and an insert are a "write", so that the checkers for registers and
 * sessions know them. Values are unique in the run: node * 10^12 + a number that never goes back,
 * as it starts from the host's monotonic clock in us, and no client makes a million a second.
 */
#include "base/value.h"
#include "client/client.h"

enum { MILLION = 1000000 };
enum { MIX_CUSTOM, MIX_A, MIX_B, MIX_C, MIX_D, MIX_E, MIX_F };
enum { DISTRIBUTION_BY_MIX }; /* then as enum keys_kind, one up */

static const int64_t core_workloads[][6] = {
    /* by client_operation:   read,  update, insert,  scan, read-modify-write */
    [MIX_A] = {0, 500000, 500000, 0, 0, 0}, /* update heavy: a session store */
    [MIX_B] = {0, 950000, 50000, 0, 0, 0},  /* read mostly: photo tagging */
    [MIX_C] = {0, 1000000, 0, 0, 0, 0},     /* read only: a profile cache */
    [MIX_D] = {0, 950000, 0, 50000, 0, 0},  /* read latest: status updates */
    [MIX_E] = {0, 0, 0, 50000, 950000, 0},  /* short ranges: threaded conversations */
    [MIX_F] = {0, 500000, 0, 0, 0, 500000}, /* read-modify-write: a user database */
};

bool mix_begin(struct client *c, const struct sim_value *knobs, struct text *refusal) {
    const int64_t mix = knobs[KNOB_MIX].number;
    int64_t sum = 0;
    for (size_t i = 1; i <= CLIENT_READ_MODIFY_WRITE; i++) {
        c->proportions_ppm[i] = mix == MIX_CUSTOM ? knobs[KNOB_READ + i - 1].number
                                                  : core_workloads[mix][i];
        sum += c->proportions_ppm[i];
    }
    if (sum != MILLION) {
        text_add(
            refusal,
            "read, update, insert, scan and read_modify_write must add up to 1000000 parts per "
            "million; they add up to %lld",
            (long long)sum);
        return false;
    }
    int64_t distribution = knobs[KNOB_DISTRIBUTION].number;
    if (distribution == DISTRIBUTION_BY_MIX)
        distribution = 1 + (mix == MIX_D        ? (int64_t)KEYS_LATEST
                            : mix == MIX_CUSTOM ? (int64_t)KEYS_UNIFORM
                                                : (int64_t)KEYS_ZIPFIAN);
    keys_begin(&c->keys, (enum keys_kind)(distribution - 1), knobs[KNOB_KEYS].number,
               (double)knobs[KNOB_THETA].number / MILLION, knobs[KNOB_HOT_KEYS].number,
               knobs[KNOB_HOT_OPERATIONS].number);
    return true;
}

static enum client_operation choose_operation(const struct client *c, struct random *random) {
    int64_t at = draw_below(random, MILLION);
    int operation = CLIENT_READ;
    while (at >= c->proportions_ppm[operation]) at -= c->proportions_ppm[operation++];
    return (enum client_operation)operation;
}

static struct sim_bytes integer(uint8_t buffer[9], int64_t number) {
    struct writer w = writer_over(buffer, 9);
    put_value_integer(&w, number);
    return (struct sim_bytes){buffer, w.size};
}

struct wish wish_make(struct client *c, uint32_t user, const struct sim_event *e,
                      struct sim_out *out) {
    const int64_t number = c->next_number++;
    struct wish wish = {.arrived_ns = e->now.mono_ns, .operation = number, .user = user};
    struct client_request *q = &wish.request;
    q->operation = choose_operation(c, e->random);
    q->key = q->operation == CLIENT_INSERT ? keys_insert(&c->keys)
                                           : keys_choose(&c->keys, e->random);
    q->value = named_by_node(c, number);
    q->value_bytes = c->value_bytes;

    uint8_t key[9], value[9];
    struct sim_bytes invoked = {0};
    if (q->operation == CLIENT_SCAN) {
        q->length = 1 + draw_below(e->random, c->scan_length_max);
        invoked = integer(value, q->length);
    } else if (q->operation != CLIENT_READ) {
        invoked = integer(value, q->value);
    }
    sim_invoke_for(out, user == NOBODY ? SIM_NONE : (int64_t)user, number,
                   client_operation_name(q->operation), integer(key, q->key), invoked);
    return wish;
}

void wish_end(struct client *c, const struct wish *wish, struct ending ending,
              const struct sim_event *e, struct sim_out *out) {
    const enum client_operation operation = wish->request.operation;
    uint8_t buffer[9];
    struct sim_bytes returned = {0};
    const bool writes = operation == CLIENT_UPDATE || operation == CLIENT_INSERT;
    if (writes)
        returned = integer(buffer, wish->request.value);
    else if (ending.outcome == SIM_DONE && ending.value != SIM_NONE)
        returned = integer(buffer, ending.value);
    sim_return_version(out, wish->operation, ending.outcome, returned, ending.version,
                       ending.error);
    session_ends_operation(c, wish, &ending, e->now.mono_ns);
    if (ending.outcome == SIM_DONE) {
        c->done++;
        c->last_latency_ns = e->now.mono_ns - wish->arrived_ns;
    } else if (ending.outcome == SIM_FAILED) {
        c->failed++;
    } else {
        c->unknown++;
    }
}
