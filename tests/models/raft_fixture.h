/* A group of Raft servers in a world, and clients for it. */
#ifndef TESTS_RAFT_FIXTURE_H
#define TESTS_RAFT_FIXTURE_H

#include "models_fixture.h"

enum { SERVERS_MAX = 5 };
struct group {
    struct fixture f;
    sim_node server[SERVERS_MAX], client;
    int count;
};

static const sim_node first_nodes[] = {0, 1, 2, 3, 4};

static inline struct knob_setting peers(size_t count) {
    return (struct knob_setting){"peers", {.nodes = first_nodes, .count = count}};
}

static inline void begin_with(struct group *g, uint64_t seed, int members, int servers,
                              struct knob_setting one, struct knob_setting two, const char *bug) {
    static const char *const names[] = {"n1", "n2", "n3", "n4", "n5"};
    fixture_begin(&g->f, seed);
    g->count = servers;
    for (int i = 0; i < servers; i++)
        g->server[i] =
            fixture_node_with(&g->f, names[i], "raft",
                              KNOBS(peers((size_t)members), one.name ? one : knob("group", 1),
                                    two.name ? two : knob("group", 1)),
                              bug);
}
static inline void begin(struct group *g, uint64_t seed, int servers) {
    begin_with(g, seed, servers, servers, (struct knob_setting){0}, (struct knob_setting){0}, NULL);
}

/* Reads and writes of a few keys; asked again until answered. */
static inline void add_clients(struct group *g, int clients, int64_t retry_ms) {
    g->client = fixture_node(
        &g->f, "app", "client",
        KNOBS(knob("target", g->server[0]),
              ((struct knob_setting){"others",
                                     {.nodes = first_nodes + 1, .count = (size_t)g->count - 1}}),
              knob("clients", clients), knob("mix", 1), knob("keys", 5), knob("think", 5 * MS),
              knob("retry", retry_ms * MS), knob("timeout", 5000 * MS)));
}

static inline int leader_of(struct group *g) {
    int best = -1;
    for (int i = 0; i < g->count; i++) {
        if (!world_node_up(g->f.world, g->server[i]) || !probe(&g->f, g->server[i], "leader"))
            continue;
        if (best < 0 || probe(&g->f, g->server[i], "term") > probe(&g->f, g->server[best], "term"))
            best = i;
    }
    return best;
}
static inline int follower_of(struct group *g) {
    const int leader = leader_of(g);
    return leader == 0 ? 1 : 0;
}
static inline int64_t applied(struct group *g, int i) {
    return probe(&g->f, g->server[i], "applied");
}

#endif
