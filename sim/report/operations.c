/*
 * Latency over time: the open bin gathers, and becomes a row when time has passed it. Rows are kept
 * as text until the end, since each operation's rows are a block of their own in the file.
 */
#include "report/operations.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/wide.h"

enum { BINS_WANTED = 120 };

struct kind {
    struct operation_kind total;
    struct latency bin;
    int64_t bin_ok, bin_failed;
    struct text rows;
};

struct client {
    sim_node node;
    size_t kind;
    int64_t ok, failed;
    struct latency latency;
};

struct operation_sample {
    int64_t at_ns, latency_ns;
    sim_node node;
    uint8_t kind, outcome;
};

struct operations {
    struct world *world;
    struct trace_sink sink;
    struct kind kinds[OPERATION_KINDS_MAX]; /* 0: all */
    size_t kind_count;
    struct kind blocks[OPERATION_BLOCKS_MAX]; /* of client nodes */
    sim_node block_nodes[OPERATION_BLOCKS_MAX];
    size_t block_count;
    struct client clients[OPERATION_CLIENTS_MAX];
    size_t client_count, client_last; /* where the last one was found */
    struct operation_sample *samples;
    size_t sample_count, sample_capacity;
    int64_t seen, stride;
    int64_t bin_ns, bin_from_ns;
};

/* 1, 2 or 5 times a power of ten, so that rows stand at round times. */
static int64_t round_bin(int64_t run_ns) {
    const int64_t least = run_ns / BINS_WANTED;
    int64_t unit = 1;
    while (unit < INT64_MAX / 100) {
        if (unit >= least) return unit;
        if (unit * 2 >= least) return unit * 2;
        if (unit * 5 >= least) return unit * 5;
        unit *= 10;
    }
    return unit;
}

/* value per second, over the bin's length, with three decimals. */
static void add_rate(struct text *row, int64_t count, int64_t bin_ns) {
    const int64_t thousandths = mul_div(count, INT64_C(1000000000000), bin_ns);
    text_add(row, " %lld.%03lld", (long long)(thousandths / 1000), (long long)(thousandths % 1000));
}

static void add_percentiles(struct text *row, struct latency *latency) {
    if (latency->count == 0) {
        text_add(row, " ? ? ? ?");
        return;
    }
    const int64_t p50 = latency_quantile(latency, 50, 100);
    const int64_t p90 = latency_quantile(latency, 90, 100);
    const int64_t p99 = latency_quantile(latency, 99, 100);
    text_add(row, " %lld %lld %lld %lld", (long long)p50, (long long)p90, (long long)p99,
             (long long)latency->max);
}

static void add_seconds(struct text *row, int64_t ns) {
    char digits[32];
    text_add_bytes(row, digits, (size_t)(seconds_write(digits, ns) - digits));
}

static void close_kind_bin(struct kind *kind, int64_t middle_ns, int64_t bin_ns) {
    add_seconds(&kind->rows, middle_ns);
    add_rate(&kind->rows, kind->bin_ok, bin_ns);
    add_rate(&kind->rows, kind->bin_failed, bin_ns);
    add_percentiles(&kind->rows, &kind->bin);
    text_add_char(&kind->rows, '\n');
    latency_clear(&kind->bin);
    kind->bin_ok = kind->bin_failed = 0;
}

static void close_bin(struct operations *ops) {
    const int64_t middle_ns = ops->bin_from_ns + ops->bin_ns / 2;
    for (size_t i = 0; i < ops->kind_count; i++)
        close_kind_bin(&ops->kinds[i], middle_ns, ops->bin_ns);
    for (size_t i = 0; i < ops->block_count; i++)
        close_kind_bin(&ops->blocks[i], middle_ns, ops->bin_ns);
    ops->bin_from_ns += ops->bin_ns;
}

static void begin_kind(const struct operations *ops, struct kind *kind, const char *name) {
    snprintf(kind->total.name, sizeof kind->total.name, "%s", name);
    /* It has been silent so far. */
    for (int64_t from = 0; from < ops->bin_from_ns; from += ops->bin_ns) {
        add_seconds(&kind->rows, from + ops->bin_ns / 2);
        text_add(&kind->rows, " 0.000 0.000 ? ? ? ?\n");
    }
}

static size_t add_kind(struct operations *ops, const char *name) {
    begin_kind(ops, &ops->kinds[ops->kind_count], name);
    return ops->kind_count++;
}

/* NULL: there are too many client nodes for each to have a block. */
static struct kind *find_block(struct operations *ops, sim_node node) {
    for (size_t i = 0; i < ops->block_count; i++) {
        if (ops->block_nodes[i] == node) return &ops->blocks[i];
    }
    if (ops->block_count == OPERATION_BLOCKS_MAX) return NULL;
    struct kind *block = &ops->blocks[ops->block_count];
    ops->block_nodes[ops->block_count++] = node;
    begin_kind(ops, block, world_node_name(ops->world, node));
    return block;
}

static size_t find_kind(struct operations *ops, const char *name) {
    for (size_t i = 1; i < ops->kind_count; i++) {
        if (strncmp(ops->kinds[i].total.name, name, sizeof ops->kinds[i].total.name - 1) == 0)
            return i;
    }
    if (ops->kind_count == OPERATION_KINDS_MAX) return OPERATION_KINDS_MAX - 1;
    if (ops->kind_count == OPERATION_KINDS_MAX - 1) name = "(others)";
    return add_kind(ops, name);
}

static struct client *find_client(struct operations *ops, sim_node node, size_t kind) {
    for (size_t n = 0; n < ops->client_count; n++) {
        const size_t i = (ops->client_last + n) % ops->client_count;
        if (ops->clients[i].node != node || ops->clients[i].kind != kind) continue;
        ops->client_last = i;
        return &ops->clients[i];
    }
    if (ops->client_count == OPERATION_CLIENTS_MAX) return NULL;
    struct client *client = &ops->clients[ops->client_count++];
    client->node = node;
    client->kind = kind;
    return client;
}

/* Every stride-th operation; when there is no room, every other one goes and the stride doubles. */
static void keep_sample(struct operations *ops, struct operation_sample sample) {
    if (ops->seen++ % ops->stride != 0) return;
    if (ops->sample_count == OPERATION_SAMPLES_MAX) {
        for (size_t i = 0; i < OPERATION_SAMPLES_MAX / 2; i++)
            ops->samples[i] = ops->samples[i * 2];
        ops->sample_count = OPERATION_SAMPLES_MAX / 2;
        ops->stride *= 2;
        if ((ops->seen - 1) % ops->stride != 0) return;
    }
    ops->samples =
        must_grow(ops->samples, &ops->sample_capacity, ops->sample_count + 1, sizeof *ops->samples);
    ops->samples[ops->sample_count++] = sample;
}

static void count_outcome(struct kind *kind, uint32_t outcome, int64_t latency_ns) {
    if (outcome != SIM_DONE) {
        kind->bin_failed++;
        if (outcome == SIM_FAILED)
            kind->total.fail++;
        else
            kind->total.info++;
        return;
    }
    kind->total.ok++;
    kind->bin_ok++;
    latency_add(&kind->total.latency, latency_ns);
    latency_add(&kind->bin, latency_ns);
}

static void operations_record(void *context, const struct record *r) {
    if (r->kind != RECORD_RETURN) return;
    struct operations *ops = context;
    while (r->t >= ops->bin_from_ns + ops->bin_ns) close_bin(ops);
    const int64_t latency_ns = r->count > 0 ? r->values[0] : 0;
    const size_t kind = find_kind(ops, r->text ? r->text : "?");
    count_outcome(&ops->kinds[0], r->type, latency_ns);
    count_outcome(&ops->kinds[kind], r->type, latency_ns);
    struct kind *block = find_block(ops, r->node);
    if (block) count_outcome(block, r->type, latency_ns);
    struct client *client = find_client(ops, r->node, kind);
    if (client && r->type == SIM_DONE) {
        client->ok++;
        latency_add(&client->latency, latency_ns);
    } else if (client) {
        client->failed++;
    }
    keep_sample(
        ops, (struct operation_sample){r->t, latency_ns, r->node, (uint8_t)kind, (uint8_t)r->type});
}

struct operations *operations_open(struct world *world, int64_t run_ns) {
    struct operations *ops = must_calloc(1, sizeof *ops);
    ops->world = world;
    ops->bin_ns = round_bin(run_ns);
    ops->stride = 1;
    add_kind(ops, "all");
    ops->sink = (struct trace_sink){operations_record, ops, NULL};
    world_add_sink(world, &ops->sink);
    return ops;
}

struct operation_kind *operations_kind(struct operations *ops, size_t index) {
    return index < ops->kind_count ? &ops->kinds[index].total : NULL;
}

/* Block after block, with their names above: gnuplot's `index "name"`. */
static struct kind *block_at(struct operations *ops, size_t index) {
    if (index < ops->kind_count) return &ops->kinds[index];
    index -= ops->kind_count;
    return index < ops->block_count ? &ops->blocks[index] : NULL;
}

static void write_latency(struct operations *ops, struct output *o) {
    while (ops->bin_from_ns < world_now(ops->world)) close_bin(ops);
    output_string(o, "# time[s] ok[1/s] failed[1/s] p50[ns] p90[ns] p99[ns] max[ns]\n");
    struct kind *kind;
    for (size_t i = 0; (kind = block_at(ops, i)); i++) {
        output_format(o, "%s# %s\n", i > 0 ? "\n\n" : "", kind->total.name);
        output_text(o, &kind->rows);
    }
}

/* Denser towards the tail, which is what such a plot is looked at for. */
static void write_quantiles(struct latency *latency, struct output *o) {
    static const struct {
        int64_t step, until, of;
    } parts[] = {{5, 900, 1000},
                 {1, 990, 1000},
                 {1, 9990, 10000},
                 {1, 99990, 100000},
                 {1, 1000000, 1000000}};
    int64_t from = 0;
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
        const int64_t of = parts[part].of, ppm = 1000000 / of;
        for (int64_t share = from / ppm; share <= parts[part].until; share += parts[part].step) {
            /* Past this, every quantile is the greatest value. */
            if (latency->count * (of - share) < of && share != of) continue;
            output_format(o, "%lld %lld\n", (long long)latency_quantile(latency, share, of),
                          (long long)(share * ppm));
        }
        from = parts[part].until * ppm + ppm;
    }
}

static void write_distribution(struct operations *ops, struct output *o) {
    output_string(o, "# latency[ns] share[ppm]\n");
    struct kind *kind;
    for (size_t i = 0; (kind = block_at(ops, i)); i++) {
        output_format(o, "%s# %s\n", i > 0 ? "\n\n" : "", kind->total.name);
        if (kind->total.latency.count > 0) write_quantiles(&kind->total.latency, o);
    }
}

static void write_clients(struct operations *ops, struct output *o) {
    output_string(o, "# client operation ok failed p10[ns] p50[ns] p90[ns] p99[ns] max[ns]\n");
    for (size_t i = 0; i < ops->client_count; i++) {
        struct client *client = &ops->clients[i];
        if (client->ok == 0) continue;
        const int64_t p10 = latency_quantile(&client->latency, 10, 100);
        const int64_t p50 = latency_quantile(&client->latency, 50, 100);
        const int64_t p90 = latency_quantile(&client->latency, 90, 100);
        const int64_t p99 = latency_quantile(&client->latency, 99, 100);
        output_format(o, "\"%s\" %s %lld %lld %lld %lld %lld %lld %lld\n",
                      world_node_name(ops->world, client->node),
                      ops->kinds[client->kind].total.name, (long long)client->ok,
                      (long long)client->failed, (long long)p10, (long long)p50, (long long)p90,
                      (long long)p99, (long long)client->latency.max);
    }
}

static void write_samples(struct operations *ops, struct output *o) {
    static const char *const outcomes[] = {"ok", "fail", "info"};
    output_format(o, "# every %lld of %lld operations\n", (long long)ops->stride,
                  (long long)ops->seen);
    output_string(o, "# time[s] latency[ns] operation outcome client\n");
    for (size_t i = 0; i < ops->sample_count; i++) {
        const struct operation_sample *sample = &ops->samples[i];
        output_seconds(o, sample->at_ns);
        output_char(o, ' ');
        output_integer(o, sample->latency_ns);
        output_format(o, " %s %s \"%s\"\n", ops->kinds[sample->kind].total.name,
                      outcomes[sample->outcome], world_node_name(ops->world, sample->node));
    }
}

void operations_write(struct operations *ops, struct folder *folder) {
    write_latency(ops, folder_output(folder, "latency.dat", OUTPUT_BUFFER_SMALL));
    write_distribution(ops, folder_output(folder, "distribution.dat", OUTPUT_BUFFER_SMALL));
    write_clients(ops, folder_output(folder, "clients.dat", OUTPUT_BUFFER_SMALL));
    write_samples(ops, folder_output(folder, "operations.dat", OUTPUT_BUFFER_SMALL));
}

void operations_close(struct operations *ops) {
    if (!ops) return;
    struct kind *kind;
    for (size_t i = 0; (kind = block_at(ops, i)); i++) {
        latency_free(&kind->total.latency);
        latency_free(&kind->bin);
        text_free(&kind->rows);
    }
    for (size_t i = 0; i < ops->client_count; i++) latency_free(&ops->clients[i].latency);
    free(ops->samples);
    free(ops);
}
