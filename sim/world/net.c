/*
 * Links and datagrams.
 *
 * Most pairs of nodes have nothing of their own: they share the default link, and no memory is
 * spent on them. A pair exists once it has a setting, a queue or a fault; thousands of nodes need
 * no table of all against all. A link's draws are hash(link, send time, how many this node has sent
 * at this instant), each purpose at an index of its own, so that losing one message, or turning on
 * loss, leaves every other delay as it was.
 *
 * Bandwidth: one direction sends one message at a time; what waits is the queue. Delay comes on
 * top.
 */
#include <stdlib.h>

#include "world/digest.h"

#define BILLION INT64_C(1000000000)

/* Where each purpose finds its draws: delays may take several. */
enum {
    DRAW_DELAY = 0,
    DRAW_LOSS = 1 << 20,
    DRAW_DUPLICATE,
    DRAW_REORDER,
    DRAW_CORRUPT,
    DRAW_BIT,
    DRAW_AGAIN = 1 << 21
};

/* What the faults of now come to, for one pair. */
struct trouble {
    bool cut;
    int64_t loss_ppb, duplicate_ppb, reorder_ppb, reorder_ns, corrupt_ppb, delay_ns, bandwidth;
    bool deliver_corrupt;
};
struct pair {
    sim_node from, to;
    uint32_t own; /* index of its own settings; NONE: the region's or the default */
    int64_t busy_until, queue_bytes_peak;
    uint64_t trouble_version;
    bool troubled;
    struct trouble trouble;
};
struct region_link {
    char *from, *to;
    uint32_t settings;
};
struct hold {
    size_t fault;
    uint32_t *slots;
    size_t count, capacity;
}; /* slots: oldest first */

struct net {
    struct link_settings usual;
    struct link_settings *settings;
    size_t settings_count, settings_capacity;
    struct region_link *regions;
    size_t region_count, region_capacity;
    struct map pair_of;
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    uint64_t trouble_version;
    struct hold *holds;
    size_t hold_count, hold_capacity;
};

struct link_settings link_settings_default(void) {
    return (struct link_settings){.delay = distribution_lognormal(500000, 2000000),
                                  .reorder_ns_max = 10000000,
                                  .reset_after_ns = 10 * BILLION};
}

struct net *net_open(void) {
    struct net *net = must_calloc(1, sizeof *net);
    net->usual = link_settings_default();
    return net;
}

void net_close(struct world *w) {
    struct net *net = w->net;
    for (size_t i = 0; i < net->region_count; i++) {
        free(net->regions[i].from);
        free(net->regions[i].to);
    }
    map_free(&net->pair_of);
    free(net->settings);
    free(net->regions);
    free(net->pairs);
    for (size_t i = 0; i < net->hold_count; i++) free(net->holds[i].slots);
    free(net->holds);
    free(net);
}

/* ---- settings ---- */

static uint64_t pair_key(sim_node from, sim_node to) { return (uint64_t)from << 32 | to; }

static uint32_t pair_index(struct net *net, sim_node from, sim_node to, bool make) {
    uint32_t at = map_get(&net->pair_of, pair_key(from, to));
    if (at != MAP_NONE || !make) return at;
    net->pairs =
        must_grow(net->pairs, &net->pair_capacity, net->pair_count + 1, sizeof *net->pairs);
    at = (uint32_t)net->pair_count++;
    net->pairs[at] = (struct pair){.from = from, .to = to, .own = NONE};
    map_set(&net->pair_of, pair_key(from, to), at);
    return at;
}

static uint32_t settings_add(struct world *w, const struct link_settings *settings) {
    struct net *net = w->net;
    net->settings = must_grow(net->settings, &net->settings_capacity, net->settings_count + 1,
                              sizeof *net->settings);
    net->settings[net->settings_count] = *settings;
    w->net_special = true;
    return (uint32_t)net->settings_count++;
}

void world_link_all(struct world *w, const struct link_settings *settings) {
    w->net->usual = *settings;
    if (settings->loss_ppb || settings->duplicate_ppb || settings->reorder_ppb ||
        settings->corrupt_ppb || settings->bandwidth)
        w->net_special = true;
}

const struct distribution *net_usual_delay(const struct world *w) { return &w->net->usual.delay; }

void world_link(struct world *w, sim_node from, sim_node to, const struct link_settings *settings) {
    const uint32_t own = settings_add(w, settings);
    const uint32_t at = pair_index(w->net, from, to, true); /* it may move the pairs */
    w->net->pairs[at].own = own;
}

void world_link_regions(struct world *w, const char *from, const char *to,
                        const struct link_settings *settings) {
    struct net *net = w->net;
    const uint32_t at = settings_add(w, settings);
    net->regions =
        must_grow(net->regions, &net->region_capacity, net->region_count + 1, sizeof *net->regions);
    net->regions[net->region_count++] =
        (struct region_link){must_strdup(from), must_strdup(to), at};
}

static const struct link_settings *region_settings(const struct world *w, sim_node from,
                                                   sim_node to) {
    const struct net *net = w->net;
    const char *a = w->hosts[w->nodes[from].host].region, *b = w->hosts[w->nodes[to].host].region;
    if (a && b)
        for (size_t i = net->region_count; i-- > 0;) /* what was said last holds */
            if (!strcmp(net->regions[i].from, a) && !strcmp(net->regions[i].to, b))
                return &net->settings[net->regions[i].settings];
    return &net->usual;
}

const struct link_settings *net_settings(struct world *w, sim_node from, sim_node to,
                                         const struct pair *pair) {
    if (pair && pair->own != NONE) return &w->net->settings[pair->own];
    return w->net->region_count ? region_settings(w, from, to) : &w->net->usual;
}

const struct link_settings *world_link_get(const struct world *w, sim_node from, sim_node to) {
    const uint32_t at = map_get(&w->net->pair_of, pair_key(from, to));
    if (at != MAP_NONE && w->net->pairs[at].own != NONE)
        return &w->net->settings[w->net->pairs[at].own];
    return region_settings(w, from, to);
}

/* ---- faults ---- */

/* "Every node" is every other one: what a node sends to itself crosses no network. */
static bool matches(const struct fault *f, sim_node from, sim_node to) {
    if (from == to && (f->a != from || f->b != to)) return false;
    return (f->a == SIM_NOBODY || f->a == from) && (f->b == SIM_NOBODY || f->b == to);
}

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static void trouble_find(struct world *w, struct pair *pair) {
    struct trouble t = {.bandwidth = INT64_MAX};
    bool any = false;
    const uint32_t *lasting;
    const size_t count = faults_lasting(w, &lasting);
    for (size_t i = 0; i < count; i++) {
        const struct fault *f = &world_fault_entry(w, lasting[i])->fault;
        if (f->kind > FAULT_CONGEST || !matches(f, pair->from, pair->to)) continue;
        any = true;
        switch (f->kind) {
        case FAULT_CUT: t.cut = true; break;
        case FAULT_LOSS: t.loss_ppb = most(t.loss_ppb, f->x); break;
        case FAULT_DUPLICATE: t.duplicate_ppb = most(t.duplicate_ppb, f->x); break;
        case FAULT_REORDER:
            t.reorder_ppb = most(t.reorder_ppb, f->x);
            t.reorder_ns = most(t.reorder_ns, f->y);
            break;
        case FAULT_CORRUPT:
            t.corrupt_ppb = most(t.corrupt_ppb, f->x);
            t.deliver_corrupt |= f->y != 0;
            break;
        case FAULT_DELAY: t.delay_ns = add_sat(t.delay_ns, f->x); break;
        case FAULT_CONGEST:
            if (f->x < t.bandwidth) t.bandwidth = f->x;
            break;
        default: break;
        }
    }
    pair->trouble = t;
    pair->troubled = any;
    pair->trouble_version = w->net->trouble_version;
}

void net_faults_changed(struct world *w) {
    const uint32_t *lasting;
    const size_t count = faults_lasting(w, &lasting);
    w->net->trouble_version++;
    w->net_faulty = false;
    for (size_t i = 0; i < count; i++)
        if (world_fault_entry(w, lasting[i])->fault.kind <= FAULT_HOLD) w->net_faulty = true;
    if (w->net_faulty) w->net_special = true;
}

struct pair *net_pair(struct world *w, sim_node from, sim_node to) {
    struct net *net = w->net;
    if (!w->net_special) return NULL;
    const uint32_t at =
        pair_index(net, from, to, w->net_faulty || net->usual.bandwidth || net->region_count);
    if (at == MAP_NONE) return NULL;
    struct pair *pair = &net->pairs[at];
    if (pair->trouble_version != net->trouble_version) trouble_find(w, pair);
    return pair;
}

static void credit(struct world *w, enum fault_kind kind, sim_node from, sim_node to) {
    const size_t index = fault_active(w, kind, from, to);
    if (index != SIZE_MAX) fault_effective(w, index);
}

bool net_cut(struct world *w, sim_node from, sim_node to) {
    const struct pair *pair = net_pair(w, from, to);
    if (!pair || !pair->troubled || !pair->trouble.cut) return false;
    credit(w, FAULT_CUT, from, to);
    return true;
}

/* The link's own misfortune, then the fault's: one draw decides both, so that a fault that is
 * masked leaves the link's own losses where they were. */
static bool unlucky(struct world *w, enum fault_kind kind, const struct pair *pair, int64_t own_ppb,
                    int64_t fault_ppb, uint64_t key, uint64_t index) {
    if (own_ppb == 0 && fault_ppb == 0) return false;
    struct random r = {key, index};
    const int64_t roll = draw_below(&r, BILLION);
    if (roll < own_ppb) return true;
    if (roll >= fault_ppb) return false;
    credit(w, kind, pair->from, pair->to);
    return true;
}

bool net_lost(struct world *w, sim_node from, sim_node to, uint64_t key) {
    const struct pair *pair = net_pair(w, from, to);
    const struct link_settings *s = net_settings(w, from, to, pair);
    const struct trouble none = {0}, *t = pair ? &pair->trouble : &none;
    return unlucky(w, FAULT_LOSS, pair, s->loss_ppb, t->loss_ppb, key, DRAW_LOSS) ||
           unlucky(w, FAULT_CORRUPT, pair, s->corrupt_ppb, t->corrupt_ppb, key, DRAW_CORRUPT);
}

/* ---- sending ---- */

int64_t net_arrival(struct world *w, sim_node from, sim_node to, int64_t bytes, uint64_t key,
                    bool bounded) {
    struct pair *pair = net_pair(w, from, to);
    const struct link_settings *s = net_settings(w, from, to, pair);
    struct random r = {key, DRAW_DELAY};
    int64_t delay = distribution_sample_inline(&s->delay, &r), leaves = w->now;
    if (!pair) return add_sat(leaves, delay);
    int64_t bandwidth = s->bandwidth;
    if (pair->troubled) {
        if (pair->trouble.delay_ns) {
            credit(w, FAULT_DELAY, from, to);
            delay = add_sat(delay, pair->trouble.delay_ns);
        }
        if (pair->trouble.bandwidth != INT64_MAX &&
            (!bandwidth || pair->trouble.bandwidth < bandwidth)) {
            bandwidth = pair->trouble.bandwidth > 0 ? pair->trouble.bandwidth : 1;
            credit(w, FAULT_CONGEST, from, to);
        }
    }
    if (bandwidth || pair->busy_until > w->now) {
        if (pair->busy_until > leaves) leaves = pair->busy_until;
        if (bounded && s->queue_bytes_max && leaves > w->now &&
            add_sat(mul_div_up(leaves - w->now, bandwidth, BILLION), bytes) > s->queue_bytes_max)
            return INT64_MAX; /* what finds the link idle does not wait */
        if (bandwidth) leaves = add_sat(leaves, mul_div_up(bytes, BILLION, bandwidth));
        pair->busy_until = leaves;
    }
    return add_sat(leaves, delay);
}

static void flip_bit(struct world *w, struct slot *s, uint64_t key) {
    if (s->size == 0) return;
    struct random r = {key, DRAW_BIT};
    uint8_t *bytes = s->flags & SLOT_LARGE ? s->large : s->bytes;
    const int64_t bit = draw_below(&r, (int64_t)s->size * 8);
    bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
    s->flags |= SLOT_CORRUPT;
    (void)w;
}

static uint32_t copy_of(struct world *w, uint32_t i) {
    const uint32_t k = slot_take(w);
    struct slot *copy = &w->slots[k];
    const struct slot *s = &w->slots[i];
    *copy = *s;
    if (s->flags & SLOT_LARGE) memcpy(slot_reserve(w, copy, s->size), slot_bytes(s).data, s->size);
    return k;
}

/* What faults do to a datagram. False: it is gone. `arrives` may move. */
static bool survive(struct world *w, uint32_t i, uint64_t key, int64_t *arrives) {
    const int64_t on_time = *arrives;
    struct slot *s = &w->slots[i];
    const struct pair *pair = net_pair(w, s->peer, s->node);
    const struct link_settings *own = net_settings(w, s->peer, s->node, pair);
    const struct trouble none = {0}, *t = pair && pair->troubled ? &pair->trouble : &none;
    if (t->cut) {
        credit(w, FAULT_CUT, s->peer, s->node);
        record_drop(w, s, "cut");
        return false;
    }
    if (unlucky(w, FAULT_LOSS, pair, own->loss_ppb, t->loss_ppb, key, DRAW_LOSS)) {
        record_drop(w, s, "lost");
        return false;
    }
    if (unlucky(w, FAULT_CORRUPT, pair, own->corrupt_ppb, t->corrupt_ppb, key, DRAW_CORRUPT)) {
        flip_bit(w, s, key);
        if (!own->deliver_corrupt && !t->deliver_corrupt) {
            record_drop(w, s, "checksum");
            return false;
        }
    }
    if (unlucky(w, FAULT_REORDER, pair, own->reorder_ppb, t->reorder_ppb, key, DRAW_REORDER)) {
        struct random which = {key, DRAW_REORDER}, r = {key, DRAW_REORDER + DRAW_AGAIN};
        const bool by_link = draw_below(&which, BILLION) < own->reorder_ppb;
        const int64_t span = by_link ? own->reorder_ns_max : t->reorder_ns;
        *arrives = add_sat(*arrives, draw_below(&r, most(span, 1)));
    }
    if (unlucky(w, FAULT_DUPLICATE, pair, own->duplicate_ppb, t->duplicate_ppb, key,
                DRAW_DUPLICATE)) {
        const uint32_t copy = copy_of(w, i);
        struct random first = {key, DRAW_DELAY}, again = {key, DRAW_AGAIN};
        const int64_t delay = distribution_sample(&own->delay, &first);
        const int64_t other = distribution_sample(&own->delay, &again);
        schedule(w, add_sat(on_time - delay, other), copy); /* it left with the first one */
    }
    return true;
}

static void datagram_send(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const uint64_t key = net_draw_key(w, s->peer, s->node);
    int64_t arrives = net_arrival(w, s->peer, s->node, s->modelled, key, true);
    if (arrives == INT64_MAX) {
        record_drop(w, s, "queue full");
        slot_give(w, i);
        return;
    }
    if (!survive(w, i, key, &arrives)) {
        slot_give(w, i);
        return;
    }
    schedule(w, arrives, i);
}

void net_send(struct world *w, uint32_t i) {
    if (w->net->hold_count == 0 || !net_hold(w, i)) datagram_send(w, i);
}

void datagram_meets(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const char *why = !w->nodes[s->node].up                           ? "down"
                      : w->net_faulty && net_cut(w, s->peer, s->node) ? "cut"
                                                                      : NULL;
    if (why) {
        record_drop(w, s, why);
        slot_give(w, i);
    } else {
        node_arrive(w, i);
    }
}

/* ---- held messages ---- */

void net_hold_open(struct world *w, size_t fault) {
    struct net *net = w->net;
    net->holds =
        must_grow(net->holds, &net->hold_capacity, net->hold_count + 1, sizeof *net->holds);
    net->holds[net->hold_count++] = (struct hold){.fault = fault};
}

static bool held_by(const struct fault *f, const struct slot *s) {
    return matches(f, s->peer, s->node) && (f->x < 0 || f->x == s->type) &&
           (f->y < 0 || f->y == s->channel);
}

bool net_hold(struct world *w, uint32_t i) {
    struct net *net = w->net;
    for (size_t k = 0; k < net->hold_count; k++) {
        struct hold *h = &net->holds[k];
        const struct fault_entry *entry = world_fault_entry(w, h->fault);
        if (entry->healed_ns != INT64_MAX || !held_by(&entry->fault, &w->slots[i])) continue;
        fault_effective(w, h->fault);
        h->slots = must_grow(h->slots, &h->capacity, h->count + 1, sizeof *h->slots);
        h->slots[h->count++] = i;
        return true;
    }
    return false;
}

void net_hold_forget(struct world *w, uint32_t i) {
    for (size_t k = 0; k < w->net->hold_count; k++) {
        struct hold *h = &w->net->holds[k];
        size_t kept = 0;
        for (size_t j = 0; j < h->count; j++)
            if (h->slots[j] != i) h->slots[kept++] = h->slots[j];
        h->count = kept;
    }
}

/* Lets up to `count` go, oldest first: each is sent now. */
static size_t hold_release(struct world *w, struct hold *h, int64_t count) {
    const size_t gone = count < 0 || (size_t)count > h->count ? h->count : (size_t)count;
    for (size_t j = 0; j < gone; j++) {
        const uint32_t i = h->slots[j];
        if (w->slots[i].kind == SLOT_STREAM)
            stream_release(w, i);
        else
            datagram_send(w, i);
    }
    if (gone) memmove(h->slots, h->slots + gone, (h->count - gone) * sizeof *h->slots);
    h->count -= gone;
    return gone;
}

void net_hold_close(struct world *w, size_t fault) {
    struct net *net = w->net;
    for (size_t k = 0; k < net->hold_count; k++) {
        if (net->holds[k].fault != fault) continue;
        hold_release(w, &net->holds[k], -1);
        free(net->holds[k].slots);
        memmove(&net->holds[k], &net->holds[k + 1], (net->hold_count - k - 1) * sizeof *net->holds);
        net->hold_count--;
        return;
    }
}

size_t world_release(struct world *w, sim_node from, sim_node to, int64_t type, int64_t count) {
    size_t gone = 0;
    for (size_t k = 0; k < w->net->hold_count; k++) {
        struct hold *h = &w->net->holds[k];
        const struct fault *f = &world_fault_entry(w, h->fault)->fault;
        if (f->a != from || f->b != to || (type >= 0 && f->x != type)) continue;
        gone += hold_release(w, h, count < 0 ? -1 : count - (int64_t)gone);
    }
    return gone;
}

int64_t net_measure(struct world *w, const char *what, sim_node from, sim_node to) {
    const uint32_t at = map_get(&w->net->pair_of, pair_key(from, to));
    if (strcmp(what, "queue_bytes") && strcmp(what, "queue_ns")) return SIM_NONE;
    if (at == MAP_NONE) return 0;
    struct pair pair = w->net->pairs[at]; /* a copy: who measures changes nothing */
    const int64_t wait = pair.busy_until > w->now ? pair.busy_until - w->now : 0;
    if (what[6] == 'n') return wait;
    trouble_find(w, &pair);
    int64_t bandwidth = net_settings(w, from, to, &pair)->bandwidth;
    if (pair.trouble.bandwidth != INT64_MAX && (!bandwidth || pair.trouble.bandwidth < bandwidth))
        bandwidth = pair.trouble.bandwidth;
    return mul_div(wait, bandwidth, BILLION);
}
