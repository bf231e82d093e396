/*
 * Streams: connections between two nodes on one channel, in order and reliable while they last, as
 * TCP's are.
 *
 * Each direction is a line of messages of which only the first is in the queue; so order holds by
 * construction, and a message that is lost holds up those behind it until it is sent again: after a
 * round trip when others follow it (fast retransmit, RFC 5681 section 3.2), else after a timeout that
 * starts at 200 ms and doubles (RFC 6298; the least that Linux takes). A cut is a loss of everything;
 * when the first message of a line has waited for the link's reset_after, its sender's side is reset.
 * The other side learns nothing from silence, as in life: it finds out when it sends, or not at all.
 *
 * A generation is one connection: what arrives for another is dropped, and answered with a reset. A
 * process that dies has its streams reset by its kernel, behind what it had sent; when the power goes,
 * no one is there to say so, and the peer learns when it sends to the host after that is back.
 */
#include <stdlib.h>

#include "world/world.h"

#define MS INT64_C(1000000)
enum { RTO_FIRST_MS = 200, RTO_MAX_MS = 120000, SYN_RETRY_MS = 1000, HEADER_BYTES = 40, DUPACKS = 3 };
enum phase { PHASE_SYN, PHASE_REFUSED, PHASE_RESET };
enum { SLOT_BEGIN = 8 }; /* in a line: the answer to a SYN */

struct side { bool up; uint32_t connecting, closed; };
struct line { uint32_t first, last, count; };
struct stream {
    sim_node end[2]; /* end[0] < end[1] */
    uint32_t channel, generation, attempts;
    struct side side[2];
    struct line line[2]; /* line[d]: from end[d] */
};
struct streams { struct map index; struct stream *list; size_t count, capacity; };

static struct streams *streams_of(struct world *w) { return w->streams; }

struct streams *streams_open(void) { return must_calloc(1, sizeof(struct streams)); }
void streams_close(struct world *w) {
    map_free(&w->streams->index);
    free(w->streams->list);
    free(w->streams);
}

static uint32_t stream_index(struct world *w, sim_node a, sim_node b, uint32_t channel, bool make) {
    struct streams *all = streams_of(w);
    const sim_node low = a < b ? a : b, high = a < b ? b : a;
    const uint64_t key = (uint64_t)low << 40 | (uint64_t)high << 16 | channel;
    uint32_t at = map_get(&all->index, key);
    if (at != MAP_NONE || !make) return at;
    all->list = must_grow(all->list, &all->capacity, all->count + 1, sizeof *all->list);
    at = (uint32_t)all->count++;
    all->list[at] = (struct stream){.end = {low, high}, .channel = channel,
                                    .line = {{NONE, NONE, 0}, {NONE, NONE, 0}}};
    map_set(&all->index, key, at);
    for (int d = 0; d < 2; d++) {
        struct node *n = &w->nodes[all->list[at].end[d]];
        n->streams = must_grow(n->streams, &n->stream_capacity, n->stream_count + 1, sizeof *n->streams);
        n->streams[n->stream_count++] = at;
    }
    return at;
}

static struct stream *stream_at(struct world *w, uint32_t at) { return &w->streams->list[at]; }
static int side_of(const struct stream *t, sim_node node) { return t->end[1] == node; }

/* ---- news for a node ---- */

static void tell(struct world *w, sim_node node, sim_node peer, uint32_t channel, bool up, const char *why) {
    struct node *n = &w->nodes[node];
    if (!n->up) return;
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_PEER;
    s->flags = 0;
    s->node = node;
    s->peer = peer;
    s->channel = channel;
    s->incarnation = n->incarnation;
    s->cause = w->cause;
    s->peer_news.up = up;
    s->peer_news.why = why;
    node_arrive(w, i);
}

static void line_drop(struct world *w, uint32_t at, int d, const char *why) {
    struct line *l = &stream_at(w, at)->line[d];
    for (uint32_t i = l->first, next; l->count; i = next) {
        struct slot *s = &w->slots[i];
        next = s->next;
        if (!(s->flags & (SLOT_BEGIN | SLOT_END))) {
            struct record r = {.cause = s->cause, .kind = RECORD_DROP, .node = s->node, .peer = s->peer,
                               .channel = s->channel, .type = s->type, .a = s->number,
                               .b = s->modelled, .bytes = slot_bytes(s), .text = why};
            record_add(w, &r, s->hash);
        }
        if (i == l->first) w->lines[i].stream = NONE; /* it is in the queue: dropped when it leaves */
        else slot_give(w, i);
        l->count--;
    }
    l->first = l->last = NONE;
}

static void side_down(struct world *w, uint32_t at, int d, const char *why) {
    struct stream *t = stream_at(w, at);
    if (!t->side[d].up) return;
    t->side[d].up = false;
    line_drop(w, at, d, why);
    t = stream_at(w, at);
    tell(w, t->end[d], t->end[1 - d], t->channel, false, why);
}

/* ---- lines ---- */

static void line_push_first(struct world *w, struct line *l) {
    const struct slot_line *e = &w->lines[l->first];
    queue_push(&w->queue,
               queue_key_make(e->due > w->now ? e->due : w->now, e->order, l->first));
}

static void line_add(struct world *w, uint32_t at, uint32_t i) {
    struct slot *s = &w->slots[i];
    struct stream *t = stream_at(w, at);
    struct line *l = &t->line[side_of(t, s->peer)];
    const uint64_t key = net_draw_key(w, s->peer, s->node);
    int64_t due = net_arrival(w, s->peer, s->node, s->modelled + HEADER_BYTES, key, false);
    if (l->count && w->lines[l->last].due > due) due = w->lines[l->last].due;
    w->lines[i] = (struct slot_line){.due = due, .since = w->now, .order = order_next(w), .key = key,
                                     .stream = at};
    s->kind = SLOT_STREAM;
    s->incarnation = t->generation;
    s->next = NONE;
    if (l->count++) w->slots[l->last].next = i;
    else l->first = i;
    l->last = i;
    if (l->count == 1) line_push_first(w, l);
}

static void line_add_mark(struct world *w, uint32_t at, int from, uint8_t flag, uint32_t attempt) {
    struct stream *t = stream_at(w, at);
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->flags = flag;
    s->node = t->end[1 - from];
    s->peer = t->end[from];
    s->channel = t->channel;
    s->type = attempt;
    s->size = 0;
    s->modelled = s->number = 0;
    s->hash = 0;
    s->cause = w->cause;
    line_add(w, at, i);
}

void stream_send(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const uint32_t at = stream_index(w, s->peer, s->node, s->channel, false);
    const struct stream *t = at == MAP_NONE ? NULL : stream_at(w, at);
    if (!t || !t->side[side_of(t, s->peer)].up) {
        struct record r = {.cause = s->cause, .kind = RECORD_DROP, .node = s->node, .peer = s->peer,
                           .channel = s->channel, .type = s->type, .a = s->number, .b = s->modelled,
                           .bytes = slot_bytes(s), .text = "no stream"};
        record_add(w, &r, s->hash);
        slot_give(w, i);
        return;
    }
    line_add(w, at, i);
}

static void open_schedule(struct world *w, uint32_t at, int from, enum phase phase, uint32_t mark,
                          int64_t since, uint32_t tries, int64_t t) {
    const struct stream *stream = stream_at(w, at);
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_OPEN;
    s->flags = 0;
    s->phase = (uint16_t)phase;
    s->peer = stream->end[from];
    s->node = stream->end[1 - from];
    s->type = mark; /* SYN, REFUSED: the attempt; RESET: the generation */
    s->cause = w->cause;
    s->peer_news.stream = at;
    s->peer_news.since = since;
    s->peer_news.tries = tries;
    schedule(w, t, i);
}

static int64_t transit(struct world *w, uint32_t at, int from) {
    const struct stream *t = stream_at(w, at);
    const uint64_t key = net_draw_key(w, t->end[from], t->end[1 - from]);
    return net_arrival(w, t->end[from], t->end[1 - from], HEADER_BYTES, key, false);
}

/* The kernel of end[from] refuses what came for a connection that it does not have. */
static void send_reset(struct world *w, uint32_t at, int from, uint32_t generation) {
    open_schedule(w, at, from, PHASE_RESET, generation, w->now, 0, transit(w, at, from));
}

/* The first of a line has to be sent again. False: its time is over. */
static bool again(struct world *w, uint32_t i, int64_t wait_ns) {
    struct slot *s = &w->slots[i];
    struct slot_line *e = &w->lines[i];
    const struct pair *pair = net_pair(w, s->peer, s->node);
    const int64_t patience = net_settings(w, s->peer, s->node, pair)->reset_after_ns;
    if (w->now + wait_ns - e->since > patience || !w->nodes[s->peer].powered) return false;
    e->due = w->now + wait_ns;
    e->order = order_next(w);
    e->tries++;
    queue_push(&w->queue, queue_key_make(e->due, e->order, i));
    return true;
}

static int64_t rto_ns(uint32_t tries) {
    int64_t ms = RTO_FIRST_MS;
    while (tries-- > 0 && ms < RTO_MAX_MS) ms *= 2;
    return (ms < RTO_MAX_MS ? ms : RTO_MAX_MS) * MS;
}

static void line_leave(struct world *w, uint32_t at, int d) {
    struct line *l = &stream_at(w, at)->line[d];
    const uint32_t next = w->slots[l->first].next;
    if (--l->count) {
        l->first = next;
        line_push_first(w, l);
    } else {
        l->first = l->last = NONE;
    }
}

static void begin_arrives(struct world *w, uint32_t at, int d, const struct slot *s) {
    struct stream *t = stream_at(w, at);
    struct side *side = &t->side[1 - d];
    if (side->connecting != s->type || t->generation != s->incarnation) {
        if (!side->up) send_reset(w, at, 1 - d, s->incarnation);
        return;
    }
    side->connecting = 0;
    side->up = true;
    tell(w, s->node, s->peer, s->channel, true, NULL);
}

void stream_popped(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const uint32_t at = w->lines[i].stream;
    if (at == NONE) { /* its line was dropped while it waited */
        slot_give(w, i);
        return;
    }
    w->cause = s->cause;
    struct stream *t = stream_at(w, at);
    const int d = side_of(t, s->peer);
    const uint64_t key = random_at(w->lines[i].key, w->lines[i].tries);
    const bool lost = net_lost(w, s->peer, s->node, key);
    if (lost || !w->nodes[s->node].powered || net_cut(w, s->peer, s->node)) {
        int64_t wait = rto_ns(w->lines[i].tries);
        if (lost && t->line[d].count > DUPACKS) {
            const int64_t trip = 2 * (transit(w, at, d) - w->now);
            if (trip < wait) wait = trip;
        }
        if (!again(w, i, wait)) {
            side_down(w, at, d, "timed out");
            t = stream_at(w, at);
            if (w->lines[i].stream != NONE) line_drop(w, at, d, "timed out"); /* it was half open */
            slot_give(w, i);
        }
        return;
    }
    line_leave(w, at, d);
    const bool takes = t->side[1 - d].up && t->generation == s->incarnation && w->nodes[s->node].up;
    if (s->flags & SLOT_BEGIN) {
        const struct slot copy = *s;
        slot_give(w, i);
        begin_arrives(w, at, d, &copy);
    } else if (s->flags & SLOT_END) {
        const bool reset = s->type != 0;
        slot_give(w, i);
        if (takes) side_down(w, at, 1 - d, reset ? "reset" : "closed");
    } else if (takes) {
        node_arrive(w, i);
    } else {
        struct record r = {.cause = s->cause, .kind = RECORD_DROP, .node = s->node, .peer = s->peer,
                           .channel = s->channel, .type = s->type, .a = s->number, .b = s->modelled,
                           .bytes = slot_bytes(s), .text = "no stream"};
        record_add(w, &r, s->hash);
        const uint32_t generation = s->incarnation;
        slot_give(w, i);
        send_reset(w, at, 1 - d, generation);
    }
}

bool stream_carries(struct world *w, const struct slot *s) {
    const uint32_t at = stream_index(w, s->peer, s->node, s->channel, false);
    const struct stream *t = stream_at(w, at);
    return t->side[side_of(t, s->node)].closed != s->incarnation;
}

/* ---- opening and closing ---- */

void stream_connect(struct world *w, sim_node from, sim_node to, uint32_t channel) {
    if (to >= w->node_count || to == from || channel > UINT16_MAX) {
        world_fail(w, WORLD_MODEL_ERROR, "%s connects to node %u, channel %u: no such peer",
                   w->nodes[from].name, to, channel);
        return;
    }
    const uint32_t at = stream_index(w, from, to, channel, true);
    struct stream *t = stream_at(w, at);
    const int d = side_of(t, from);
    if (t->side[d].up || t->side[d].connecting) return;
    t->side[d].connecting = ++t->attempts;
    open_schedule(w, at, d, PHASE_SYN, t->attempts, w->now, 0, transit(w, at, d));
}

static void accept_stream(struct world *w, uint32_t at, int d, uint32_t attempt) {
    side_down(w, at, 1 - d, "replaced"); /* half open since its peer lost an earlier one */
    line_drop(w, at, 0, "replaced");
    line_drop(w, at, 1, "replaced");
    struct stream *t = stream_at(w, at);
    t->generation++;
    t->side[1 - d].up = true;
    t->side[1 - d].connecting = 0; /* both called at once: one connection comes of it */
    line_add_mark(w, at, 1 - d, SLOT_BEGIN, attempt);
    t = stream_at(w, at);
    tell(w, t->end[1 - d], t->end[d], t->channel, true, NULL);
}

static void syn_popped(struct world *w, uint32_t at, int d, const struct slot *s) {
    struct stream *t = stream_at(w, at);
    if (t->side[d].connecting != s->type) return; /* given up, crashed, or answered */
    const struct node *callee = &w->nodes[t->end[1 - d]];
    const uint64_t key = random_at(w->nodes[t->end[d]].key ^ (uint64_t)w->now, s->type);
    if (!callee->powered || net_cut(w, t->end[d], t->end[1 - d]) ||
        net_lost(w, t->end[d], t->end[1 - d], key)) {
        const int64_t wait = (SYN_RETRY_MS << (s->peer_news.tries < 6 ? s->peer_news.tries : 6)) * MS;
        const struct pair *pair = net_pair(w, t->end[d], t->end[1 - d]);
        const struct link_settings *own = net_settings(w, t->end[d], t->end[1 - d], pair);
        if (w->now + wait - s->peer_news.since > own->reset_after_ns) {
            t->side[d].connecting = 0;
            tell(w, t->end[d], t->end[1 - d], t->channel, false, "timed out");
            return;
        }
        open_schedule(w, at, d, PHASE_SYN, s->type, s->peer_news.since, s->peer_news.tries + 1,
                      w->now + wait);
    } else if (!callee->up) {
        open_schedule(w, at, 1 - d, PHASE_REFUSED, s->type, w->now, 0, transit(w, at, 1 - d));
    } else {
        accept_stream(w, at, d, s->type);
    }
}

void stream_open_popped(struct world *w, uint32_t i) {
    const struct slot s = w->slots[i];
    slot_give(w, i);
    w->cause = s.cause;
    const uint32_t at = s.peer_news.stream;
    struct stream *t = stream_at(w, at);
    const int d = side_of(t, s.peer); /* who sent it */
    if (s.phase == PHASE_SYN) {
        syn_popped(w, at, d, &s);
        return;
    }
    if (net_cut(w, s.peer, s.node)) return; /* whoever waits for it tries again, or times out */
    if (s.phase == PHASE_REFUSED && t->side[1 - d].connecting == s.type) {
        t->side[1 - d].connecting = 0;
        tell(w, s.node, s.peer, t->channel, false, "refused");
    } else if (s.phase == PHASE_RESET && t->generation == s.type) {
        side_down(w, at, 1 - d, "reset");
    }
}

void stream_close(struct world *w, sim_node from, sim_node to, uint32_t channel) {
    const uint32_t at = stream_index(w, from, to, channel, false);
    if (at == MAP_NONE) return;
    struct stream *t = stream_at(w, at);
    const int d = side_of(t, from);
    t->side[d].connecting = 0;
    t->side[d].closed = t->generation;
    if (!t->side[d].up) return;
    t->side[d].up = false;
    line_add_mark(w, at, d, SLOT_END, 0);
}

void streams_crash(struct world *w, sim_node node, bool power) {
    for (size_t k = 0; k < w->nodes[node].stream_count; k++) {
        const uint32_t at = w->nodes[node].streams[k];
        struct stream *t = stream_at(w, at);
        const int d = side_of(t, node);
        const bool was_up = t->side[d].up;
        t->side[d].up = false;
        t->side[d].connecting = 0;
        if (was_up && !power) line_add_mark(w, at, d, SLOT_END, 1);
    }
}
