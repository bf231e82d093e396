#include "parts/kv.h"

#include "base/memory.h"
#include "parts/grow.h"

enum { SESSION_BYTES = 64 }; /* what one weighs in a snapshot, and what kv_save makes of it */

void kv_begin(struct kv *kv, struct memory *memory, size_t sessions_max) {
    *kv = (struct kv){.memory = memory,
                      .row_of.memory = memory,
                      .session_of.memory = memory,
                      .sessions_max = sessions_max,
                      .oldest = KV_NOBODY,
                      .newest = KV_NOBODY};
}

/* ---- rows ---- */

static const struct kv_row *row_find(const struct kv *kv, int64_t key) {
    const int64_t *place = key_map_find(&kv->row_of, key);
    return place && *place > 0 ? &kv->rows[*place - 1] : NULL;
}

static struct kv_row *row_at(struct kv *kv, int64_t key) {
    int64_t *place = key_map_at(&kv->row_of, key);
    if (*place == 0) {
        kv->rows =
            array_room(kv->memory, kv->rows, &kv->row_capacity, kv->row_count, sizeof *kv->rows);
        kv->rows[kv->row_count] = (struct kv_row){.key = key, .value = SIM_NONE};
        *place = (int64_t)++kv->row_count;
    }
    return &kv->rows[*place - 1];
}

struct client_response kv_read(const struct kv *kv, const struct client_request *q) {
    struct client_response a = {
        .request = q->request, .status = CLIENT_OK, .value = SIM_NONE, .node = SIM_NONE};
    if (q->operation == CLIENT_SCAN) {
        a.value = 0;
        for (int64_t i = 0; i < q->length; i++) a.value += row_find(kv, q->key + i) != NULL;
        return a;
    }
    const struct kv_row *row = row_find(kv, q->key);
    if (row) {
        a.value = row->value;
        a.version = row->version;
    }
    return a;
}

static struct client_response write_row(struct kv *kv, int64_t index,
                                        const struct client_request *q) {
    struct kv_row *row = row_at(kv, q->key);
    const struct client_response a = {.request = q->request,
                                      .status = CLIENT_OK,
                                      .value = q->operation == CLIENT_READ_MODIFY_WRITE ? row->value
                                                                                        : SIM_NONE,
                                      .version = index,
                                      .node = SIM_NONE};
    kv->row_weight += q->value_bytes - row->weight;
    *row = (struct kv_row){q->key, q->value, index, q->value_bytes};
    return a;
}

/* ---- sessions, in a list by their last use ---- */

static void unlink_session(struct kv *kv, uint32_t i) {
    const struct kv_session *s = &kv->sessions[i];
    *(s->older == KV_NOBODY ? &kv->oldest : &kv->sessions[s->older].newer) = s->newer;
    *(s->newer == KV_NOBODY ? &kv->newest : &kv->sessions[s->newer].older) = s->older;
}

static void link_newest(struct kv *kv, uint32_t i) {
    struct kv_session *s = &kv->sessions[i];
    s->older = kv->newest;
    s->newer = KV_NOBODY;
    *(s->older == KV_NOBODY ? &kv->oldest : &kv->sessions[s->older].newer) = i;
    kv->newest = i;
}

static struct kv_session *session_find(struct kv *kv, int64_t session) {
    const int64_t *place = key_map_find(&kv->session_of, session);
    return place && *place > 0 ? &kv->sessions[*place - 1] : NULL;
}

/* A map does not forget keys: when most of it is sessions long gone, it is made anew. */
static void map_sessions(struct kv *kv) {
    key_map_clear(&kv->session_of);
    for (size_t i = 0; i < kv->session_count; i++)
        *key_map_at(&kv->session_of, kv->sessions[i].session) = (int64_t)i + 1;
}

static struct kv_session *session_add(struct kv *kv, int64_t session) {
    uint32_t i = (uint32_t)kv->session_count;
    if (kv->session_count == kv->sessions_max) {
        i = kv->oldest;
        unlink_session(kv, i);
        *key_map_at(&kv->session_of, kv->sessions[i].session) = 0;
        kv->forgotten++;
    } else {
        kv->sessions = array_room(kv->memory, kv->sessions, &kv->session_capacity,
                                  kv->session_count++, sizeof *kv->sessions);
    }
    kv->sessions[i] = (struct kv_session){.session = session, .request = SIM_NONE};
    link_newest(kv, i);
    *key_map_at(&kv->session_of, session) = (int64_t)i + 1;
    if (kv->session_of.count > 4 * kv->session_count + 64) map_sessions(kv);
    return &kv->sessions[i];
}

static struct client_response answer_without(const struct client_request *q,
                                             enum client_status status) {
    return (struct client_response){
        .request = q->request, .status = status, .value = SIM_NONE, .node = SIM_NONE};
}

struct client_response kv_apply(struct kv *kv, int64_t index, struct sim_bytes command) {
    struct client_request q = {0};
    if (!client_request_read(command, &q)) return answer_without(&q, CLIENT_FAILED);
    if (kv_only_reads(&q)) return kv_read(kv, &q);
    struct kv_session *s = session_find(kv, q.session);
    if (s) {
        unlink_session(kv, (uint32_t)(s - kv->sessions));
        link_newest(kv, (uint32_t)(s - kv->sessions));
        if (q.request <= s->request) {
            kv->repeated++;
            return q.request == s->request ? s->answer : answer_without(&q, CLIENT_UNKNOWN);
        }
    } else if (q.attempt > 1 && kv->forgotten > 0) {
        return answer_without(&q, CLIENT_UNKNOWN);
    } else {
        s = session_add(kv, q.session);
    }
    s->request = q.request;
    s->answer = write_row(kv, index, &q);
    return s->answer;
}

/* ---- snapshots ---- */

void kv_save(const struct kv *kv, bool sessions, struct writer *w) {
    put_u64(w, kv->row_count);
    for (size_t i = 0; i < kv->row_count; i++) {
        put_i64(w, kv->rows[i].key);
        put_i64(w, kv->rows[i].value);
        put_i64(w, kv->rows[i].version);
        put_i64(w, kv->rows[i].weight);
    }
    put_i64(w, sessions ? kv->forgotten : 0);
    put_u64(w, sessions ? kv->session_count : 0);
    for (uint32_t i = sessions ? kv->oldest : KV_NOBODY; i != KV_NOBODY;
         i = kv->sessions[i].newer) {
        uint8_t bytes[CLIENT_RESPONSE_BYTES];
        const struct kv_session *s = &kv->sessions[i];
        put_i64(w, s->session);
        put_i64(w, s->request);
        const struct sim_bytes answer = client_response_write(&s->answer, bytes);
        put_string(w, answer.data, answer.size);
    }
}

static void load_rows(struct kv *kv, struct reader *r) {
    for (uint64_t count = get_u64(r); count > 0 && !r->bad; count--) {
        struct kv_row row;
        row.key = get_i64(r);
        row.value = get_i64(r);
        row.version = get_i64(r);
        row.weight = get_i64(r);
        if (r->bad) return;
        *row_at(kv, row.key) = row;
        kv->row_weight += row.weight;
    }
}

static void load_sessions(struct kv *kv, struct reader *r) {
    const int64_t forgotten = get_i64(r);
    for (uint64_t count = get_u64(r); count > 0 && !r->bad; count--) {
        const int64_t session = get_i64(r), request = get_i64(r);
        size_t size;
        const uint8_t *bytes = get_string(r, &size);
        struct client_response answer;
        if (r->bad || !client_response_read((struct sim_bytes){bytes, size}, &answer)) {
            r->bad = true;
            return;
        }
        struct kv_session *s = session_add(kv, session);
        s->request = request;
        s->answer = answer;
    }
    kv->forgotten = forgotten;
}

bool kv_load(struct kv *kv, struct sim_bytes bytes) {
    struct reader r = reader_over(bytes.data, bytes.size);
    const struct kv old = *kv;
    key_map_clear(&kv->row_of);
    key_map_clear(&kv->session_of);
    memory_give(kv->memory, kv->rows, kv->row_capacity * sizeof *kv->rows);
    memory_give(kv->memory, kv->sessions, kv->session_capacity * sizeof *kv->sessions);
    kv_begin(kv, old.memory, old.sessions_max);
    kv->repeated = old.repeated;
    load_rows(kv, &r);
    load_sessions(kv, &r);
    if (!r.bad && r.at == r.size) return true;
    kv_begin(kv, old.memory, old.sessions_max); /* what it held is the node's, and goes with it */
    return false;
}

int64_t kv_weight(const struct kv *kv) {
    return kv->row_weight + (int64_t)kv->session_count * SESSION_BYTES;
}
