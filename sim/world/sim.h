/*
 * A world: nodes on hosts, a network, disks, clocks, and the loop that runs them.
 *
 * Build it (hosts, nodes, links, laws, callbacks), run it, look at it, destroy it. Everything is
 * owned by the world and freed with it; names are copied. Many worlds may live in one process, each
 * used by one thread. Times are true time in ns from 0. What the world does depends on its options,
 * on the order of the calls that build it, and on the seed; never on who watches.
 */
#ifndef WORLD_SIM_H
#define WORLD_SIM_H

#include "base/distribution.h"
#include "base/text.h"
#include "wall/model.h"
#include "world/fault.h"
#include "world/trace.h"

struct world;

struct world_options {
    uint64_t seed;
    bool tie_shuffle;    /* events of one instant run in an order that the seed picks */
    bool go_on;          /* a broken law does not end the run */
    int64_t events_max;  /* 0: no limit; more is a limit error */
    int64_t pending_max; /* 0: 16M; events waiting at once (messages, timers, ...) */
    size_t node_memory_max; /* bytes a node may have; 0: 1 GiB */
    size_t under_way_max;   /* bytes of long messages and disk orders that wait at once; 0: no
                               limit */
};
struct world *world_create(const struct world_options *);
void world_destroy(struct world *);

/* ---- building ---- */

/* error < 0: none */
struct clock_settings { int64_t offset_ns, drift_ppb, error_ns, error_growth_ppb; };
enum disk_crash { DISK_LOSES_ALL, DISK_KEEPS_PREFIX, DISK_KEEPS_ANY };
struct disk_settings {
    struct distribution read, write, sync; /* latency of one operation */
    int64_t bandwidth;      /* bytes per second, shared by all of them; 0: unlimited */
    int64_t capacity;       /* bytes; 0: unlimited */
    enum disk_crash crash;  /* what a power loss leaves of writes not synced */
    bool tears;             /* the last write kept may be cut at a sector of 512 bytes */
    bool keeps_dirty;       /* a failed sync keeps dirty pages, to be tried again; Linux drops
                               them */
};
struct host_options {
    const char *name, *region, *zone, *rack; /* NULL: none */
    uint32_t cores;                          /* 0: one for each lane that wants one */
    struct clock_settings clock;
    struct disk_settings disk;
};
struct host_options host_options_default(void);
typedef uint32_t sim_host;
sim_host world_add_host(struct world *, const struct host_options *);

struct knob_setting { const char *name; struct sim_value value; };
struct node_options {
    const char *name;
    const struct sim_model *model; /* lives as long as the world */
    sim_host host;
    const struct knob_setting *knobs; /* those that differ from the default; by name */
    size_t knob_count;
    const char *const *bugs; /* names; NULL at the end, or NULL */
    bool off;                /* made, but not powered on until a RESTART fault */
    int64_t start_ns;        /* when it is powered on */
};
/* SIM_NOBODY with a sentence in `error`: a name taken, an unknown knob or bug (with the nearest
 * name), a value out of range, init refused. */
sim_node world_add_node(struct world *, const struct node_options *, struct text *error);

struct link_settings {
    struct distribution delay;
    int64_t bandwidth;       /* bytes per second, of one direction; 0: unlimited, no queue */
    int64_t queue_bytes_max; /* what may wait for it: a datagram past it is dropped; 0: no bound */
    int64_t loss_ppb, duplicate_ppb, reorder_ppb, corrupt_ppb;
    int64_t reorder_ns_max;
    bool deliver_corrupt;
    int64_t reset_after_ns;  /* how long a stream keeps retransmitting before it is reset */
};
struct link_settings link_settings_default(void);
void world_link_all(struct world *, const struct link_settings *);  /* where nothing else is said */
void world_link(struct world *, sim_node from, sim_node to, const struct link_settings *);
void world_link_regions(struct world *, const char *from, const char *to,
                        const struct link_settings *);
/* What holds between two nodes now. */
const struct link_settings *world_link_get(const struct world *, sim_node from, sim_node to);

/* A law of a model comes with its first node; these are more. `law` lives as long as the world.
 * Facts are found by name over all models. */
/* Facts are recorded as ever, and nobody judges them: for measuring what laws cost. */
void world_laws_off(struct world *);
void world_add_law(struct world *, const struct sim_law *);

/* ---- acting ----
 * Callbacks of the scenario. They may call anything in this section and the building one. */
typedef void world_callback(struct world *, void *context);
void world_at(struct world *, int64_t t, world_callback *, void *context); /* t >= now */
/* After each event, while it is there, until it answers true. */
typedef bool world_predicate(struct world *, void *context);
void world_when(struct world *, world_predicate *, void *context);

/* Index in the list of faults. Takes effect at once. */
size_t world_fault(struct world *, const struct fault *, bool generated);
/* The same, of a plan that the scenario knows nothing of; ends at until_ns, INT64_MAX: not by
   itself. */
size_t world_fault_planned(struct world *, const struct fault *, int64_t until_ns);
/* From now on every fault counts as generated, the scenario's own too: it draws them from the
   seed. */
void world_random_faults(struct world *);
/* Ends the faults that match kind and targets exactly; FAULT_KINDS: every one that can be healed.
 * How many ended. */
size_t world_heal(struct world *, enum fault_kind, sim_node a, sim_node b);
bool world_heal_one(struct world *, size_t index); /* by its index; false: it had ended */
/* Lets go of `count` (or all: -1) messages that a HOLD keeps, oldest first; how many went. */
size_t world_release(struct world *, sim_node from, sim_node to, int64_t type, int64_t count);

/* Asks a node. `reply` (or NULL) is called when it answers; never, if it crashes first. args: the
 * command's columns, in order, checked here: false with a sentence in `error`. */
typedef void world_reply(struct world *, void *context, bool ok, struct sim_bytes);
bool world_command(struct world *, sim_node, size_t command, const struct knob_setting *args,
                   size_t count, world_reply *, void *context, struct text *error);

enum world_end {
    WORLD_TIME_IS_UP, WORLD_NOTHING_LEFT, WORLD_LAW_BROKEN, WORLD_MODEL_ERROR, WORLD_LIMIT,
    WORLD_STOPPED,
};
/* Runs until `until_ns` (all events at that instant included). May be called again to go on. */
enum world_end world_run(struct world *, int64_t until_ns);
void world_stop(struct world *, const char *why); /* from a callback, watch or signal handler's
                                                     flag */
bool world_ended_by_limit(const struct world *);
const char *world_why(const struct world *);      /* of MODEL_ERROR, LIMIT, STOPPED: a sentence */

/* ---- looking ---- */

int64_t world_now(const struct world *);
uint64_t world_seed(const struct world *);
uint64_t world_digest(const struct world *);
int64_t world_events(const struct world *);  /* popped from the queue */
int64_t world_records(const struct world *); /* the last seq */
int64_t world_pending(const struct world *);
/* a stream's key */
uint64_t world_stream(const struct world *, const char *kind, const char *name);

size_t world_nodes(const struct world *);
const char *world_node_name(const struct world *, sim_node);
sim_node world_node_find(const struct world *, const char *name); /* SIM_NOBODY: none */
const struct sim_model *world_node_model(const struct world *, sim_node);
sim_host world_node_host(const struct world *, sim_node);
bool world_node_up(const struct world *, sim_node);
bool world_node_paused(const struct world *, sim_node);
int64_t world_node_starts(const struct world *, sim_node);
struct sim_clocks world_node_clocks(const struct world *, sim_node);
void *world_node_state(struct world *, sim_node); /* NULL while it is down */
void world_node_describe(struct world *, sim_node, struct text *);
/* SIM_NONE while the node is down. */
int64_t world_probe(struct world *, sim_node, size_t probe);
/* What the engine itself can measure, by name: SIM_NONE when not known. Of a pair: queue_bytes,
 * queue_ns. Of a node (b SIM_NOBODY): disk_queue_ns, disk_bytes, disk_dirty_bytes, cpu_lanes,
 * inbox, memory_bytes, clock_offset_ns. */
int64_t world_measure(struct world *, const char *what, sim_node a, sim_node b);
const char *const *world_measures(void); /* their names; NULL at the end */

struct view_cell { bool is_text; int64_t number; const char *text; }; /* number SIM_NONE: NULL */
struct view {
    const struct sim_table *table;
    size_t columns, rows;
    struct view_cell *cells; /* row by row */
    struct text strings;     /* what texts point into */
};
/* False while the node is down (no rows). view_free when done. */
bool world_view(struct world *, sim_node, size_t view, struct view *);
void view_free(struct view *);

size_t world_faults(const struct world *);
const struct fault_entry *world_fault_entry(const struct world *, size_t index);

struct law_status {
    const struct sim_law *law;
    int64_t judged, held, forgotten, broken;
    int64_t at_ns, seq; /* of the first breach */
    const char *why;    /* of the first breach; NULL: none */
};
size_t world_laws(const struct world *);
struct law_status world_law(const struct world *, size_t index);
void world_law_goes_on(struct world *, size_t index); /* a breach of it does not end the run */
void world_finish_laws(struct world *); /* once, after the last run: laws that judge at the end */

void world_add_sink(struct world *, struct trace_sink *); /* the caller's, until world_destroy */
/* Called when true time reaches each multiple of `period_ns`, before that instant's events. An
 * observer: outside the queue and the digest, and it may only look. */
void world_watch(struct world *, int64_t period_ns, world_callback *, void *context);

/* A record as people read it: names for numbers, a note's or fact's text with its values in
   place. */
void record_describe(const struct world *, const struct record *, struct text *);
/* A text with {} places (model.h), filled. */
void template_fill(const struct world *, const char *template, const int64_t *values, size_t count,
                   struct text *);
const char *record_type_name(const struct world *, const struct record *); /* or NULL */

#endif
