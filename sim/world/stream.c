/*
 * Streams: connections between two nodes on one channel, in order and reliable while they last, as
 * TCP's are.
 *
 * Each direction is a line of messages of which only the first is in the queue; so order holds by
 * construction, and a message that is lost holds up those behind it until it is sent again: after a
 * round trip when others follow it (fast retransmit, RFC 5681 section 3.2), else after a timeout
 * that starts at 200 ms and doubles (RFC 6298; the least that Linux takes). A cut is a loss of
 * everything; when the first message of a line has waited for the link's reset_after, its sender's
 * side is reset. The other side learns nothing from silence, as in life: it finds out when it
 * sends, or not at all.
 *
 * A generation is one connection: what arrives for another is dropped, and answered with a reset. A
 * process that dies has its streams reset by its kernel, behind what it had sent; when the power
 * goes, no one is there to say so, and the peer learns when it sends to the host after that is
 * back.
 *
 * A node lags behind its kernel: news of a stream may wait in its inbox. What it sends or closes
 * meanwhile belongs to the connection that it knows, never to one that it has not heard of yet.
 */
#include <stdlib.h>

#include "world/world.h"

#define MS INT64_C(1000000)
enum {
    RTO_FIRST_MS = 200,
    RTO_MAX_MS = 120000,
    SYN_RETRY_MS = 1000,
    HEADER_BYTES = 40,
    DUPACKS = 3
};
enum phase { PHASE_SYN, PHASE_REFUSED, PHASE_RESET };
enum {
    SLOT_BEGIN = 8, /* in a line: the answer to a SYN; number: since when its caller has called */
    SLOT_HELD = 16  /* in a line, and kept by a HOLD: its first waits outside the queue */
};

struct side {
    uint32_t seen;   /* the last generation that the node has been told of, */
    uint32_t closed; /* and that it closed: it hears no more of that, nor of those before */
    bool up;
};
struct line {
    uint32_t first, last, count;
};
struct stream {                   /* what a message needs: one cache line */
    _Alignas(64) sim_node end[2]; /* end[0] < end[1] */
    uint16_t channel;
    bool orphan[2]; /* the power of end[d] went, and with it whoever would send its line again */
    uint32_t generation;
    struct side side[2];
    struct line line[2]; /* line[d]: from end[d] */
};
struct dialling { /* what its opening needs */
    uint32_t attempts;
    struct {
        uint32_t connecting; /* the attempt that is under way; 0: none */
        uint32_t called;     /* the last generation that this side asked for */
        uint32_t given_up;   /* attempts up to this one: it hears no more of them */
    } side[2];
};
/* Where a stream is in the list. Each message asks, so that among the first nodes it is one look in
 * a triangle of which only the pages in use are there; the others have a map. */
enum { NEAR_NODES = 1024, NEAR_CHANNELS = 64 };
struct stream_index {
    uint32_t *near[NEAR_CHANNELS]; /* by channel, then by its two ends; 0: none, else one more */
    struct map far;
};
struct streams {
    struct stream_index index;
    struct stream *list;
    struct dialling *dialling;
    size_t count, capacity, dialling_capacity;
};

#define NEAR_BYTES (NEAR_NODES * (NEAR_NODES - 1) / 2 * sizeof(uint32_t))

struct streams *streams_open(void) {
    return must_calloc(1, sizeof(struct streams));
}
void streams_close(struct world *w) {
    for (size_t c = 0; c < NEAR_CHANNELS; c++)
        if (w->streams->index.near[c]) region_release(w->streams->index.near[c], NEAR_BYTES);
    map_free(&w->streams->index.far);
    free(w->streams->list);
    free(w->streams->dialling);
    free(w->streams);
}

static void list_enlarge(struct streams *all) {
    all->capacity = all->capacity ? all->capacity * 2 : 16;
    struct stream *list = must_align(_Alignof(struct stream), all->capacity * sizeof *list);
    if (all->count) memcpy(list, all->list, all->count * sizeof *list);
    free(all->list);
    all->list = list;
}

static inline size_t near_place(sim_node low, sim_node high) {
    return (size_t)high * (high - 1) / 2 + low;
}
static inline bool is_near(sim_node high, uint32_t channel) {
    return high < NEAR_NODES && channel < NEAR_CHANNELS;
}
static inline uint64_t far_key(sim_node low, sim_node high, uint32_t channel) {
    return (uint64_t)low << 40 | (uint64_t)high << 16 | channel;
}

/* NONE: they never had one. */
static inline uint32_t stream_find(const struct world *w, sim_node a, sim_node b,
                                   uint32_t channel) {
    const struct stream_index *index = &w->streams->index;
    const sim_node low = a < b ? a : b, high = a < b ? b : a;
    if (__builtin_expect(!is_near(high, channel), 0))
        return map_get(&index->far, far_key(low, high, channel));
    const uint32_t *near = index->near[channel];
    return near && low < high ? near[near_place(low, high)] - 1 : NONE;
}

static void index_add(struct stream_index *index, sim_node low, sim_node high, uint32_t channel,
                      uint32_t at) {
    if (!is_near(high, channel)) {
        map_set(&index->far, far_key(low, high, channel), at);
        return;
    }
    if (!index->near[channel]) index->near[channel] = region_reserve(NEAR_BYTES);
    index->near[channel][near_place(low, high)] = at + 1;
}

static uint32_t stream_make(struct world *w, sim_node a, sim_node b, uint32_t channel) {
    struct streams *all = w->streams;
    const sim_node low = a < b ? a : b, high = a < b ? b : a;
    uint32_t at = stream_find(w, a, b, channel);
    if (at != NONE) return at;
    if (all->count == all->capacity) list_enlarge(all);
    all->dialling =
        must_grow(all->dialling, &all->dialling_capacity, all->count + 1, sizeof *all->dialling);
    at = (uint32_t)all->count++;
    all->dialling[at] = (struct dialling){0};
    all->list[at] = (struct stream){.end = {low, high},
                                    .channel = (uint16_t)channel,
                                    .line = {{NONE, NONE, 0}, {NONE, NONE, 0}}};
    index_add(&all->index, low, high, channel, at);
    for (int d = 0; d < 2; d++) {
        struct node *n = &w->nodes[all->list[at].end[d]];
        n->streams =
            must_grow(n->streams, &n->stream_capacity, n->stream_count + 1, sizeof *n->streams);
        n->streams[n->stream_count++] = at;
    }
    return at;
}

_Static_assert(sizeof(struct stream) == 64, "a stream is one cache line");
static struct stream *stream_at(struct world *w, uint32_t at) { return &w->streams->list[at]; }
static struct dialling *dialling_at(struct world *w, uint32_t at) {
    return &w->streams->dialling[at];
}
void stream_prefetch(const struct world *w, const struct slot *s) {
    if (s->stream < w->streams->count) __builtin_prefetch(&w->streams->list[s->stream]);
}
static int side_of(const struct stream *t, sim_node node) { return t->end[1] == node; }

/* ---- news for a node ---- */

/* attempt: of a connection that never came up; 0: news of the present generation. */
static void tell(struct world *w, uint32_t at, int d, bool up, uint32_t attempt, const char *why) {
    const struct stream *t = stream_at(w, at);
    const struct node *n = &w->nodes[t->end[d]];
    if (!n->up) return;
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_PEER;
    s->flags = 0;
    s->node = t->end[d];
    s->peer = t->end[1 - d];
    s->channel = t->channel;
    s->type = t->generation;
    s->incarnation = n->incarnation;
    s->cause = w->cause;
    s->peer_news.stream = at;
    s->peer_news.up = up;
    s->peer_news.why = why;
    s->peer_news.tries = attempt;
    node_arrive(w, i);
}

static void begin_lost(struct world *w, uint32_t at, int d, uint32_t attempt, int64_t since);

static void line_drop(struct world *w, uint32_t at, int d, const char *why) {
    struct line *l = &stream_at(w, at)->line[d];
    for (uint32_t i = l->first, next; l->count; i = next) {
        struct slot *s = &w->slots[i];
        next = s->next;
        if (s->flags & SLOT_BEGIN)
            begin_lost(w, at, d, s->type, s->number);
        else if (!(s->flags & SLOT_END))
            record_drop(w, s, why);
        if (s->flags & SLOT_HELD) net_hold_forget(w, i);
        if (i == l->first && !(s->flags & SLOT_HELD))
            s->stream = NONE; /* it is in the queue: dropped when it leaves */
        else
            slot_give(w, i);
        l->count--;
    }
    *l = (struct line){NONE, NONE, 0};
    stream_at(w, at)->orphan[d] = false;
}

static void side_down(struct world *w, uint32_t at, int d, const char *why) {
    struct stream *t = stream_at(w, at);
    if (!t->side[d].up) return;
    t->side[d].up = false;
    line_drop(w, at, d, why);
    tell(w, at, d, false, 0, why);
}

/* ---- lines ---- */

static void line_push_first(struct world *w, struct line *l) {
    const struct slot_line *e = &w->lines[l->first];
    if (w->slots[l->first].flags & SLOT_HELD) return;
    queue_push(&w->queue, queue_key_make(e->due > w->now ? e->due : w->now, e->order, l->first));
}

/* Behind what end[d] has sent before. */
static inline void line_add(struct world *w, uint32_t at, struct stream *t, int d, uint32_t i) {
    struct slot *s = &w->slots[i];
    struct line *l = &t->line[d];
    const uint64_t key = net_draw_key(w, s->peer, s->node);
    int64_t due;
    if (__builtin_expect(w->net_special, 0)) {
        due = net_arrival(w, s->peer, s->node, s->modelled + HEADER_BYTES, key, false);
    } else {
        struct random r = {key, 0};
        due = add_sat(w->now, distribution_sample_inline(w->usual_delay, &r));
    }
    if (l->count && w->lines[l->last].due > due) due = w->lines[l->last].due;
    w->lines[i] =
        (struct slot_line){.due = due, .since = w->now, .order = order_next(w), .key = key};
    s->kind = SLOT_STREAM;
    s->tries = 0;
    s->stream = at;
    s->incarnation = t->generation;
    s->next = NONE;
    if (w->net_special && !(s->flags & (SLOT_BEGIN | SLOT_END)) && net_hold(w, i))
        s->flags |= SLOT_HELD;
    const uint32_t last = l->last;
    l->last = i;
    if (__builtin_expect(l->count++, 0)) {
        w->slots[last].next = i;
    } else {
        l->first = i;
        line_push_first(w, l);
    }
}

void stream_release(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    struct slot_line *e = &w->lines[i];
    struct stream *t = stream_at(w, s->stream);
    struct line *l = &t->line[side_of(t, s->peer)];
    e->due = net_arrival(w, s->peer, s->node, s->modelled + HEADER_BYTES, e->key, false);
    e->since = w->now;
    e->order = order_next(w);
    s->flags &= (uint8_t)~SLOT_HELD;
    if (l->first == i) line_push_first(w, l);
}

static void line_add_mark(struct world *w, uint32_t at, int from, uint8_t flag, uint32_t type,
                          int64_t since) {
    struct stream *t = stream_at(w, at);
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->flags = flag;
    s->node = t->end[1 - from];
    s->peer = t->end[from];
    s->channel = t->channel;
    s->type = type; /* BEGIN: the attempt; END: 1 a reset */
    s->size = 0;
    s->modelled = 0;
    s->number = since;
    s->cause = w->cause;
    line_add(w, at, t, from, i);
}

void stream_look(const struct world *w, sim_node from, struct slot *s) {
    s->stream = stream_find(w, from, s->node, s->channel);
    stream_prefetch(w, s);
}

void stream_send(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const uint32_t at = s->stream;
    if (__builtin_expect(at != NONE, 1)) {
        struct stream *t = stream_at(w, at);
        const int d = side_of(t, s->peer);
        if (__builtin_expect(t->side[d].up && t->side[d].seen == t->generation, 1)) {
            line_add(w, at, t, d, i);
            return;
        }
    }
    record_drop(w, s, "no stream");
    slot_give(w, i);
}

static void open_schedule(struct world *w, uint32_t at, int from, enum phase phase, uint32_t mark,
                          int64_t since, uint32_t tries, uint64_t key, int64_t t) {
    const struct stream *stream = stream_at(w, at);
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_OPEN;
    s->flags = 0;
    s->phase = (uint16_t)phase;
    s->peer = stream->end[from];
    s->node = stream->end[1 - from];
    s->type = mark; /* SYN, REFUSED: the attempt; RESET: the generation */
    s->draw_key = key;
    s->cause = w->cause;
    s->peer_news.stream = at;
    s->peer_news.since = since;
    s->peer_news.tries = tries;
    schedule(w, t, i);
}

static void open_send(struct world *w, uint32_t at, int from, enum phase phase, uint32_t mark,
                      int64_t since, uint32_t tries) {
    const struct stream *t = stream_at(w, at);
    const uint64_t key = net_draw_key(w, t->end[from], t->end[1 - from]);
    const int64_t due = net_arrival(w, t->end[from], t->end[1 - from], HEADER_BYTES, key, false);
    open_schedule(w, at, from, phase, mark, since, tries, key, due);
}

/* The kernel of end[from] refuses what came for a connection that it does not have. */
static void send_reset(struct world *w, uint32_t at, int from, uint32_t generation) {
    open_send(w, at, from, PHASE_RESET, generation, w->now, 0);
}

static int64_t patience(struct world *w, sim_node from, sim_node to) {
    return net_settings(w, from, to, net_pair(w, from, to))->reset_after_ns;
}

/* The next attempt of something that waits since then: after `wait`, but the last one when its time
 * is over. INT64_MAX: it is over. */
static int64_t next_try(struct world *w, int64_t since, int64_t wait, int64_t patience_ns) {
    const int64_t end = add_sat(since, patience_ns);
    if (w->now >= end) return INT64_MAX;
    const int64_t next = add_sat(w->now, wait);
    return next < end ? next : end;
}

/* The caller never got the answer of end[d]: it calls again, and gives up there if it is time. */
static void begin_lost(struct world *w, uint32_t at, int d, uint32_t attempt, int64_t since) {
    const struct stream *t = stream_at(w, at);
    if (dialling_at(w, at)->side[1 - d].connecting != attempt) return;
    const sim_node from = t->end[1 - d], to = t->end[d];
    const int64_t next = next_try(w, since, SYN_RETRY_MS * MS, patience(w, from, to));
    open_schedule(w, at, 1 - d, PHASE_SYN, attempt, since, 1, net_draw_key(w, from, to),
                  next == INT64_MAX ? w->now : next);
}

/* The first of a line has to be sent again. False: its time is over. */
static bool again(struct world *w, uint32_t i, int64_t wait_ns) {
    struct slot *s = &w->slots[i];
    struct slot_line *e = &w->lines[i];
    const struct stream *t = stream_at(w, s->stream);
    const int64_t next = next_try(w, e->since, wait_ns, patience(w, s->peer, s->node));
    if (next == INT64_MAX || t->orphan[side_of(t, s->peer)] || !w->nodes[s->peer].powered)
        return false;
    e->due = next;
    e->order = order_next(w);
    if (s->tries < UINT16_MAX) s->tries++;
    queue_push(&w->queue, queue_key_make(e->due, e->order, i));
    return true;
}

static int64_t rto_ns(uint32_t tries) {
    int64_t ms = RTO_FIRST_MS;
    while (tries-- > 0 && ms < RTO_MAX_MS) ms *= 2;
    return (ms < RTO_MAX_MS ? ms : RTO_MAX_MS) * MS;
}

static inline void line_leave(struct world *w, struct stream *t, int d) {
    struct line *l = &t->line[d];
    if (__builtin_expect(--l->count, 0)) {
        const uint32_t next = w->slots[l->first].next;
        l->first = next;
        w->lines[next].since = w->now; /* patience is with the first: what goes on is not stuck */
        line_push_first(w, l);
    } else {
        *l = (struct line){NONE, NONE, 0};
        t->orphan[d] = false;
    }
}

static void begin_arrives(struct world *w, uint32_t at, int d, const struct slot *s) {
    struct stream *t = stream_at(w, at);
    struct side *side = &t->side[1 - d];
    struct dialling *dialling = dialling_at(w, at);
    if (dialling->side[1 - d].connecting != s->type || t->generation != s->incarnation) {
        if (!side->up) send_reset(w, at, 1 - d, s->incarnation);
        return;
    }
    dialling->side[1 - d].connecting = 0;
    dialling->side[1 - d].called = t->generation;
    side->up = true;
    tell(w, at, 1 - d, true, 0, NULL);
}

/* A round trip, as fast retransmit takes: of the message's own draws, so that nothing else moves.
 */
static int64_t round_trip(struct world *w, const struct slot *s, uint64_t key) {
    const struct pair *pair = net_pair(w, s->peer, s->node);
    struct random r = {key, 0};
    return 2 * distribution_sample(&net_settings(w, s->peer, s->node, pair)->delay, &r);
}

/* The first of its line has come to the end of its way, and may not have got there. False: it has.
 */
static bool went_wrong(struct world *w, uint32_t i, uint32_t at, int d) {
    struct slot *s = &w->slots[i];
    const struct stream *t = stream_at(w, at);
    const uint64_t key = random_at(w->lines[i].key, s->tries);
    const bool lost = net_lost(w, s->peer, s->node, key);
    if (!lost && w->nodes[s->node].powered && !net_cut(w, s->peer, s->node)) return false;
    int64_t wait = rto_ns(s->tries);
    if (lost && s->tries == 0 && t->line[d].count > DUPACKS) {
        const int64_t trip = round_trip(w, s, key);
        if (trip < wait) wait = trip;
    }
    if (again(w, i, wait)) return true;
    const bool orphan = t->orphan[d];
    if (!orphan) side_down(w, at, d, "timed out");
    if (s->stream != NONE) /* it was half open */
        line_drop(w, at, d, orphan ? "power lost" : "timed out");
    slot_give(w, i);
    return true;
}

void stream_popped(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const uint32_t at = s->stream;
    if (at == NONE) { /* its line was dropped while it waited */
        slot_give(w, i);
        return;
    }
    w->cause = s->cause;
    struct stream *t = stream_at(w, at);
    const int d = side_of(t, s->peer);
    if (__builtin_expect(w->net_special || !w->nodes[s->node].powered, 0) &&
        went_wrong(w, i, at, d))
        return;
    line_leave(w, t, d);
    const bool takes = t->side[1 - d].up && t->generation == s->incarnation && w->nodes[s->node].up;
    if (__builtin_expect(takes && !(s->flags & (SLOT_BEGIN | SLOT_END)), 1)) {
        node_message(w, i);
    } else if (s->flags & SLOT_BEGIN) {
        const struct slot copy = *s;
        slot_give(w, i);
        begin_arrives(w, at, d, &copy);
    } else if (s->flags & SLOT_END) {
        const bool reset = s->type != 0;
        slot_give(w, i);
        if (takes) side_down(w, at, 1 - d, reset ? "reset" : "closed");
    } else {
        record_drop(w, s, "no stream");
        const uint32_t generation = s->incarnation;
        slot_give(w, i);
        send_reset(w, at, 1 - d, generation);
    }
}

bool stream_carries(struct world *w, const struct slot *s) {
    const bool news = s->kind == SLOT_PEER;
    const uint32_t at = news ? s->peer_news.stream : s->stream;
    struct stream *t = stream_at(w, at);
    struct side *side = &t->side[side_of(t, s->node)];
    if (!news) return s->incarnation > side->closed;
    if (s->peer_news.tries)
        return s->peer_news.tries > dialling_at(w, at)->side[side_of(t, s->node)].given_up;
    if (s->type <= side->closed) return false;
    if (s->peer_news.up) side->seen = s->type;
    return true;
}

/* ---- opening and closing ---- */

void stream_connect(struct world *w, sim_node from, sim_node to, uint32_t channel) {
    if (to >= w->node_count || to == from || channel > UINT16_MAX) {
        world_fail(w, WORLD_MODEL_ERROR, "%s connects to node %u, channel %u: no such peer",
                   w->nodes[from].name, to, channel);
        return;
    }
    const uint32_t at = stream_make(w, from, to, channel);
    struct stream *t = stream_at(w, at);
    const int d = side_of(t, from);
    struct dialling *dialling = dialling_at(w, at);
    if (t->side[d].up || dialling->side[d].connecting) return;
    dialling->side[d].connecting = ++dialling->attempts;
    open_send(w, at, d, PHASE_SYN, dialling->attempts, w->now, 0);
}

/* Nobody answered: the caller calls again, or gives up. */
static void syn_again(struct world *w, uint32_t at, int d, uint32_t attempt, int64_t since,
                      uint32_t tries) {
    struct stream *t = stream_at(w, at);
    const sim_node from = t->end[d], to = t->end[1 - d];
    const int64_t wait = (SYN_RETRY_MS << (tries < 6 ? tries : 6)) * MS;
    const int64_t next = next_try(w, since, wait, patience(w, from, to));
    if (next != INT64_MAX) {
        const uint64_t key = net_draw_key(w, from, to);
        open_schedule(w, at, d, PHASE_SYN, attempt, since, tries + 1, key, next);
        return;
    }
    dialling_at(w, at)->side[d].connecting = 0;
    tell(w, at, d, false, attempt, "timed out");
}

static void accept_stream(struct world *w, uint32_t at, int d, uint32_t attempt, int64_t since) {
    const struct node *callee = &w->nodes[stream_at(w, at)->end[1 - d]];
    const uint32_t incarnation = callee->incarnation;
    side_down(w, at, 1 - d, "replaced");      /* half open since its peer lost an earlier one */
    if (callee->incarnation != incarnation) { /* which was too much for it */
        open_send(w, at, 1 - d, PHASE_REFUSED, attempt, since, 0);
        return;
    }
    line_drop(w, at, 0, "replaced");
    line_drop(w, at, 1, "replaced");
    struct stream *t = stream_at(w, at);
    struct side *side = &t->side[1 - d];
    t->generation++;
    side->up = true;
    struct dialling *dialling = dialling_at(w, at);
    if (dialling->side[1 - d].connecting) /* both called: one connection comes of it */
        dialling->side[1 - d].called = t->generation;
    dialling->side[1 - d].connecting = 0;
    line_add_mark(w, at, 1 - d, SLOT_BEGIN, attempt, since);
    tell(w, at, 1 - d, true, 0, NULL);
}

/* What end[d] had sent before it closed, and its FIN, come before its next connection. */
static bool closing(struct world *w, uint32_t at, int d) {
    const struct stream *t = stream_at(w, at);
    const struct line *l = &t->line[d];
    return t->side[1 - d].up && l->count && w->slots[l->last].flags & SLOT_END;
}

static bool went_astray(struct world *w, const struct slot *s) {
    return net_cut(w, s->peer, s->node) ||
           net_lost(w, s->peer, s->node, random_at(s->draw_key, s->peer_news.tries));
}

static void syn_popped(struct world *w, uint32_t at, int d, const struct slot *s) {
    struct stream *t = stream_at(w, at);
    if (dialling_at(w, at)->side[d].connecting != s->type)
        return; /* given up, crashed, or answered */
    const struct node *callee = &w->nodes[t->end[1 - d]];
    const bool astray = went_astray(w, s);
    const bool late = s->peer_news.tries &&
                      w->now - s->peer_news.since >= patience(w, t->end[d], t->end[1 - d]);
    if (astray || !callee->powered || late) {
        syn_again(w, at, d, s->type, s->peer_news.since, s->peer_news.tries);
    } else if (!callee->up) {
        open_send(w, at, 1 - d, PHASE_REFUSED, s->type, s->peer_news.since, s->peer_news.tries);
    } else if (closing(w, at, d)) {
        const uint32_t first = t->line[d].first;
        const int64_t due = w->slots[first].flags & SLOT_HELD ? w->now + SYN_RETRY_MS * MS
                                                              : w->lines[first].due;
        open_schedule(w, at, d, PHASE_SYN, s->type, s->peer_news.since, s->peer_news.tries,
                      s->draw_key, due > w->now ? due : w->now + 1);
    } else {
        accept_stream(w, at, d, s->type, s->peer_news.since);
    }
}

/* The refusal of a connection that is gone. While it does not get through, what it answers is sent
 * again, and refused again, until the sender's patience ends. */
static void reset_popped(struct world *w, uint32_t at, int d, const struct slot *s) {
    if (stream_at(w, at)->generation != s->type) return;
    if (!went_astray(w, s)) {
        side_down(w, at, 1 - d, "reset");
        return;
    }
    const int64_t next =
        next_try(w, s->peer_news.since, rto_ns(s->peer_news.tries), patience(w, s->node, s->peer));
    if (next == INT64_MAX)
        side_down(w, at, 1 - d, "timed out");
    else
        open_schedule(w, at, d, PHASE_RESET, s->type, s->peer_news.since, s->peer_news.tries + 1,
                      s->draw_key, next);
}

void stream_open_popped(struct world *w, uint32_t i) {
    const struct slot s = w->slots[i];
    slot_give(w, i);
    w->cause = s.cause;
    const uint32_t at = s.peer_news.stream;
    const int d = side_of(stream_at(w, at), s.peer); /* who sent it */
    if (s.phase == PHASE_SYN) {
        syn_popped(w, at, d, &s);
    } else if (s.phase == PHASE_RESET) {
        reset_popped(w, at, d, &s);
    } else if (dialling_at(w, at)->side[1 - d].connecting == s.type) {
        if (went_astray(w, &s)) {
            syn_again(w, at, 1 - d, s.type, s.peer_news.since, s.peer_news.tries);
            return;
        }
        dialling_at(w, at)->side[1 - d].connecting = 0;
        tell(w, at, 1 - d, false, s.type, "refused");
    }
}

void stream_close(struct world *w, sim_node from, sim_node to, uint32_t channel) {
    const uint32_t at = stream_find(w, from, to, channel);
    if (at == NONE) return;
    struct stream *t = stream_at(w, at);
    const int d = side_of(t, from);
    struct side *side = &t->side[d];
    struct dialling *dialling = dialling_at(w, at);
    const uint32_t called = dialling->side[d].called,
                   known = side->seen > called ? side->seen : called;
    dialling->side[d].connecting = 0;
    dialling->side[d].given_up = dialling->attempts;
    if (known > side->closed) side->closed = known;
    if (!side->up || t->generation > known) return;
    side->up = false;
    line_add_mark(w, at, d, SLOT_END, 0, 0);
}

void streams_crash(struct world *w, sim_node node, bool power) {
    for (size_t k = 0; k < w->nodes[node].stream_count; k++) {
        const uint32_t at = w->nodes[node].streams[k];
        struct stream *t = stream_at(w, at);
        const int d = side_of(t, node);
        const bool was_up = t->side[d].up;
        t->side[d].up = false;
        dialling_at(w, at)->side[d].connecting = 0;
        struct line *l = &t->line[d];
        if (power && l->count) { /* nobody sends again what is lost, or has been lost already */
            if (w->slots[l->first].tries)
                line_drop(w, at, d, "power lost");
            else
                t->orphan[d] = true;
        }
        if (was_up && !power) line_add_mark(w, at, d, SLOT_END, 1, 0);
    }
}
