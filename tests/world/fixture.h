/*
 * A world in a few lines: nodes whose every event is kept, and that do what the test tells them.
 *
 * All nodes run one scripted model. A node answers its events with the function that it was made
 * with (or does nothing), and `fixture_do` makes it run an action at a time of the test's choice.
 * The default link takes exactly 1 ms; disks take 1 ms to read and to sync and no time to write.
 * Channel 0 carries datagrams, channels 1 and 2 are streams.
 */
#ifndef TESTS_WORLD_FIXTURE_H
#define TESTS_WORLD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "world/world.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define SEC INT64_C(1000000000)
enum { DATAGRAM, STREAM, STREAM_2 };
enum { FACT_TOLD, FACT_OTHER };

struct fixture;
typedef void fixture_step(struct fixture *, sim_node, const struct sim_event *, struct sim_out *);
typedef void fixture_action(struct fixture *, const struct sim_event *, struct sim_out *,
                            int64_t arg);

/* One event that a node had; its bytes cut to what a test looks at. */
struct seen {
    int64_t t;
    sim_node node;
    struct sim_event event;
    uint8_t bytes[64];
};
struct noted { /* one record */
    struct record record;
    char text[48];
};
struct fixture_act {
    struct fixture *f;
    sim_node node;
    fixture_action *action;
    int64_t arg;
};

struct fixture {
    struct world *w;
    struct sim_model model;
    fixture_step *step[64];
    struct fixture_act *acts[4096];
    size_t act_count;
    struct seen *seen;
    size_t seen_count, seen_capacity;
    struct noted *records;
    size_t record_count, record_capacity;
    struct trace_sink sink;
    void *user;
};

/* NULL: seed 1, no limits. */
void fixture_open(struct fixture *, const struct world_options *);
void fixture_close(struct fixture *);

struct host_options fixture_host(void); /* what fixture_node gives a node of its own */
sim_node fixture_node(struct fixture *, const char *name, fixture_step *);
sim_node fixture_node_on(struct fixture *, const char *name, sim_host, fixture_step *);
struct link_settings fixture_link(void);
void fixture_do(struct fixture *, int64_t t, sim_node, fixture_action *, int64_t arg);
size_t fixture_fault(struct fixture *, enum fault_kind, sim_node a, sim_node b, int64_t x,
                     int64_t y);
void fixture_fault_at(struct fixture *, int64_t t, enum fault_kind, sim_node a, sim_node b,
                      int64_t x, int64_t y);
void fixture_heal_at(struct fixture *, int64_t t, enum fault_kind, sim_node a, sim_node b);

size_t seen_count(const struct fixture *, sim_node, enum sim_event_kind);
/* The nth (from 0) of that kind at that node; fails the test when there is none. */
const struct seen *seen_nth(const struct fixture *, sim_node, enum sim_event_kind, size_t n);
size_t record_count(const struct fixture *, enum record_kind,
                    const char *text); /* text NULL: any */

/* Every slot that was ever used is free again: nothing waits, nothing leaked. */
void assert_no_slot_leaks(struct world *);

/* Actions that many tests need. The arg of a send is (to << 32 | channel << 24 | type). */
fixture_action send_one, connect_to, close_to, halt_now;
int64_t to_channel(sim_node to, uint32_t channel, uint32_t type);

#endif
