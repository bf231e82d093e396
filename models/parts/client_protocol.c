#include "parts/client_protocol.h"

struct sim_bytes client_request_write(const struct client_request *q, uint8_t *buffer) {
    struct writer w = writer_over(buffer, CLIENT_REQUEST_BYTES);
    put_i64(&w, q->request);
    put_i64(&w, q->session);
    put_i64(&w, (int64_t)q->operation);
    put_i64(&w, q->key);
    put_i64(&w, q->value);
    put_i64(&w, q->value_bytes);
    put_i64(&w, q->length);
    if (q->after != 0 || q->attempt > 1) put_i64(&w, q->after);
    if (q->attempt > 1) put_i64(&w, q->attempt);
    return (struct sim_bytes){buffer, w.size};
}

struct sim_bytes client_response_write(const struct client_response *a, uint8_t *buffer) {
    struct writer w = writer_over(buffer, CLIENT_RESPONSE_BYTES);
    put_i64(&w, a->request);
    put_i64(&w, (int64_t)a->status);
    put_i64(&w, a->value);
    put_i64(&w, a->version);
    put_i64(&w, a->node);
    return (struct sim_bytes){buffer, w.size};
}

bool client_request_read(struct sim_bytes body, struct client_request *q) {
    struct reader r = reader_over(body.data, body.size);
    q->request = get_i64(&r);
    q->session = get_i64(&r);
    const int64_t operation = get_i64(&r);
    q->key = get_i64(&r);
    q->value = get_i64(&r);
    q->value_bytes = get_i64(&r);
    q->length = get_i64(&r);
    q->after = r.at < r.size ? get_i64(&r) : 0;
    q->attempt = r.at < r.size ? get_i64(&r) : 1;
    if (r.bad || operation < CLIENT_READ || operation > CLIENT_READ_MODIFY_WRITE) return false;
    q->operation = (enum client_operation)operation;
    return true;
}

bool client_response_read(struct sim_bytes body, struct client_response *a) {
    struct reader r = reader_over(body.data, body.size);
    a->request = get_i64(&r);
    const int64_t status = get_i64(&r);
    a->value = get_i64(&r);
    a->version = get_i64(&r);
    a->node = get_i64(&r);
    if (r.bad || status < CLIENT_OK || status > CLIENT_RETRY) return false;
    a->status = (enum client_status)status;
    return true;
}

const char *client_operation_name(enum client_operation operation) {
    switch (operation) {
    case CLIENT_READ: return "read";
    case CLIENT_UPDATE: return "write";
    case CLIENT_INSERT: return "write";
    case CLIENT_SCAN: return "scan";
    case CLIENT_READ_MODIFY_WRITE: return "rmw";
    }
    return "?";
}
