/*
 * Benchmarks of the engine: the queue alone, PHOLD, and a ring.
 *
 * PHOLD (Fujimoto, "Performance of Time Warp under synthetic workloads", 1990): a fixed population
 * of messages; whoever receives one draws a delay and a receiver and sends on. Here each passes the
 * whole engine: the wall, a link's delay draw, records of send and delivery, the digest, 64 bytes
 * of body. The hold model does the same to the queue alone (Jones, CACM 1986).
 */
#include <string.h>

#include "base/memory.h"
#include "bench.h"
#include "world/queue.h"
#include "world/sim.h"

enum { BODY_BYTES = 64, MEAN_DELAY_NS = 1 << 20 };
enum variant { PLAIN, WITH_LAW, ON_STREAMS };
enum { CHANNEL_DATAGRAM, CHANNEL_STREAM };
enum { KNOB_PENDING, KNOB_NODES, KNOB_VARIANT };

/* ---- the model: phold and ring are one, a ring sends to its neighbour ---- */

struct hopper {
    sim_node self;
    int64_t nodes, pending, hops;
    bool ring;
    enum variant variant;
    uint32_t up;
};

static void *hopper_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct hopper *h = memory_take(config->memory, sizeof *h);
    h->self = config->self;
    h->pending = config->knobs[KNOB_PENDING].number;
    h->nodes = config->knobs[KNOB_NODES].number;
    h->ring = h->nodes < 0;
    if (h->ring) h->nodes = -h->nodes;
    h->variant = (enum variant)config->knobs[KNOB_VARIANT].number;
    return h;
}

static void hop(struct hopper *h, const struct sim_event *e, const uint8_t *body,
                struct sim_out *out) {
    const int64_t n = h->nodes;
    sim_node to = h->ring ? (h->self + 1u) % (sim_node)n : (sim_node)draw_below(e->random, n);
    if (h->variant == ON_STREAMS && to == h->self) to = (h->self + 1u) % (sim_node)n;
    sim_send(out, (struct sim_message){
                      .peer = to, .channel = h->variant == ON_STREAMS, .body = {body, BODY_BYTES}});
}

static void hop_first(struct hopper *h, const struct sim_event *e, struct sim_out *out) {
    static const uint8_t zeros[BODY_BYTES];
    for (int64_t i = 0; i < h->pending; i++) hop(h, e, zeros, out);
}

/* One after the other, so that what is measured is a cluster and not the traces of a storm. */
static void connect_to(const struct hopper *h, sim_node peer, struct sim_out *out) {
    if (peer < (sim_node)h->nodes) sim_connect(out, peer, CHANNEL_STREAM);
}

static void hopper_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct hopper *h = state;
    uint8_t body[BODY_BYTES];
    switch (e->kind) {
    case SIM_START:
        if (h->variant != ON_STREAMS)
            hop_first(h, e, out);
        else
            connect_to(h, h->self + 1, out);
        return;
    case SIM_PEER:
        if (e->peer.node > h->self) connect_to(h, e->peer.node + 1, out);
        if (e->peer.up && ++h->up == (uint32_t)h->nodes - 1) hop_first(h, e, out);
        return;
    case SIM_MESSAGE:
        memcpy(body, e->message.body.data, BODY_BYTES);
        body[h->self & (BODY_BYTES - 1)]++;
        if (h->variant == WITH_LAW) sim_fact(out, 0, h->self, ++h->hops);
        hop(h, e, body, out);
        return;
    default: return;
    }
}

static enum sim_judgement rises(struct sim_fold *f, const struct sim_fact *fact) {
    int64_t *last = f->state;
    if (fact->a <= *last) return SIM_BROKEN;
    *last = fact->a;
    return SIM_HELD;
}

static const struct sim_law hops_rise = {.name = "hops rise",
                                         .says = "each node counts its own hops",
                                         .source = "this benchmark",
                                         .reads = (const char *const[]){"hopped", NULL},
                                         .state_bytes = sizeof(int64_t),
                                         .per_group = true,
                                         .fold = rises};
static const struct sim_model hopper = {
    .name = "hopper",
    .summary = "a benchmark's node",
    .init = hopper_init,
    .step = hopper_step,
    .knobs = (const struct sim_param[]){{"pending", SIM_COUNT, 1, 0, INT32_MAX, NULL, ""},
                                        {"nodes", SIM_COUNT, 1, INT32_MIN, INT32_MAX, NULL, ""},
                                        {"variant", SIM_COUNT, 0, 0, 2, NULL, ""},
                                        {0}},
    .messages = (const struct sim_name[]){{"hop", NULL}, {0}},
    .channels = (const struct sim_channel[]){{"datagram", false}, {"stream", true}, {0}},
    .facts = (const struct sim_name[]){{"hopped", NULL}, {0}},
    .laws = (const struct sim_law *const[]){&hops_rise, NULL}};

/* ---- worlds ---- */

static struct world *build(int64_t nodes, int64_t pending, enum variant variant, bool ring,
                           struct text *error) {
    struct world *w = world_create(&(struct world_options){.seed = 1});
    struct link_settings link = link_settings_default();
    link.delay =
        (struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = 1, .b = MEAN_DELAY_NS};
    world_link_all(w, &link);
    const struct host_options host = host_options_default();
    for (int64_t i = 0; i < nodes; i++) {
        struct text name = {0};
        text_add(&name, "n%lld", (long long)i);
        const struct knob_setting knobs[] = {
            {"pending", {.number = pending / nodes + (i < pending % nodes)}},
            {"nodes", {.number = ring ? -nodes : nodes}},
            {"variant", {.number = (int64_t)variant}}};
        const sim_node made =
            world_add_node(w,
                           &(struct node_options){.name = text_string(&name),
                                                  .model = &hopper,
                                                  .host = world_add_host(w, &host),
                                                  .knobs = knobs,
                                                  .knob_count = 3},
                           error);
        text_free(&name);
        if (made == SIM_NOBODY) {
            world_destroy(w);
            return NULL;
        }
    }
    return w;
}

static void run_events(struct world *w, int64_t events, int64_t *until) {
    const int64_t end = world_events(w) + events;
    while (world_events(w) < end) {
        *until += MEAN_DELAY_NS;
        if (world_run(w, *until) != WORLD_TIME_IS_UP) return;
    }
}

static bool run_world(struct world *w, int64_t warm, int64_t events, struct bench_result *result,
                      struct text *error) {
    int64_t until = 0;
    run_events(w, warm, &until);
    const int64_t before = world_events(w);
    const double start = bench_now();
    run_events(w, events, &until);
    *result =
        (struct bench_result){.work = world_events(w) - before, .seconds = bench_now() - start};
    const char *why = world_why(w);
    if (*why) text_add(error, "%s", why);
    const bool ran = !*why;
    world_destroy(w);
    return ran;
}

static bool run_phold(const struct bench *bench, struct bench_result *result, struct text *error) {
    struct world *w = build(bench->a, bench->b, (enum variant)bench->c, false, error);
    if (!w) return false;
    /* connections of all to all come first on streams; then everybody has begun */
    const int64_t connects = bench->c == ON_STREAMS ? bench->a * bench->a * 2 : 0;
    return run_world(w, 1000000 + 2 * bench->b + connects, bench->b >= 1000000 ? 3000000 : 5000000,
                     result, error);
}

static bool run_ring(const struct bench *bench, struct bench_result *result, struct text *error) {
    struct world *w = build(bench->a, bench->b, (enum variant)bench->c, true, error);
    return w && run_world(w, 500000, 3000000, result, error);
}

/* ---- the queue alone ---- */

static bool run_queue(const struct bench *bench, struct bench_result *result, struct text *error) {
    (void)error;
    struct queue q;
    struct random r = {1, 0};
    uint64_t order = 0;
    queue_open(&q, (size_t)bench->a + 1);
    for (int64_t i = 0; i < bench->a; i++)
        queue_push(&q, queue_key_make(draw_below(&r, 2 * MEAN_DELAY_NS), order++, (uint32_t)i));
    const int64_t holds = 5000000;
    double start = 0;
    for (int64_t i = -2 * bench->a; i < holds; i++) {
        if (i == 0) start = bench_now();
        const queue_key key = queue_pop(&q);
        queue_push(&q, queue_key_make(queue_key_time(key) + draw_below(&r, 2 * MEAN_DELAY_NS),
                                      order++, queue_key_slot(key)));
    }
    *result = (struct bench_result){.work = holds, .seconds = bench_now() - start};
    queue_close(&q);
    return true;
}

const struct bench bench_engine[] = {
    {"phold", "\"nodes\":1000,\"pending\":10", "events", run_phold, 1000, 10, PLAIN},
    {"phold", "\"nodes\":1000,\"pending\":1000", "events", run_phold, 1000, 1000, PLAIN},
    {"phold", "\"nodes\":1000,\"pending\":100000", "events", run_phold, 1000, 100000, PLAIN},
    {"phold", "\"nodes\":1000,\"pending\":1000000", "events", run_phold, 1000, 1000000, PLAIN},
    {"phold", "\"nodes\":100000,\"pending\":100000", "events", run_phold, 100000, 100000, PLAIN},
    {"phold-law", "\"nodes\":1000,\"pending\":1000", "events", run_phold, 1000, 1000, WITH_LAW},
    {"phold-law", "\"nodes\":1000,\"pending\":100000", "events", run_phold, 1000, 100000, WITH_LAW},
    {"phold-stream", "\"nodes\":100,\"pending\":1000", "events", run_phold, 100, 1000, ON_STREAMS},
    {"queue", "\"pending\":10", "holds", run_queue, 10, 0, 0},
    {"queue", "\"pending\":1000", "holds", run_queue, 1000, 0, 0},
    {"queue", "\"pending\":100000", "holds", run_queue, 100000, 0, 0},
    {"queue", "\"pending\":1000000", "holds", run_queue, 1000000, 0, 0},
    {"ring", "\"nodes\":100,\"pending\":100", "messages", run_ring, 100, 100, PLAIN},
    {0},
};
