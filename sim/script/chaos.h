/*
 * What sim.chaos asked for: which kinds of fault, how often each, upon whom, from when until when.
 * The storm itself is drawn elsewhere (explore/chaos.h), so that a list of faults may take its
 * place.
 */
#ifndef SCRIPT_CHAOS_H
#define SCRIPT_CHAOS_H

#include "base/distribution.h"
#include "base/units.h"
#include "world/fault.h"

enum chaos_shape {
    CHAOS_NODE,      /* befalls one node, or its host */
    CHAOS_DOWN,      /* one node, which is away while it lasts, and comes back */
    CHAOS_LINK,      /* between two nodes, both ways */
    CHAOS_LINK_ONE_WAY,
    CHAOS_LINK_FLAPS, /* comes and goes while it lasts */
    CHAOS_ISOLATE,    /* between one node and all others */
    CHAOS_PARTITION,  /* between two groups of all nodes */
};

/* The catalogue. Amounts and durations are drawn evenly from low to high. */
struct chaos_kind {
    const char *name;
    enum chaos_shape shape;
    enum fault_kind fault;
    bool usual; /* asked for when no kind is named: what a sound system survives without a loss */
    int64_t lasts_low, lasts_high; /* ns; 0, 0: it strikes once */
    enum quantity quantity;        /* of its amount */
    int64_t low, high;             /* of its amount, which is the fault's x; the same: fixed */
    int64_t y;
    const char *says;
};
enum { CHAOS_KINDS = 28 };
extern const struct chaos_kind chaos_kinds[CHAOS_KINDS];

/* One sim.chaos{}; owned by the script. */
struct chaos_request {
    const char *name; /* its streams': two storms of one name would be the same */
    int64_t from_ns, to_ns;
    const sim_node *nodes;
    size_t node_count;
    size_t down_max; /* so many may be away at once */
    struct {
        int64_t rate; /* per 1000 s; 0: none of these */
        struct distribution lasts;
        int64_t low, high;
    } kinds[CHAOS_KINDS];
};

#endif
