/*
 * One archive_command or restore_command: a process that a server starts for one file.
 *
 * It takes its own time (archive_command_latency, restore_command_latency: the shell, the program,
 * a login), connects to the archive, copies one file one way, and ends. A server runs one at a
 * time: a primary's archiver, or the startup process, which waits for it. Without an answer for
 * archive_command_timeout it gives up, as the usual programs do; PostgreSQL itself would wait.
 */
#include "postgres/internal.h"

static bool archive_is(const struct postgres *p, sim_node node) { return node == p->set.archive; }

void shell_run(struct postgres *p, bool puts, struct archive_name name, const struct sim_event *e,
               struct sim_out *out) {
    struct shell_command *c = &p->shell;
    *c = (struct shell_command){
        .state = SHELL_STARTING, .puts = puts, .name = name, .number = c->number + 1};
    const int64_t latency_ns = puts ? p->set.archive_latency_ns : p->set.restore_latency_ns;
    sim_arm(out, with_kind(TIMER_SHELL, 0), e->now.mono_ns + latency_ns);
}

void shell_kill(struct postgres *p, struct sim_out *out) {
    if (p->shell.state == SHELL_NONE) return;
    p->shell.state = SHELL_NONE;
    sim_disarm(out, with_kind(TIMER_SHELL, 0));
    sim_close(out, p->set.archive, CHANNEL_ARCHIVE);
}

static void end(struct postgres *p, enum archive_outcome outcome, struct sim_bytes contents,
                const struct sim_event *e, struct sim_out *out) {
    shell_kill(p, out);
    if (p->shell.puts)
        archiver_done(p, outcome, e, out);
    else
        restore_done(p, outcome, contents, e, out);
}

static void ask(struct postgres *p, struct sim_bytes frames, struct sim_out *out) {
    struct shell_command *c = &p->shell;
    const size_t size = ARCHIVE_REQUEST_BYTES + 3 * 8 + frames.size;
    uint8_t *body = memory_take(p->memory, size);
    struct writer w = writer_over(body, size);
    archive_request_write(&w, c->name);
    if (c->puts) put_i64(&w, p->control.system);
    if (c->puts && c->name.segment == ARCHIVE_HISTORY) {
        put_i64(&w, timeline_before(&p->control));
        put_i64(&w, timeline_began(&p->control));
    }
    put_bytes(&w, frames.data, frames.size);
    c->state = SHELL_ASKED;
    sim_send(out, (struct sim_message){.peer = p->set.archive,
                                       .channel = CHANNEL_ARCHIVE,
                                       .type = c->puts ? MESSAGE_ARCHIVE_PUT : MESSAGE_ARCHIVE_GET,
                                       .body = {body, w.size},
                                       .modelled_bytes = c->puts ? archive_weight(c->name) : 200});
    memory_give(p->memory, body, size);
}

/* Connected. A segment that has left the page cache is read from the disk first. */
static void connected(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct shell_command *c = &p->shell;
    if (!c->puts || c->name.segment == ARCHIVE_HISTORY) {
        ask(p, (struct sim_bytes){0}, out);
        return;
    }
    const struct segment *s = wal_segment(p, c->name.segment);
    if (!s) {
        end(p, ARCHIVE_FAILED, (struct sim_bytes){0}, e, out);
    } else if (s->bytes) {
        ask(p, (struct sim_bytes){s->bytes, s->size}, out);
    } else {
        c->state = SHELL_READING;
        disk_order(p,
                   (struct sim_disk){.op = SIM_READ,
                                     .file = FILE_WAL + (uint64_t)s->number,
                                     .size = (int64_t)s->size,
                                     .modelled_bytes = SEGMENT_BYTES,
                                     .tag = with_kind(TAG_SHELL_READ, c->number)},
                   out);
    }
}

void shell_read(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct shell_command *c = &p->shell;
    if (c->state != SHELL_READING || c->number != which_of(e->disk.tag)) return;
    if (e->disk.error != SIM_OK)
        end(p, ARCHIVE_FAILED, (struct sim_bytes){0}, e, out);
    else
        ask(p, e->disk.bytes, out);
}

void shell_peer(struct postgres *p, bool up, const struct sim_event *e, struct sim_out *out) {
    struct shell_command *c = &p->shell;
    if (c->state == SHELL_NONE || c->state == SHELL_STARTING || !archive_is(p, e->peer.node))
        return;
    if (!up)
        end(p, ARCHIVE_SILENT, (struct sim_bytes){0}, e, out);
    else if (c->state == SHELL_CONNECTING)
        connected(p, e, out);
}

void shell_answer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct shell_command *c = &p->shell;
    enum archive_outcome outcome;
    struct archive_name name;
    struct sim_bytes contents;
    if (c->state != SHELL_ASKED || !archive_is(p, e->message.peer)) return;
    if (!archive_answer_read(e->message.body, &outcome, &name, &contents)) return;
    if (name.timeline != c->name.timeline || name.segment != c->name.segment) return;
    end(p, outcome, contents, e, out);
}

void shell_timer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct shell_command *c = &p->shell;
    if (c->state == SHELL_STARTING) {
        c->state = SHELL_CONNECTING;
        sim_connect(out, p->set.archive, CHANNEL_ARCHIVE);
        sim_arm(out, with_kind(TIMER_SHELL, 0), e->now.mono_ns + p->set.shell_timeout_ns);
    } else if (c->state != SHELL_NONE) {
        end(p, ARCHIVE_SILENT, (struct sim_bytes){0}, e, out);
    }
}
