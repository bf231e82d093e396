/*
 * The walreceiver: one on each standby (src/backend/replication/walreceiver.c).
 *
 * It is one process, and its loop is the whole story of a standby's write and flush lag: read what
 * the socket has and write it to the segment's file, as long as there is more; then tell the
 * primary what is written; then fsync, during which nothing is read; then tell it what is flushed,
 * and wake the startup process, which replays only what is flushed. What arrives meanwhile waits in
 * the socket.
 *
 * It asks for WAL from the first byte of a segment, always (RequestXLogStreaming); what it has
 * already it skips, where PostgreSQL writes the same bytes once more. It lives until an error or a
 * silence of wal_receiver_timeout; wal_retrieve_retry_interval later the startup process starts
 * another.
 */
#include "postgres/internal.h"

#include "parts/grow.h"

enum { STATUS_WEIGHT = 34 + 5, TCP_ACK_WEIGHT = 40 };

static void send_message(struct postgres *p, enum pg_message type, const struct writer *w,
                         int64_t weight, struct sim_out *out) {
    sim_send(out, (struct sim_message){.peer = p->set.upstream,
                                       .channel = CHANNEL_REPLICATION,
                                       .type = type,
                                       .body = {w->data, w->size},
                                       .modelled_bytes = weight});
}

/* ---- coming and going ---- */

void receiver_start(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->set.upstream == NOBODY) return; /* it waits to be told whom to follow */
    p->receiver.state = RECEIVER_CONNECTING;
    p->receiver.last_heard_ns = e->now.mono_ns;
    sim_connect(out, p->set.upstream, CHANNEL_REPLICATION);
    /* An upstream that loses power between the connection and its answer is never heard of again.
     * PostgreSQL leaves that to TCP's keepalives (two hours); here the receiver's timeout does it.
     */
    if (p->set.receiver_timeout_ns > 0)
        sim_arm(out, with_kind(TIMER_RECEIVER_TIMEOUT, 0),
                e->now.mono_ns + p->set.receiver_timeout_ns);
}

static void clear(struct postgres *p) {
    struct receiver *v = &p->receiver;
    for (; v->unread_count > 0; v->unread_count--) {
        struct unread *u = &v->unread[v->unread_head];
        memory_give(p->memory, u->bytes, u->size);
        v->unread_head = (v->unread_head + 1) % v->unread_capacity;
    }
    v->unread_bytes = v->arrived_bytes = v->acked_bytes = 0;
    v->ping_sent = v->fed_back = false;
}

void receiver_stop(struct postgres *p, struct sim_out *out) {
    clear(p);
    p->receiver.state = RECEIVER_STOPPED;
    if (p->set.upstream != NOBODY) sim_close(out, p->set.upstream, CHANNEL_REPLICATION);
    sim_disarm(out, with_kind(TIMER_RECEIVER_CONNECT, 0));
    sim_disarm(out, with_kind(TIMER_RECEIVER_STATUS, 0));
    sim_disarm(out, with_kind(TIMER_RECEIVER_TIMEOUT, 0));
}

/* A new standby stands for a base backup, which is taken of a server that is up: until it has met
 * its upstream it asks often, so that all may be powered on at one instant. */
static int64_t retry_interval_ns(const struct postgres *p) {
    static const int64_t at_first_ns = 100000000;
    return p->control.system == 0 && p->set.retry_interval_ns > at_first_ns
               ? at_first_ns
               : p->set.retry_interval_ns;
}

static void try_again_later(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    receiver_stop(p, out);
    p->receiver.state = RECEIVER_WAITING;
    const int64_t interval_ns = retry_interval_ns(p);
    sim_arm(out, with_kind(TIMER_RECEIVER_CONNECT, 0),
            restore_retry_ns(p, e->now.mono_ns + interval_ns, interval_ns, e));
}

void receiver_peer(struct postgres *p, bool up, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    if (v->state == RECEIVER_STOPPED || v->state == RECEIVER_WAITING) return;
    if (!up) {
        sim_note(out, NOTE_RECEIVER_LOST, p->set.upstream, p->wal.inserted, retry_interval_ns(p));
        try_again_later(p, e, out);
        return;
    }
    const int64_t next = wal_start_after(p->wal.inserted);
    uint8_t body[4 * 8 + 2 * (4 + NAME_BYTES)];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, p->control.system);
    put_i64(&w, p->wal.timeline);
    put_i64(&w, next - next % SEGMENT_BYTES);
    put_i64(&w, p->wal.inserted);
    put_string(&w, p->set.application_name, strlen(p->set.application_name));
    put_string(&w, p->set.slot_name, strlen(p->set.slot_name));
    send_message(p, MESSAGE_START_REPLICATION, &w, (int64_t)w.size, out);
}

static void streaming_begins(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    const int64_t system = get_i64(&r), timeline = get_i64(&r);
    v->upstream_end = get_i64(&r);
    v->ack_every = get_i64(&r);
    if (p->control.system == 0) { /* a base backup knows whose it is; ours learns it here */
        p->control.system = system;
        p->control.timeline = p->wal.timeline = timeline;
        control_save(p, out);
    }
    v->state = RECEIVER_STREAMING;
    v->diverged = false;
    v->last_heard_ns = e->now.mono_ns;
    p->replay.reply_sent = false;
    sim_note(out, NOTE_STREAMING_FROM, p->set.upstream, p->wal.inserted, timeline);
    if (p->set.status_interval_ns > 0)
        sim_arm(out, with_kind(TIMER_RECEIVER_STATUS, 0),
                e->now.mono_ns + p->set.status_interval_ns);
    if (p->set.receiver_timeout_ns > 0)
        sim_arm(out, with_kind(TIMER_RECEIVER_TIMEOUT, 0),
                e->now.mono_ns + p->set.receiver_timeout_ns / 2);
    receiver_status(p, true, false, e, out);
    feedback_send(p, e, out);
}

/* ---- what it tells: XLogWalRcvSendReply ---- */

void receiver_status(struct postgres *p, bool force, bool ping, const struct sim_event *e,
                     struct sim_out *out) {
    struct receiver *v = &p->receiver;
    if (v->state != RECEIVER_STREAMING) return;
    const bool lies = has_bug(p, BUG_ACK_BEFORE_FLUSH);
    const int64_t written = has_bug(p, BUG_ACK_BEFORE_WRITE) ? p->wal.inserted : p->wal.written;
    const int64_t flushed = lies ? p->wal.written : p->wal.flushed;
    const bool same = written == v->sent_positions[0] && flushed == v->sent_positions[1];
    const bool due = p->set.status_interval_ns > 0 &&
                     e->now.mono_ns - v->last_status_ns >= p->set.status_interval_ns;
    if (!force && (p->set.status_interval_ns <= 0 || (same && !due))) return;
    v->sent_positions[0] = written;
    v->sent_positions[1] = flushed;
    v->last_status_ns = e->now.mono_ns;
    if (v->unread_bytes <= p->set.tcp_receive_buffer) v->acked_bytes = v->arrived_bytes;
    uint8_t body[48];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, written);
    put_i64(&w, flushed);
    put_i64(&w, p->replay.lsn);
    put_i64(&w, e->now.wall_ns);
    put_i64(&w, ping);
    put_i64(&w, v->acked_bytes);
    send_message(p, MESSAGE_STANDBY_STATUS, &w, STATUS_WEIGHT, out);
}

/* The kernel's part: acknowledge what arrived, unless the process is too far behind in reading. */
static void tcp_ack(struct postgres *p, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    if (v->arrived_bytes - v->acked_bytes < v->ack_every ||
        v->unread_bytes > p->set.tcp_receive_buffer)
        return;
    v->acked_bytes = v->arrived_bytes;
    uint8_t body[8];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, v->acked_bytes);
    send_message(p, MESSAGE_TCP_ACK, &w, TCP_ACK_WEIGHT, out);
}

/* ---- arrivals: what is measured of a piece of WAL on its way ---- */

static struct arrival *arrival_at(struct receiver *v, size_t i) {
    return &v->arrivals[(v->arrival_head + i) % v->arrival_capacity];
}

static void arrival_add(struct postgres *p, struct arrival a) {
    struct receiver *v = &p->receiver;
    v->arrivals = ring_room(p->memory, v->arrivals, &v->arrival_capacity, &v->arrival_head,
                            v->arrival_count, sizeof *v->arrivals);
    v->arrival_count++;
    *arrival_at(v, v->arrival_count - 1) = a;
}

struct arrival *receiver_arrival(struct postgres *p, int64_t lsn) {
    struct receiver *v = &p->receiver;
    while (v->arrival_count > 0 && arrival_at(v, 0)->end < lsn) {
        v->arrival_head = (v->arrival_head + 1) % v->arrival_capacity;
        v->arrival_count--;
    }
    return v->arrival_count > 0 ? arrival_at(v, 0) : NULL;
}

static void stamp(struct postgres *p, int64_t upto, bool flush, int64_t now_ns) {
    struct receiver *v = &p->receiver;
    for (size_t i = v->arrival_count; i-- > 0;) { /* newest first: the stamped ones end it */
        struct arrival *a = arrival_at(v, i);
        if (a->end > upto) continue;
        int64_t *at = flush ? &a->flushed_ns : &a->written_ns;
        if (*at != 0) return;
        *at = now_ns;
    }
}

/* ---- the loop ---- */

static void go(struct postgres *p, const struct sim_event *e, struct sim_out *out);

static void diverged(struct postgres *p, int64_t lsn, const struct sim_event *e,
                     struct sim_out *out) {
    p->receiver.diverged = true;
    sim_note(out, NOTE_DIVERGED, lsn, p->wal.inserted);
    try_again_later(p, e, out);
}

/* Appends a message's frames. False: they do not continue what is here. */
static bool append(struct postgres *p, struct sim_bytes frames, struct sim_out *out) {
    size_t at = 0, next;
    struct wal_record r;
    while (wal_record_read(frames, at, &r, &next) == RECORD_WHOLE) {
        at = next;
        if (r.end <= p->wal.inserted) continue; /* from the segment's beginning: here already */
        if (r.start != wal_start_after(p->wal.inserted)) return false;
        wal_append(p, &r);
        if (r.type == WAL_COMMIT)
            sim_fact(out, FACT_WAL_RECEIVED, received_group(p), r.end, (int64_t)p->wal.hash);
    }
    return true;
}

/* Reads one message from the socket, and writes it. */
static void read_one(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    const struct unread u = v->unread[v->unread_head];
    v->unread_head = (v->unread_head + 1) % v->unread_capacity;
    v->unread_count--;
    v->unread_bytes -= u.weight;
    tcp_ack(p, out);
    struct reader r = reader_over(u.bytes, u.size);
    (void)get_i64(&r);
    const int64_t end = get_i64(&r);
    v->upstream_end = get_i64(&r);
    v->last_sender_ns = get_i64(&r);
    const int64_t ready_ns = get_i64(&r);
    const int64_t before = p->wal.inserted;
    const bool follows = append(p, (struct sim_bytes){u.bytes + r.at, u.size - r.at}, out);
    const int64_t received_wall_ns = e->now.wall_ns - (e->now.mono_ns - u.arrived_ns);
    memory_give(p->memory, u.bytes, u.size);
    if (!follows) {
        diverged(p, end, e, out);
        return;
    }
    if (p->wal.inserted == before) return;
    arrival_add(p, (struct arrival){.end = p->wal.inserted,
                                    .network_ns = received_wall_ns - ready_ns,
                                    .received_ns = u.arrived_ns});
    v->writing = true;
    wal_write(p, true, false, out);
    if (has_bug(p, BUG_ACK_BEFORE_WRITE)) receiver_status(p, true, false, e, out);
}

static void go(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    /* XLogWalRcvClose: a segment that is left is flushed first. */
    const bool left = wal_segment_of(p->wal.written) != wal_segment_of(p->wal.flushed);
    while (!v->writing && !p->wal.flushing && v->unread_count > 0 && !left) read_one(p, e, out);
    if (v->writing || p->wal.flushing || p->wal.written == p->wal.flushed) return;
    receiver_status(p, false, false, e, out);
    wal_flush(p, e, out);
}

void receiver_written(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not write to WAL segment");
        return;
    }
    p->receiver.writing = false;
    p->wal.written = (int64_t)which_of(e->disk.tag);
    stamp(p, p->wal.written, false, e->now.mono_ns);
    sim_fact(out, FACT_WAL_WRITTEN, p->self, p->wal.written);
    if (has_bug(p, BUG_REPLAY_BEFORE_FLUSH)) startup_go(p, e, out);
    go(p, e, out);
}

void receiver_flushed(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    stamp(p, p->wal.flushed, true, e->now.mono_ns);
    v->chunk_start = v->chunk_end;
    v->chunk_end = p->wal.flushed;
    p->replay.reply_sent = false;
    startup_go(p, e, out);
    senders_wake(p, e, out);
    receiver_status(p, false, false, e, out);
    go(p, e, out);
}

/* ---- what comes ---- */

static void wal_data(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    if (e->message.body.size < 40) return;
    v->unread = ring_room(p->memory, v->unread, &v->unread_capacity, &v->unread_head,
                          v->unread_count, sizeof *v->unread);
    struct unread u = {.size = e->message.body.size,
                       .weight = e->message.modelled_bytes,
                       .arrived_ns = e->now.mono_ns};
    u.bytes = memory_take(p->memory, u.size);
    memcpy(u.bytes, e->message.body.data, u.size);
    v->unread[(v->unread_head + v->unread_count++) % v->unread_capacity] = u;
    v->arrived_bytes += u.weight;
    v->unread_bytes += u.weight;
    v->last_receipt_ns = e->now.wall_ns;
    tcp_ack(p, out);
    go(p, e, out);
}

static void refused(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    const int64_t error = get_i64(&r), segment = get_i64(&r);
    if (error == ERROR_NOT_IN_HISTORY) p->receiver.diverged = true;
    if (error == ERROR_SEGMENT_REMOVED)
        note_removed(p->set.upstream, p->control.timeline, segment, out);
    else
        sim_note(out, NOTE_RECEIVER_ERROR, p->set.upstream, error, retry_interval_ns(p));
    try_again_later(p, e, out);
}

void receiver_message(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    if (e->message.peer != p->set.upstream) return;
    if (v->state != RECEIVER_CONNECTING && v->state != RECEIVER_STREAMING) return;
    v->last_heard_ns = e->now.mono_ns;
    v->ping_sent = false;
    if (e->message.type == MESSAGE_COPY_BOTH) {
        streaming_begins(p, e, out);
    } else if (e->message.type == MESSAGE_ERROR) {
        refused(p, e, out);
    } else if (e->message.type == MESSAGE_WAL_DATA && v->state == RECEIVER_STREAMING) {
        wal_data(p, e, out);
    } else if (e->message.type == MESSAGE_KEEPALIVE) {
        struct reader r = reader_over(e->message.body.data, e->message.body.size);
        v->upstream_end = get_i64(&r);
        v->last_sender_ns = get_i64(&r);
        v->last_receipt_ns = e->now.wall_ns;
        if (get_i64(&r) != 0) receiver_status(p, true, false, e, out);
    }
}

void receiver_timer(struct postgres *p, enum pg_timer timer, const struct sim_event *e,
                    struct sim_out *out) {
    struct receiver *v = &p->receiver;
    if (timer == TIMER_RECEIVER_CONNECT) {
        if (v->state == RECEIVER_WAITING && !restore_begin(p, e, out)) receiver_start(p, e, out);
        return;
    }
    if (v->state != RECEIVER_STREAMING && v->state != RECEIVER_CONNECTING) return;
    if (timer == TIMER_RECEIVER_STATUS) {
        receiver_status(p, false, false, e, out);
        feedback_send(p, e, out);
        sim_arm(out, with_kind(TIMER_RECEIVER_STATUS, 0),
                v->last_status_ns + p->set.status_interval_ns);
        return;
    }
    const int64_t timeout_ns = p->set.receiver_timeout_ns;
    if (e->now.mono_ns >= v->last_heard_ns + timeout_ns) {
        sim_note(out, NOTE_RECEIVER_TIMEOUT, p->set.upstream);
        try_again_later(p, e, out);
        return;
    }
    int64_t next_ns = v->last_heard_ns + timeout_ns / 2;
    if (e->now.mono_ns >= next_ns) {
        if (!v->ping_sent) receiver_status(p, true, true, e, out);
        v->ping_sent = true;
        next_ns = v->last_heard_ns + timeout_ns;
    }
    sim_arm(out, with_kind(TIMER_RECEIVER_TIMEOUT, 0), next_ns);
}
