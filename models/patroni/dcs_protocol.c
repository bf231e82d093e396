#include "patroni/dcs_protocol.h"

#include "base/text.h"

static void put_status(struct writer *w, const struct member_status *s) {
    put_i64(w, s->state);
    put_i64(w, s->timeline);
    put_i64(w, s->lsn);
    put_bool(w, s->streaming);
}

static struct member_status get_status(struct reader *r) {
    struct member_status s;
    s.state = get_i64(r);
    s.timeline = get_i64(r);
    s.lsn = get_i64(r);
    s.streaming = get_bool(r);
    if (s.state < 0 || s.state > CONTROL_PRIMARY) r->bad = true;
    return s;
}

struct sim_bytes dcs_request_write(const struct dcs_request *q, uint8_t *buffer) {
    struct writer w = writer_over(buffer, DCS_REQUEST_BYTES);
    put_i64(&w, q->request);
    put_u8(&w, (uint8_t)q->what);
    put_i64(&w, q->server);
    put_i64(&w, q->term);
    put_i64(&w, q->ttl_ns);
    put_status(&w, &q->status);
    return (struct sim_bytes){w.data, w.size};
}

bool dcs_request_read(struct sim_bytes body, struct dcs_request *q) {
    struct reader r = reader_over(body.data, body.size);
    q->request = get_i64(&r);
    const uint8_t what = get_u8(&r);
    q->server = get_i64(&r);
    q->term = get_i64(&r);
    q->ttl_ns = get_i64(&r);
    q->status = get_status(&r);
    if (r.bad || what < DCS_CLUSTER || what > DCS_RELEASE) return false;
    q->what = (enum dcs_what)what;
    return true;
}

struct sim_bytes dcs_answer_write(const struct dcs_answer *a, uint8_t *buffer) {
    const struct dcs_cluster *c = &a->cluster;
    struct writer w = writer_over(buffer, DCS_ANSWER_BYTES);
    put_i64(&w, a->request);
    put_bool(&w, a->ok);
    put_i64(&w, c->leader);
    put_i64(&w, c->server);
    put_i64(&w, c->term);
    put_i64(&w, c->remaining_ns);
    put_i64(&w, c->position);
    put_i64(&w, c->timeline);
    put_i64(&w, c->count);
    for (int64_t i = 0; i < c->count; i++) {
        put_u32(&w, c->members[i].agent);
        put_u32(&w, c->members[i].server);
        put_status(&w, &c->members[i].status);
        put_i64(&w, c->members[i].primary_term);
    }
    return (struct sim_bytes){w.data, w.size};
}

bool dcs_answer_read(struct sim_bytes body, struct dcs_answer *a) {
    struct dcs_cluster *c = &a->cluster;
    struct reader r = reader_over(body.data, body.size);
    a->request = get_i64(&r);
    a->ok = get_bool(&r);
    c->leader = get_i64(&r);
    c->server = get_i64(&r);
    c->term = get_i64(&r);
    c->remaining_ns = get_i64(&r);
    c->position = get_i64(&r);
    c->timeline = get_i64(&r);
    c->count = get_i64(&r);
    if (r.bad || c->count < 0 || c->count > DCS_MEMBERS_MAX) return false;
    for (int64_t i = 0; i < c->count; i++) {
        c->members[i].agent = get_u32(&r);
        c->members[i].server = get_u32(&r);
        c->members[i].status = get_status(&r);
        c->members[i].primary_term = get_i64(&r);
    }
    return !r.bad;
}

struct sim_bytes api_write(int64_t race, const struct member_status *status, uint8_t *buffer) {
    struct writer w = writer_over(buffer, API_ANSWER_BYTES);
    put_i64(&w, race);
    put_status(&w, status);
    return (struct sim_bytes){w.data, w.size};
}

bool api_read(struct sim_bytes body, int64_t *race, struct member_status *status) {
    struct reader r = reader_over(body.data, body.size);
    *race = get_i64(&r);
    *status = get_status(&r);
    return !r.bad;
}

const char *dcs_what_name(enum dcs_what what) {
    static const char *const names[] = {NULL, "cluster", "acquire", "renew", "release"};
    return names[what];
}

static void describe_status(const struct member_status *s, struct text *text) {
    if (s->state == 0) {
        text_add(text, "server not known");
        return;
    }
    text_add(text, "%s at ", control_state_name((enum control_state)s->state));
    text_add_lsn(text, s->lsn);
}

void dcs_describe_message(const struct sim_message *m, struct text *text) {
    struct dcs_request request;
    struct dcs_answer answer;
    struct control_order order;
    struct control_answer done;
    struct member_status status;
    int64_t race;
    if (m->type == DCS_REQUEST && dcs_request_read(m->body, &request)) {
        text_add(text, "%lld: %s in term %lld, ", (long long)request.request,
                 dcs_what_name(request.what), (long long)request.term);
        describe_status(&request.status, text);
    } else if (m->type == DCS_ANSWER && dcs_answer_read(m->body, &answer)) {
        text_add(text, "%lld: %s, term %lld, ", (long long)answer.request, answer.ok ? "ok" : "no",
                 (long long)answer.cluster.term);
        if (answer.cluster.leader == SIM_NONE)
            text_add(text, "no leader");
        else
            text_add(text, "leader n%lld", (long long)answer.cluster.leader);
    } else if (m->type == CONTROL_ORDER && control_order_read(m->body, &order)) {
        text_add(text, "%lld: %s", (long long)order.order, control_what_name(order.what));
    } else if (m->type == CONTROL_ANSWER && control_answer_read(m->body, &done)) {
        text_add(text, "%lld: %s, %s at ", (long long)done.order, done.ok ? "done" : "failed",
                 control_state_name(done.state));
        text_add_lsn(text, done.received_lsn);
    } else if ((m->type == API_REQUEST || m->type == API_ANSWER) &&
               api_read(m->body, &race, &status)) {
        text_add(text, "race %lld, ", (long long)race);
        describe_status(&status, text);
    }
}
