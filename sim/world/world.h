/*
 * The inside of a world: what the files of this folder share, and nobody else sees.
 *
 * One idea a file: queue (what is next), slot (what an entry of the queue stands for), trace
 * (records and the digest), node (a model and its life), timer, cpu (lanes), net (links,
 * datagrams), stream, disk, fault (the list), fact (laws), history (clients' operations), look
 * (observers), sim (the loop). A slot belongs to exactly one holder at a time: the queue, an inbox,
 * a stream's line, a hold, or the free list.
 */
#ifndef WORLD_WORLD_H
#define WORLD_WORLD_H

#include <assert.h>
#include <string.h>

#include "base/codec.h"
#include "base/map.h"
#include "base/memory.h"
#include "world/clock.h"
#include "world/out.h"
#include "world/queue.h"
#include "world/sim.h"

#define NONE UINT32_MAX

/* ---- slots: what an entry of the queue stands for ---- */

enum slot_kind {
    SLOT_FREE,
    SLOT_DATAGRAM, /* a message on its way */
    SLOT_STREAM,   /* the head of a stream's line: a message, or its end */
    SLOT_OPEN,     /* a step of a stream's handshake */
    SLOT_PEER,     /* news of a stream for a node */
    SLOT_TIMER,
    SLOT_DISK,
    SLOT_CPU,      /* a host's next completion */
    SLOT_WORK,     /* its answer to a node */
    SLOT_RELEASE,  /* a busy step's effects leave */
    SLOT_START,
    SLOT_COMMAND,
    SLOT_CALL,     /* the scenario's callback */
    SLOT_KINDS,
};

enum { NODES_MAX = 1 << 20 };
enum { SLOT_INLINE = 64, SLOTS_RESERVE = 1 << 16 };
enum slot_flag { SLOT_CORRUPT = 1, SLOT_END = 2 /* of a stream: FIN or RST */, SLOT_LARGE = 4 };

struct slot {
    uint32_t next; /* in whatever list holds it */
    uint8_t kind, flags;
    union { uint16_t phase, tries; }; /* OPEN; STREAM: how often it was sent again */
    sim_node node, peer;   /* to, from */
    uint32_t incarnation;  /* of the node, or of the stream */
    uint32_t channel, type, size;
    int64_t cause;
    int64_t number, modelled; /* of a message */
    union { uint64_t draw_key; uint32_t stream; }; /* OPEN; STREAM: which, or NONE */
    union {
        uint8_t bytes[SLOT_INLINE];
        uint8_t *large; /* SLOT_LARGE */
        struct { uint64_t id; } timer;
        struct { uint32_t host, lane; uint64_t tag; } work;
        struct { uint32_t operation; } disk;
        struct {
            uint32_t stream; int64_t since; uint32_t tries; const char *why; bool up;
        } peer_news;
        struct { size_t which; uint64_t request; struct command *command; } command;
        struct { world_callback *call; void *context; } call;
    };
};
_Static_assert(sizeof(struct slot) == 128, "a slot is two cache lines");

/* What only streams need of a waiting message, beside the slots so that these stay small. */
struct slot_line { int64_t due, since; uint64_t order, key; };

/* ---- nodes ---- */

struct kind { /* a model, as all its nodes share it */
    const struct sim_model *model;
    uint32_t channels;        /* how many it has; 0: any, all datagrams */
    uint64_t stream_channels; /* bit c: channel c is a stream */
    size_t facts;
    uint32_t *first; /* per fact the index of its first reader; a sentinel ends */
    struct reader_of_fact *readers;
    size_t reader_count, reader_capacity;
};
struct timer {
    uint64_t id;
    int64_t reading, due;  /* of its clock; true time */
    uint64_t order;
    int64_t cause;         /* who armed it */
    int64_t queued_ns;     /* when its entry leaves the queue */
    uint32_t slot;         /* its entry; NONE */
    bool armed, wall;
};
struct disk_file;
struct node {
    /* hot: one cache line is all that a message usually touches */
    _Alignas(64) const struct kind *kind;
    void *state; /* NULL while down */
    uint64_t key;
    int64_t mono_shift, wall_shift; /* of clocks that only differ from true time by an offset */
    int64_t instant_ns;             /* the last at which it did anything, */
    uint32_t steps, sends;          /* and how much at it */
    uint32_t inbox_count;
    bool up, paused, busy, shifted; /* shifted: the shifts hold */
    /* warm */
    bool draining, powered;
    uint32_t host, incarnation;
    uint32_t inbox_first, inbox_last;
    const struct sim_model *model;
    const struct clock *clock; /* its host's */
    struct map timer_of;
    struct timer *timers;
    uint32_t *timers_free;
    size_t timer_count, timer_capacity, timers_free_count, timers_free_capacity;
    struct sim_out *held; /* effects of a busy step */
    struct memory *memory;
    struct map lane_of;
    uint32_t *streams;
    size_t stream_count, stream_capacity;
    uint32_t *lanes;
    size_t lane_count, lane_capacity;
    int64_t disk_ns;
    uint64_t disk_draws;
    /* cold */
    char *name;
    struct sim_value *knobs;
    struct sim_config config;
    int64_t starts, invoked;
    uint32_t *idle_processes;
    size_t idle_count, idle_capacity;
    struct map operation_of;
    struct disk_volume *volume;
};

struct host {
    struct clock *clock; /* allocated alone, so that nodes may point to it */
    struct cpu *cpu;
    struct disk *disk;
    char *name, *region, *zone, *rack;
    uint64_t key;
    uint32_t *nodes;
    size_t node_count, node_capacity;
};

struct watch { int64_t period_ns, next_ns; world_callback *call; void *context; };
struct when { world_predicate *test; void *context; };
struct command { /* one asked of a node and not answered yet */
    uint64_t request;
    sim_node node;
    size_t which;
    struct sim_value *args;
    size_t count;
    world_reply *reply;
    void *context;
    bool asked; /* the node has seen it: from here it may answer */
    struct command *next;
};

struct world {
    /* the loop's */
    struct queue queue;
    struct slot *slots;
    struct slot_line *lines;
    uint32_t slot_free, slots_used, slots_max;
    int64_t now, cause;
    uint64_t order, tie_key;
    struct digest *digest;
    int64_t seq, events, messages, events_max;
    int64_t events_look, looked_ns; /* at so many events the loop looks where it is; where it was
                                       at the last look */
    struct trace_sink *sinks;
    struct node *nodes;
    uint64_t *node_keys; /* again, and close together: each send needs its receiver's */
    struct host *hosts;
    struct sim_out *out;
    struct net *net;
    struct streams *streams;
    bool stopped;
    const struct distribution *usual_delay; /* of the default link */
    bool net_special; /* a link may be more than that: settings, regions, bandwidth, losses or
                         faults */
    bool net_faulty;  /* network faults last */
    int64_t next_watch_ns;
    size_t when_count;
    /* the rest */
    struct world_options options;
    enum world_end end;
    struct text why;
    uint64_t seed_key;
    size_t node_count, host_count, host_capacity;
    struct map node_of; /* hash of a name -> node */
    struct memory *memory; /* large bodies, and other things that come and go */
    struct sim_out *outs_free;
    struct watch *watches;
    size_t watch_count, watch_capacity;
    struct when *whens;
    size_t when_capacity;
    struct command *commands;
    uint64_t requests;
    struct fault_list *faults;
    struct law_table *laws;
    struct history *history;
};

/* ---- slot.c ---- */
uint32_t slot_take_new(struct world *);
void slot_free_large(struct world *, struct slot *);
static inline uint32_t slot_take(struct world *w) {
    const uint32_t i = w->slot_free;
    if (__builtin_expect(i == NONE, 0)) return slot_take_new(w);
    w->slot_free = w->slots[i].next;
    unpoison(w->slots[i].bytes, SLOT_INLINE);
    return i;
}
static inline void slot_give(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    if (__builtin_expect(s->flags & SLOT_LARGE, 0)) slot_free_large(w, s);
    s->kind = SLOT_FREE;
    s->next = w->slot_free;
    poison(s->bytes, SLOT_INLINE); /* a message's body is its receiver's for the step alone */
    w->slot_free = i;
}
uint8_t *slot_reserve(struct world *, struct slot *, size_t size); /* where its bytes go */
void *under_way_take(struct world *, size_t size); /* of the world's memory, within its limit */
static inline struct sim_bytes slot_bytes(const struct slot *s) {
    return (struct sim_bytes){s->flags & SLOT_LARGE ? s->large : s->bytes, s->size};
}
uint64_t order_shuffled(const struct world *, uint64_t order);
static inline uint64_t order_next(struct world *w) {
    const uint64_t order = w->order++;
    assert(order < UINT64_C(1) << QUEUE_ORDER_BITS);
    return __builtin_expect(w->options.tie_shuffle, 0) ? order_shuffled(w, order) : order;
}
static inline void schedule(struct world *w, int64_t t, uint32_t slot) {
    assert(t >= w->now);
    queue_push(&w->queue, queue_key_make(t, order_next(w), slot));
}

/* ---- trace.c ---- */
/* Each adds a record to the digest, shows it to the sinks if there are any, and returns its seq.
 * The general one, and those that build no struct while nobody reads it: for what is two
 * numbers, for notes, for a message's end; digest.h has the others. hash: of the bytes and key. */
struct digest *digest_open(void);
void digest_close(struct digest *);
uint64_t digest_value(const struct digest *);
int64_t record_add(struct world *, struct record *, uint64_t hash);
int64_t record_drop(struct world *, const struct slot *, const char *why);
int64_t record_small(struct world *, enum record_kind, sim_node, int64_t cause, int64_t a,
                     int64_t b);
int64_t record_values(struct world *, enum record_kind, sim_node, uint32_t type,
                      const int64_t *values, size_t count);
uint64_t bytes_hash(const void *, size_t);

/* ---- node.c ---- */
void node_power_on(struct world *, sim_node);             /* restart: START is handled now */
void node_crash(struct world *, sim_node, bool power, const char *why);
void node_pause(struct world *, sim_node);
void node_resume(struct world *, sim_node);
/* A slot has come for the node: handled now, or when the node is ready. The node owns it from
   here. */
void node_arrive(struct world *, uint32_t slot);
/* The same, of a message that the node would have: a stream's is known to be up and of this
   generation. */
void node_message(struct world *, uint32_t slot);
void node_drain(struct world *, sim_node);
void datagram_popped(struct world *, uint32_t slot);
/* the effects from there on */
void node_apply(struct world *, sim_node, struct sim_out *, size_t from);
void node_command(struct world *, sim_node, struct command *);
void node_forget(struct world *, struct node *); /* at the end of the world */
/* The node, with its counts of what it has done at this instant. */
static inline struct node *node_at_instant(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    if (n->instant_ns != w->now) {
        n->instant_ns = w->now;
        n->steps = n->sends = 0;
    }
    return n;
}
static inline bool node_ready(const struct node *n) { return n->up && !n->paused && !n->busy; }
struct sim_out *out_take(struct world *);
void out_give(struct world *, struct sim_out *);
void world_fail(struct world *, enum world_end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What the node's clocks read now. */
static inline struct sim_clocks node_clocks(const struct world *w, const struct node *n) {
    if (__builtin_expect(n->shifted, 1))
        return (struct sim_clocks){w->now + n->mono_shift, w->now + n->wall_shift, -1};
    return clock_read(n->clock, w->now);
}
void node_clock_changed(struct node *);
void host_clock_changed(struct world *, uint32_t host); /* and timers are due at other times */

/* ---- timer.c ---- */
void timer_arm(struct world *, sim_node, uint64_t id, int64_t reading, bool wall);
void timer_disarm(struct world *, sim_node, uint64_t id);
void timer_popped(struct world *, uint32_t slot);
bool timer_take(struct world *, struct slot *); /* at handling: still armed and due; disarms it */
void timers_moved(struct world *, sim_node); /* its clock has changed */
void timers_clear(struct node *);

/* ---- cpu.c ---- */
#define LANE_MAIN UINT32_MAX /* the step itself, when it is busy */
struct cpu *cpu_open(uint32_t cores);
void cpu_close(struct cpu *);
void cpu_work(struct world *, sim_node, uint32_t lane, int64_t cpu_ns, uint64_t tag);
void cpu_cancel(struct world *, sim_node, uint32_t lane, uint64_t tag);
void cpu_popped(struct world *, uint32_t slot);
void cpu_node_stops(struct world *, sim_node, bool for_ever); /* pause, or crash */
void cpu_node_goes_on(struct world *, sim_node);
void cpu_speed(struct world *, uint32_t host, int64_t ppb);
int64_t cpu_lanes_running(const struct cpu *);

/* ---- net.c ---- */
struct net *net_open(void);
void net_close(struct world *);
void net_send(struct world *, uint32_t slot); /* a datagram leaves; what the link is and suffers
                                                 decides */
void datagram_meets(struct world *, uint32_t slot); /* a node that is not ready, or trouble */
struct pair; /* what is special between two nodes, one way; NULL: nothing */
struct pair *net_pair(struct world *, sim_node from, sim_node to);
const struct link_settings *net_settings(struct world *, sim_node from, sim_node to,
                                         const struct pair *);
void net_faults_changed(struct world *);
bool net_cut(struct world *, sim_node from, sim_node to); /* and counts the fault as effective */
/* Lost on this attempt by a link's own loss, or by a fault. */
bool net_lost(struct world *, sim_node from, sim_node to, uint64_t key);
/* When something sent now arrives: queueing, transmission and delay. INT64_MAX: the queue is
   full. */
int64_t net_arrival(struct world *, sim_node from, sim_node to, int64_t bytes, uint64_t key,
                    bool bounded);
const struct distribution *net_usual_delay(const struct world *);
/* Of a link's draws for the message that leaves now. */
static inline uint64_t net_draw_key(struct world *w, sim_node from, sim_node to) {
    struct node *n = node_at_instant(w, from);
    const uint64_t other = w->node_keys[to], link = n->key + (other << 1 | other >> 63);
    return random_key_then(link, w->now, n->sends++);
}
bool net_hold(struct world *, uint32_t slot); /* true: a HOLD keeps it until it lets go */
void net_hold_forget(struct world *, uint32_t slot); /* it is gone, with its stream */
void net_hold_open(struct world *, size_t fault);
void net_hold_close(struct world *, size_t fault);
int64_t net_measure(struct world *, const char *what, sim_node from, sim_node to);

/* ---- stream.c ---- */
struct streams *streams_open(void);
void streams_close(struct world *);
void stream_connect(struct world *, sim_node from, sim_node to, uint32_t channel);
void stream_close(struct world *, sim_node from, sim_node to, uint32_t channel);
/* Finds the stream of a message that is to be sent: early, as that takes a while. One that is
 * opened meanwhile is not up yet anyway. */
void stream_look(const struct world *, sim_node from, struct slot *);
void stream_send(struct world *, uint32_t slot); /* a message; the stream owns it from here */
void stream_release(struct world *, uint32_t slot); /* a HOLD has let go of it */
void stream_prefetch(const struct world *, const struct slot *);
void stream_popped(struct world *, uint32_t slot);
void stream_open_popped(struct world *, uint32_t slot);
/* At handling, of a message or news: may it still be delivered? News of a stream is known from
   here. */
bool stream_carries(struct world *, const struct slot *);
void streams_crash(struct world *, sim_node, bool power);

/* ---- disk.c ---- */
struct disk *disk_open(const struct disk_settings *);
void disk_close(struct world *, struct host *);
void disk_node_open(struct node *);
void disk_node_close(struct world *, struct node *);
void disk_issue(struct world *, sim_node, const struct sim_disk *);
void disk_popped(struct world *, uint32_t slot);
/* Fills in the answer; false: it is of no use any more. */
bool disk_take(struct world *, struct slot *, struct sim_disk *answer);
void disk_done(struct world *, struct slot *); /* after the step has seen it */
int64_t disk_crash_node(struct world *, sim_node, bool power); /* writes lost */
size_t disk_files(struct world *, sim_node, struct sim_file **files); /* malloc'ed, sorted */
bool disk_fault(struct world *, const struct fault *, size_t index); /* effective at once? */
void disk_heal(struct world *, const struct fault *, size_t index);
int64_t disk_measure(struct world *, const char *what, sim_node);

/* ---- fault.c ---- */
struct fault_list *faults_open(void);
void faults_close(struct fault_list *);
void fault_effective(struct world *, size_t index);
/* The first fault of that kind that lasts and matches (a, b); SIZE_MAX: none. */
size_t fault_active(const struct world *, enum fault_kind, sim_node a, sim_node b);
/* A crash ends what befell the process alone: its pauses. */
void faults_of_life_end(struct world *, sim_node);
size_t faults_lasting(const struct world *, const uint32_t **indexes); /* in order of injection */

/* ---- fact.c ---- */
struct law_table *laws_open(void);
void laws_close(struct world *);
/* and its laws are the world's */
const struct kind *kind_of(struct world *, const struct sim_model *);
void facts_fold(struct world *, struct sim_fact *); /* which: of its model's; it is changed */

/* ---- history.c ---- */
struct history *history_open(void);
void history_close(struct history *);
void history_invoke(struct world *, sim_node, int64_t client, int64_t operation, const char *f,
                    struct sim_bytes key, struct sim_bytes value);
void history_return(struct world *, sim_node, int64_t operation, enum sim_outcome,
                    struct sim_bytes value, int64_t version, const char *error);
void history_crash(struct world *, sim_node);

#endif
