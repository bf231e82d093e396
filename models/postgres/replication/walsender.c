/*
 * The walsender: one for each standby connected (src/backend/replication/walsender.c).
 *
 * It sends WAL that is flushed here, in messages of at most MAX_SEND_SIZE, and starts at the first
 * byte of the segment that the standby asked for. It is startup until the standby's request is
 * accepted, catchup until it has first sent everything, streaming from then on. On a standby (a
 * cascade) it sends what that one has flushed or replayed (GetStandbyFlushRecPtr).
 *
 * Backpressure. sent_lsn counts what was put into the socket, and a socket takes no more than its
 * send buffer: on a slow network the send lag (pg_current_wal_lsn - sent_lsn) grows, and only a
 * buffer's worth is between sent_lsn and the standby. The model of it: the sender may put a message
 * while less than tcp_send_buffer bytes are unacknowledged (one message may lie over, as libpq's
 * own buffer holds it). The receiving kernel acknowledges what arrives, as long as what its process
 * has not read yet fits into tcp_receive_buffer; else when it is read. The acknowledged count
 * travels in messages of its own (tcp_ack, 40 bytes) after each quarter of the send buffer, and on
 * every status message besides.
 */
#include "postgres/internal.h"

#include "base/wide.h"

enum {
    XLOG_DATA_HEADER = 1 + 3 * 8 + 5, /* 'w', three int64; the CopyData message around it */
    READ_BYTES = 65536,               /* real bytes of an old segment, read at once */
    HEADER_BYTES = 5 * 8,             /* of our own message, before the frames */
};

uint32_t sender_of(const struct postgres *p, sim_node standby) {
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++)
        if (p->senders[i].state != SENDER_NONE && p->senders[i].standby == standby) return i;
    return NOBODY;
}

static void send_message(sim_node to, enum pg_message type, const struct writer *w, int64_t weight,
                         struct sim_out *out) {
    sim_send(out, (struct sim_message){.peer = to,
                                       .channel = CHANNEL_REPLICATION,
                                       .type = type,
                                       .body = {w->data, w->size},
                                       .modelled_bytes = weight});
}

static void send_error(sim_node to, enum pg_error error, int64_t detail, struct sim_out *out) {
    uint8_t body[16];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, error);
    put_i64(&w, detail);
    send_message(to, MESSAGE_ERROR, &w, 120, out);
}

/* A segment's name is three numbers of eight hex digits: timeline, and the segment's number in two
 * parts (XLogFileName). A note's places print a digit each, of the last two of every part. */
void segment_digits(int64_t timeline, int64_t segment, int64_t digits[6]) {
    if (segment < 0) segment = 0; /* a timeline's history */
    const int64_t parts[] = {timeline, segment / 256, segment % 256};
    for (int i = 0; i < 3; i++) {
        digits[2 * i] = parts[i] / 16 % 16;
        digits[2 * i + 1] = parts[i] % 16;
    }
}

void note_removed(sim_node peer, int64_t timeline, int64_t segment, struct sim_out *out) {
    int64_t d[6];
    segment_digits(timeline, segment, d);
    sim_note(out, NOTE_SEGMENT_REMOVED_ALREADY, d[0], d[1], d[2], d[3], d[4], d[5], peer);
}

/* ---- the end of a walsender ---- */

static void forget(struct postgres *p, uint32_t i, struct sim_out *out) {
    struct sender *s = &p->senders[i];
    if (s->xmin > 0) sim_fact(out, FACT_XMIN_FORGOTTEN, p->self, s->standby);
    if (s->slot != NOBODY) p->slots[s->slot].sender = NOBODY;
    memory_give(p->memory, s->read_bytes, s->read_size);
    const struct lag_tracker lag = s->lag; /* its memory serves the next one */
    *s = (struct sender){.lag = lag, .slot = NOBODY};
}

void sender_end(struct postgres *p, uint32_t i, enum pg_error error, struct sim_out *out) {
    struct sender *s = &p->senders[i];
    if (error == ERROR_SEGMENT_REMOVED)
        note_removed(s->standby, p->control.timeline, s->at_segment, out);
    if (error != ERROR_NONE) send_error(s->standby, error, s->at_segment, out);
    sim_close(out, s->standby, CHANNEL_REPLICATION);
    sim_disarm(out, with_kind(TIMER_WALSENDER, i));
    forget(p, i, out);
}

void sender_peer_down(struct postgres *p, sim_node standby, struct sim_out *out) {
    const uint32_t i = sender_of(p, standby);
    if (i == NOBODY) return;
    sim_disarm(out, with_kind(TIMER_WALSENDER, i));
    forget(p, i, out);
}

/* ---- the beginning: IDENTIFY_SYSTEM and START_REPLICATION ---- */

struct start_request {
    int64_t system, timeline, start, received;
    char name[NAME_BYTES], slot[NAME_BYTES];
};

static void read_name(struct reader *r, char name[NAME_BYTES]) {
    size_t size;
    const uint8_t *bytes = get_string(r, &size);
    if (size > NAME_BYTES - 1) size = NAME_BYTES - 1;
    if (size > 0) memcpy(name, bytes, size);
    name[size] = '\0';
}

static enum pg_error acquire_slot(struct postgres *p, const struct start_request *q,
                                  uint32_t *slot) {
    *slot = NOBODY;
    if (q->slot[0] == '\0') return ERROR_NONE;
    const uint32_t i = slot_find(p, q->slot);
    if (i == NOBODY) return ERROR_NO_SLOT;
    if (p->slots[i].lost) return ERROR_SLOT_LOST;
    if (p->slots[i].sender != NOBODY) return ERROR_SLOT_ACTIVE;
    *slot = i;
    return ERROR_NONE;
}

static bool serves(const struct postgres *p) {
    return (is_primary(p) || (p->stage == STAGE_STANDBY && p->consistent)) &&
           p->control.system != 0;
}

static uint32_t free_sender(const struct postgres *p) {
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++)
        if (p->senders[i].state == SENDER_NONE) return i;
    return NOBODY;
}

/* A connection: a walsender that has been asked for nothing yet (InitWalSenderSlot). Its standby
 * will tell its application_name with its request; what is refused there is refused then. */
void sender_peer_up(struct postgres *p, sim_node standby, struct sim_out *out) {
    sender_peer_down(p, standby, out);
    const uint32_t i = free_sender(p);
    if (i == NOBODY || !serves(p)) return;
    struct sender *s = &p->senders[i];
    const struct lag_tracker lag = s->lag;
    *s = (struct sender){.state = SENDER_STARTUP,
                         .standby = standby,
                         .slot = NOBODY,
                         .lag_ns = {SIM_NONE, SIM_NONE, SIM_NONE},
                         .lag = lag};
    sim_note(out, NOTE_WALSENDER_CONNECTED, standby);
}

/* StartReplication's checks, in its order. */
static enum pg_error refuse(struct postgres *p, const struct start_request *q, uint32_t *slot) {
    if (!serves(p)) return ERROR_STARTING_UP;
    if (q->system != 0 && q->system != p->control.system) return ERROR_SYSTEM_DIFFERS;
    const enum pg_error slot_error = acquire_slot(p, q, slot);
    if (slot_error != ERROR_NONE) return slot_error;
    if (q->timeline > p->control.timeline) return ERROR_NOT_IN_HISTORY;
    if (q->timeline > 0 && q->received > timeline_end(&p->control, q->timeline))
        return ERROR_NOT_IN_HISTORY;
    if (q->start > p->wal.flushed) return ERROR_AHEAD_OF_FLUSH;
    if (p->wal.count > 0 && wal_segment_of(q->start) < p->wal.segments[0].number)
        return ERROR_SEGMENT_REMOVED;
    return ERROR_NONE;
}

static void accept(struct postgres *p, uint32_t i, const struct start_request *q, uint32_t slot,
                   const struct sim_event *e, struct sim_out *out) {
    struct sender *s = &p->senders[i];
    const struct lag_tracker lag = s->lag;
    *s = (struct sender){.state = SENDER_CATCHUP,
                         .standby = e->message.peer,
                         .slot = slot,
                         .generation = ++p->sender_generation,
                         .sent = q->start,
                         .at_segment = wal_segment_of(q->start),
                         .lag_ns = {SIM_NONE, SIM_NONE, SIM_NONE},
                         .last_reply_mono_ns = e->now.mono_ns,
                         .lag = lag};
    memcpy(s->name, q->name, NAME_BYTES);
    lag_begin(&s->lag, p->memory);
    if (slot != NOBODY) p->slots[slot].sender = i;
    if (is_primary(p)) s->priority = sync_priority(&p->set.sync_names, s->name);
    uint8_t body[32];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, p->control.system);
    put_i64(&w, timeline_at(&p->control, q->received));
    put_i64(&w, p->wal.flushed);
    put_i64(&w, p->set.tcp_send_buffer / 4);
    send_message(s->standby, MESSAGE_COPY_BOTH, &w, 60, out);
    sim_note(out, NOTE_WALSENDER_STARTS, s->standby, s->sent, p->wal.flushed);
    sim_fact(out, FACT_SYNC_STANDBY, fact_group(p), s->standby, s->priority);
    if (p->set.sender_timeout_ns > 0)
        sim_arm(out, with_kind(TIMER_WALSENDER, i), e->now.mono_ns + p->set.sender_timeout_ns / 2);
}

static void send_wal(struct postgres *p, uint32_t i, const struct sim_event *e,
                     struct sim_out *out);

static void start_replication(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    struct start_request q = {0};
    q.system = get_i64(&r);
    q.timeline = get_i64(&r);
    q.start = get_i64(&r);
    q.received = get_i64(&r);
    read_name(&r, q.name);
    read_name(&r, q.slot);
    if (r.bad) return;
    sender_peer_down(p, e->message.peer, out); /* its earlier walsender, if it is still here */
    uint32_t slot;
    enum pg_error error = refuse(p, &q, &slot);
    const uint32_t i = free_sender(p);
    if (error == ERROR_NONE && i == NOBODY) error = ERROR_TOO_MANY_SENDERS;
    if (error != ERROR_NONE) {
        const int64_t segment = wal_segment_of(q.start);
        if (error == ERROR_SEGMENT_REMOVED)
            note_removed(e->message.peer, p->control.timeline, segment, out);
        else
            sim_note(out, NOTE_WALSENDER_REFUSES, e->message.peer, error);
        send_error(e->message.peer, error, segment, out);
        sim_close(out, e->message.peer, CHANNEL_REPLICATION);
        return;
    }
    accept(p, i, &q, slot, e, out);
    send_wal(p, i, e, out);
}

/* ---- sending: XLogSendPhysical ---- */

/* Up to where may it be sent? */
static int64_t send_limit(const struct postgres *p) {
    if (is_primary(p) && has_bug(p, BUG_SEND_UNFLUSHED)) return p->wal.inserted;
    return p->wal.flushed;
}

/* The frames of a segment from `at` on, in memory or as read from the disk; false: to be read. */
static bool frames_at(const struct sender *s, const struct segment *segment,
                      struct sim_bytes *frames) {
    if (segment->bytes) {
        *frames = (struct sim_bytes){segment->bytes + s->at_offset, segment->size - s->at_offset};
        return true;
    }
    if (s->read_segment != s->at_segment || s->at_offset < s->read_offset ||
        s->at_offset + WAL_FRAME_BYTES > s->read_offset + s->read_size)
        return false;
    const size_t skip = s->at_offset - s->read_offset;
    *frames = (struct sim_bytes){s->read_bytes + skip, s->read_size - skip};
    return true;
}

static void read_from_disk(struct postgres *p, struct sender *s, uint32_t i,
                           const struct segment *segment, struct sim_out *out) {
    const int64_t size = segment->size - s->at_offset < READ_BYTES
                             ? (int64_t)(segment->size - s->at_offset)
                             : READ_BYTES;
    s->reading = true;
    disk_order(
        p,
        (struct sim_disk){.op = SIM_READ,
                          .file = FILE_WAL + (uint64_t)segment->number,
                          .offset = (int64_t)s->at_offset,
                          .size = size,
                          .modelled_bytes = mul_div_up(size, SEGMENT_BYTES, (int64_t)segment->size),
                          .tag = with_kind(TAG_SENDER_READ, s->generation << 8 | i)},
        out);
}

void sender_read(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const uint32_t i = (uint32_t)(which_of(e->disk.tag) & 0xff);
    struct sender *s = &p->senders[i];
    if (s->state == SENDER_NONE || s->generation != which_of(e->disk.tag) >> 8) return;
    s->reading = false;
    if (e->disk.error != SIM_OK) {
        sender_end(p, i, ERROR_SEGMENT_REMOVED, out);
        return;
    }
    memory_give(p->memory, s->read_bytes, s->read_size);
    s->read_size = e->disk.bytes.size;
    s->read_bytes = memory_take(p->memory, s->read_size);
    if (s->read_size > 0) memcpy(s->read_bytes, e->disk.bytes.data, s->read_size);
    s->read_offset = (size_t)e->disk.offset;
    s->read_segment = s->at_segment;
    send_wal(p, i, e, out);
}

static uint8_t *scratch(struct postgres *p, size_t size) {
    if (p->scratch_capacity < size) {
        memory_give(p->memory, p->scratch, p->scratch_capacity);
        p->scratch_capacity = size * 2;
        p->scratch = memory_take(p->memory, p->scratch_capacity);
    }
    return p->scratch;
}

static void send_frames(struct postgres *p, struct sender *s, struct sim_bytes frames, int64_t end,
                        int64_t limit, const struct sim_event *e, struct sim_out *out) {
    const size_t size = HEADER_BYTES + frames.size;
    struct writer w = writer_over(scratch(p, size), size);
    put_i64(&w, s->sent);
    put_i64(&w, end);
    put_i64(&w, limit);
    put_i64(&w, e->now.wall_ns);
    put_i64(&w, wal_flushed_when(p, end, e->now.wall_ns));
    put_bytes(&w, frames.data, frames.size);
    const int64_t weight = end - s->sent + XLOG_DATA_HEADER;
    send_message(s->standby, MESSAGE_WAL_DATA, &w, weight, out);
    s->put += weight;
    s->sent = end;
    s->at_offset += frames.size;
    sim_fact(out, FACT_WAL_SENT, s->standby, end);
}

/* One message. False: nothing is at hand to be sent now. */
static bool send_one(struct postgres *p, uint32_t i, int64_t limit, const struct sim_event *e,
                     struct sim_out *out) {
    struct sender *s = &p->senders[i];
    const struct segment *segment = wal_segment(p, s->at_segment);
    if (!segment) {
        if (p->wal.count > 0 && s->at_segment < p->wal.segments[0].number)
            sender_end(p, i, ERROR_SEGMENT_REMOVED, out);
        return false; /* else it is not begun yet */
    }
    if (s->at_offset == segment->size) {
        if (!wal_segment(p, s->at_segment + 1)) return false;
        s->at_segment++;
        s->at_offset = 0;
        return true;
    }
    struct sim_bytes frames;
    if (!frames_at(s, segment, &frames)) {
        read_from_disk(p, s, i, segment, out);
        return false;
    }
    size_t size = 0, next;
    int64_t end = 0;
    struct wal_record r;
    while (wal_record_peek(frames, size, &r, &next) && r.end <= limit &&
           (size == 0 || r.end - s->sent <= SEND_BYTES_MAX)) {
        size = next;
        end = r.end;
    }
    if (size == 0) return false;
    send_frames(p, s, (struct sim_bytes){frames.data, size}, end, limit, e, out);
    return true;
}

static void send_wal(struct postgres *p, uint32_t i, const struct sim_event *e,
                     struct sim_out *out) {
    struct sender *s = &p->senders[i];
    const int64_t limit = send_limit(p);
    if (s->reading) return;
    while (s->put - s->acked < p->set.tcp_send_buffer) {
        s->blocked = false;
        lag_write(&s->lag, limit, e->now.wall_ns);
        if (!send_one(p, i, limit, e, out)) break;
    }
    if (s->state == SENDER_NONE || s->reading) return;
    if (s->sent < limit && s->put - s->acked >= p->set.tcp_send_buffer) {
        if (!s->blocked) sim_note(out, NOTE_WALSENDER_BLOCKED, s->standby, limit - s->sent);
        s->blocked = true;
    } else if (s->state == SENDER_CATCHUP && s->sent >= limit) { /* WalSndLoop: caught up */
        s->state = SENDER_STREAMING;
        sim_note(out, NOTE_WALSENDER_STREAMING, s->standby, s->sent);
    }
}

void senders_wake(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++)
        if (p->senders[i].state >= SENDER_CATCHUP) send_wal(p, i, e, out);
}

/* ---- the standby's replies: ProcessStandbyReplyMessage ---- */

static void take_lags(struct sender *s, int64_t wall_ns) {
    int64_t lag_ns[LAG_HEADS];
    for (int head = 0; head < LAG_HEADS; head++)
        lag_ns[head] = lag_read(&s->lag, (enum lag_head)head, s->positions[head], wall_ns);
    /* Fully applied in two replies in a row: the second came because wal_receiver_status_interval
     * passed. Time to forget lags that were measured when there was WAL. */
    const bool applied = s->positions[LAG_APPLY] == s->sent;
    const bool clear = applied && s->fully_applied_last_time;
    s->fully_applied_last_time = applied;
    for (int head = 0; head < LAG_HEADS; head++)
        if (lag_ns[head] != SIM_NONE || clear) s->lag_ns[head] = lag_ns[head];
}

static void keepalive(const struct postgres *p, const struct sender *s, bool wants_reply,
                      const struct sim_event *e, struct sim_out *out) {
    uint8_t body[24];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, p->wal.flushed);
    put_i64(&w, e->now.wall_ns);
    put_i64(&w, wants_reply);
    send_message(s->standby, MESSAGE_KEEPALIVE, &w, 23, out);
}

static void standby_status(struct postgres *p, uint32_t i, const struct sim_event *e,
                           struct sim_out *out) {
    struct sender *s = &p->senders[i];
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    for (int head = 0; head < LAG_HEADS; head++) s->positions[head] = get_i64(&r);
    s->reply_wall_ns = get_i64(&r);
    const bool wants_reply = get_i64(&r) != 0;
    const int64_t acked = get_i64(&r);
    if (acked > s->acked) s->acked = acked;
    s->has_reply = true;
    s->ping_sent = false;
    s->last_reply_mono_ns = e->now.mono_ns;
    take_lags(s, e->now.wall_ns);
    if (wants_reply) keepalive(p, s, false, e, out);
    /* PhysicalConfirmReceivedLocation */
    if (s->slot != NOBODY && s->positions[LAG_FLUSH] > p->slots[s->slot].restart_lsn)
        p->slots[s->slot].restart_lsn = s->positions[LAG_FLUSH];
    sync_release(p, i, e, out);
    send_wal(p, i, e, out);
}

void sender_message(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (e->message.type == MESSAGE_START_REPLICATION) {
        start_replication(p, e, out);
        return;
    }
    const uint32_t i = sender_of(p, e->message.peer);
    if (i == NOBODY || p->senders[i].state < SENDER_CATCHUP) return;
    if (e->message.type == MESSAGE_STANDBY_STATUS) {
        standby_status(p, i, e, out);
    } else if (e->message.type == MESSAGE_TCP_ACK) {
        struct reader r = reader_over(e->message.body.data, e->message.body.size);
        const int64_t acked = get_i64(&r);
        if (acked > p->senders[i].acked) p->senders[i].acked = acked;
        send_wal(p, i, e, out);
    }
}

/* WalSndCheckTimeOut and WalSndKeepaliveIfNecessary: a ping at half of wal_sender_timeout. */
void sender_timer(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct sender *s = &p->senders[i];
    if (s->state == SENDER_NONE) return;
    const int64_t timeout_ns = p->set.sender_timeout_ns;
    if (e->now.mono_ns >= s->last_reply_mono_ns + timeout_ns) {
        sim_note(out, NOTE_WALSENDER_TIMEOUT, s->standby);
        sender_end(p, i, ERROR_NONE, out);
        return;
    }
    int64_t next_ns = s->last_reply_mono_ns + timeout_ns / 2;
    if (e->now.mono_ns >= next_ns) {
        if (!s->ping_sent) keepalive(p, s, true, e, out);
        s->ping_sent = true;
        next_ns = s->last_reply_mono_ns + timeout_ns;
    }
    sim_arm(out, with_kind(TIMER_WALSENDER, i), next_ns);
}
