/*
 * Clients: thesis 6.
 *
 * A command goes into the log, and is answered when it is applied, by whoever has taken it: the
 * answer is right even if that node leads no more by then. Only a leader takes one; others name the
 * leader (6.2). Where another entry is applied at the command's index, it did not happen. Where its
 * entry was cut from this log, nobody knows yet: another server may have it still.
 *
 * A read changes nothing, so it may go round the log (6.4): `read_index`, `lease`; or through it:
 * `log`. `local` reads what is applied here, which is as old as it may be.
 */
#include <assert.h>

#include "base/text.h"
#include "parts/grow.h"
#include "raft/node.h"

static void respond(sim_node client, const struct client_response *answer, struct sim_out *out) {
    uint8_t bytes[CLIENT_RESPONSE_BYTES];
    sim_send(out, (struct sim_message){.peer = client,
                                       .channel = CLIENT_CHANNEL,
                                       .type = CLIENT_RESPONSE,
                                       .body = client_response_write(answer, bytes)});
}

static void respond_without(sim_node client, int64_t request, enum client_status status,
                            int64_t node, struct sim_out *out) {
    const struct client_response answer = {
        .request = request, .status = status, .value = SIM_NONE, .node = node};
    respond(client, &answer, out);
}

static int64_t leader_of(const struct node *n) {
    return n->raft.leader == RAFT_NOBODY || n->raft.leader == n->self ? SIM_NONE
                                                                      : (int64_t)n->raft.leader;
}

static void redirect(const struct node *n, sim_node client, int64_t request, struct sim_out *out) {
    respond_without(client, request, CLIENT_REDIRECT, leader_of(n), out);
}

/* ---- commands ---- */

static struct waiting_command *command_at(const struct node *n, size_t i) {
    return &n->commands[(n->command_first + i) % n->command_capacity];
}

static void wait_for(struct node *n, struct waiting_command command) {
    n->commands = ring_room(n->memory, n->commands, &n->command_capacity, &n->command_first,
                            n->command_count, sizeof *n->commands);
    n->command_count++;
    *command_at(n, n->command_count - 1) = command;
}

static bool propose(struct node *n, sim_node client, int64_t request, struct sim_bytes command,
                    int64_t weight, const struct sim_event *e) {
    const struct raft_moment now = moment_of(e);
    const int64_t index = raft_propose(&n->raft, &now, command, weight);
    if (index == 0) return false;
    wait_for(n, (struct waiting_command){index, request, client});
    return true;
}

static void load_end(struct node *n, const char *why, struct sim_out *out) {
    struct text words = {0};
    text_add(&words, "%lld committed%s%s", (long long)n->load.done, why ? ", then it " : "",
             why ? why : "");
    n->load.on = false;
    sim_reply(out, n->load.request, !why,
              (struct sim_bytes){(const uint8_t *)text_string(&words), words.size});
    text_free(&words);
}

void serve_applied(struct node *n, int64_t index, const struct client_response *answer,
                   struct sim_out *out) {
    while (n->command_count > 0 && command_at(n, 0)->index <= index) {
        const struct waiting_command *c = command_at(n, 0);
        n->command_first = (n->command_first + 1) % n->command_capacity;
        n->command_count--;
        n->commands_done++;
        if (c->client == RAFT_NOBODY) {
            n->load.open--;
            n->load.done++;
        } else {
            respond(c->client, answer, out);
        }
    }
}

/* Whether their entries will be committed is the next leader's business, and nobody's knowledge
 * here. */
void serve_give_up(struct node *n, struct sim_out *out) {
    if (n->command_count > 0) sim_note(out, NOTE_GAVE_UP, (int64_t)n->command_count);
    for (; n->command_count > 0; n->command_count--) {
        const struct waiting_command *c = command_at(n, 0);
        n->command_first = (n->command_first + 1) % n->command_capacity;
        if (c->client != RAFT_NOBODY)
            respond_without(c->client, c->request, CLIENT_UNKNOWN, SIM_NONE, out);
    }
    if (!n->load.on) return;
    n->load.left = n->load.open = 0;
    load_end(n, "leads no more", out);
}

/* ---- reads ---- */

enum { PLACE_BITS = 20 }; /* of a read's number */

static void answer_read(struct node *n, struct waiting_read *read, struct sim_out *out) {
    const struct client_response answer = kv_read(&n->kv, &read->request);
    read->state = READ_UNUSED;
    n->reads_open--;
    respond(read->client, &answer, out);
}

static size_t read_place(struct node *n) {
    size_t i = 0;
    while (i < n->read_count && n->pending[i].state != READ_UNUSED) i++;
    if (i < n->read_count) return i;
    n->pending =
        array_room(n->memory, n->pending, &n->read_capacity, n->read_count, sizeof *n->pending);
    return n->read_count++;
}

static void give_up_read(struct node *n, struct waiting_read *read, struct sim_out *out) {
    read->state = READ_UNUSED;
    n->reads_open--;
    redirect(n, read->client, read->request.request, out);
}

/* Where no leader is known, what a read waits for may never be applied here. */
void serve_reads(struct node *n, struct sim_out *out) {
    if (n->reads_open == 0) return;
    for (size_t i = 0; i < n->read_count; i++) {
        struct waiting_read *read = &n->pending[i];
        if (read->state != READ_READY) continue;
        if (read->index <= n->applied)
            answer_read(n, read, out);
        else if (n->raft.leader == RAFT_NOBODY)
            give_up_read(n, read, out);
    }
}

void serve_ready(struct node *n, const struct raft_ready *ready, struct sim_out *out) {
    struct waiting_read *read = &n->pending[ready->number & ((1 << PLACE_BITS) - 1)];
    if (read->state != READ_ASKED || read->number != ready->number) return;
    if (ready->index == SIM_NONE) {
        give_up_read(n, read, out);
        return;
    }
    read->state = READ_READY;
    if (ready->index > read->index) read->index = ready->index;
    if (read->index <= n->applied) answer_read(n, read, out);
}

static void read_without_log(struct node *n, const struct client_request *q,
                             const struct sim_event *e, struct sim_out *out) {
    const struct raft_moment now = moment_of(e);
    const bool leads = n->raft.role == RAFT_LEADER;
    const bool local = n->reads == READS_LOCAL || (leads && node_has_bug(n, BUG_LOCAL_READS));
    if (!leads && !local && !n->follower_reads) {
        redirect(n, e->message.peer, q->request, out);
        return;
    }
    const size_t i = read_place(n);
    const int64_t number = ++n->read_number << PLACE_BITS | (int64_t)i;
    assert(i < 1 << PLACE_BITS);
    n->pending[i] = (struct waiting_read){.state = local ? READ_READY : READ_ASKED,
                                          .number = number,
                                          .index = q->after,
                                          .client = e->message.peer,
                                          .request = *q};
    n->reads_open++;
    if (local) {
        if (q->after <= n->applied) answer_read(n, &n->pending[i], out);
    } else if (!raft_read(&n->raft, &now, number)) {
        give_up_read(n, &n->pending[i], out);
    }
}

/* ---- requests ---- */

void serve_request(struct node *n, const struct sim_event *e, struct sim_out *out) {
    struct client_request q;
    if (!client_request_read(e->message.body, &q)) return;
    if (!n->running) {
        respond_without(e->message.peer, q.request, CLIENT_REDIRECT, SIM_NONE, out);
        return;
    }
    const bool reads = kv_only_reads(&q);
    if (reads && n->reads != READS_LOG) {
        read_without_log(n, &q, e, out);
        return;
    }
    const bool taken =
        propose(n, e->message.peer, q.request, e->message.body, reads ? 0 : q.value_bytes, e);
    if (!taken) redirect(n, e->message.peer, q.request, out);
}

/* ---- the operator's load: entries of its own, so many in flight ---- */

/* False: not now; a handover is under way. */
static bool load_propose(struct node *n, const struct sim_event *e) {
    uint8_t bytes[CLIENT_REQUEST_BYTES];
    const int64_t number = n->load_number + 1;
    const struct client_request q = {.request = number,
                                     .session = -1 - (int64_t)n->self,
                                     .operation = CLIENT_UPDATE,
                                     .key = number % 1000,
                                     .value = number,
                                     .value_bytes = n->load.bytes,
                                     .attempt = 1};
    if (!propose(n, RAFT_NOBODY, number, client_request_write(&q, bytes), n->load.bytes, e))
        return false;
    n->load_number = number;
    n->load.left--;
    n->load.open++;
    return true;
}

void load_look(struct node *n, const struct sim_event *e, struct sim_out *out) {
    struct load *l = &n->load;
    while (l->left > 0 && l->open < l->in_flight && load_propose(n, e)) {}
    if (l->left == 0 && l->open == 0) load_end(n, NULL, out);
}
