#include "parts/server_control.h"

struct sim_bytes control_order_write(const struct control_order *o, uint8_t *buffer) {
    struct writer w = writer_over(buffer, CONTROL_ORDER_BYTES);
    put_i64(&w, o->order);
    put_i64(&w, o->what);
    put_i64(&w, o->upstream);
    return (struct sim_bytes){w.data, w.size};
}

bool control_order_read(struct sim_bytes body, struct control_order *o) {
    struct reader r = reader_over(body.data, body.size);
    o->order = get_i64(&r);
    const int64_t what = get_i64(&r);
    o->upstream = get_i64(&r);
    if (r.bad || what < CONTROL_STATUS || what > CONTROL_REWIND) return false;
    o->what = (enum control_what)what;
    return true;
}

struct sim_bytes control_answer_write(const struct control_answer *a, uint8_t *buffer) {
    struct writer w = writer_over(buffer, CONTROL_ANSWER_BYTES);
    put_i64(&w, a->order);
    put_i64(&w, a->state);
    put_i64(&w, a->timeline);
    put_i64(&w, a->received_lsn);
    put_i64(&w, a->upstream);
    put_bool(&w, a->ok);
    put_bool(&w, a->streaming);
    put_bool(&w, a->diverged);
    return (struct sim_bytes){w.data, w.size};
}

bool control_answer_read(struct sim_bytes body, struct control_answer *a) {
    struct reader r = reader_over(body.data, body.size);
    a->order = get_i64(&r);
    const int64_t state = get_i64(&r);
    a->timeline = get_i64(&r);
    a->received_lsn = get_i64(&r);
    a->upstream = get_i64(&r);
    a->ok = get_bool(&r);
    a->streaming = get_bool(&r);
    a->diverged = get_bool(&r);
    if (r.bad || state < CONTROL_STOPPED || state > CONTROL_PRIMARY) return false;
    a->state = (enum control_state)state;
    return true;
}

const char *control_what_name(enum control_what what) {
    static const char *const names[] = {
        NULL,   "status", "start as primary", "start as standby", "follow", "promote",
        "stop", "rewind"};
    return names[what];
}

const char *control_state_name(enum control_state state) {
    static const char *const names[] = {NULL, "stopped", "starting", "standby", "primary"};
    return names[state];
}
