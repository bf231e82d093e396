/*
 * Series: one file a node and one a busy link, a row a sample. Files are buffered and streamed, so
 * memory does not grow with the length of the run.
 */
#include "report/series.h"

#include <stdlib.h>

#include "base/memory.h"

enum { LINK_NODES_MAX = 64, MEASURES_MAX = 16 };

struct link_series {
    sim_node from, to;
    struct output *output;
};

struct series {
    struct world *world;
    struct folder *folder;
    struct output *nodes[SERIES_NODES_MAX];
    size_t node_count;
    const char *measures[MEASURES_MAX]; /* of a node */
    size_t measure_count;
    struct link_series links[SERIES_LINKS_MAX];
    size_t link_count;
};

static const char *const link_measures[] = {"queue_bytes", "queue_ns"};
enum { LINK_MEASURES = sizeof link_measures / sizeof link_measures[0] };

const char *unit_name(enum sim_unit unit) {
    static const char *const names[] = {
        [SIM_COUNT] = "",        [SIM_NS] = "ns",
        [SIM_BYTES] = "bytes",   [SIM_BYTES_PER_S] = "bytes/s",
        [SIM_PPM] = "ppm",       [SIM_BOOL] = "bool",
        [SIM_CHOICE] = "choice", [SIM_TEXT] = "text",
        [SIM_NODE] = "node",     [SIM_NODES] = "nodes",
        [SIM_LSN] = "lsn",
    };
    return (size_t)unit < sizeof names / sizeof names[0] ? names[unit] : "";
}

static bool is_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

void series_file_name(const char *node, struct text *name) {
    static const char *const taken[] = {"latency", "operations", "distribution", "clients",
                                        "marks"};
    if (node[0] == '.') text_add_char(name, '_');
    for (const char *p = node; *p; p++) text_add_char(name, is_safe(*p) ? *p : '_');
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(node, taken[i]) == 0) text_add(name, "_node");
    }
}

static bool is_link_measure(const char *name) {
    for (size_t i = 0; i < LINK_MEASURES; i++) {
        if (strcmp(name, link_measures[i]) == 0) return true;
    }
    return false;
}

/* Two nodes may have names that differ only in what file names cannot hold. */
static struct output *open_file(struct series *series, const char *name) {
    struct text file = {0};
    series_file_name(name, &file);
    const size_t plain = file.size;
    text_add(&file, ".dat");
    int copy = 1;
    for (size_t i = 0; folder_file(series->folder, i); i++) {
        if (strcmp(folder_file(series->folder, i), text_string(&file)) != 0) continue;
        file.size = plain;
        text_add(&file, "_%d.dat", ++copy);
        i = 0;
    }
    struct output *output = folder_output(series->folder, text_string(&file), OUTPUT_BUFFER_SMALL);
    text_free(&file);
    return output;
}

static bool has_probe(const struct sim_model *model, const char *name) {
    for (const struct sim_param *probe = model->probes; probe && probe->name; probe++) {
        if (strcmp(probe->name, name) == 0) return true;
    }
    return false;
}

static const char *measure_unit(const char *name) {
    const char *last = strrchr(name, '_');
    if (last && strcmp(last, "_ns") == 0) return "ns";
    if (last && strcmp(last, "_bytes") == 0) return "bytes";
    return "";
}

static void open_node(struct series *series, sim_node node) {
    struct output *o = open_file(series, world_node_name(series->world, node));
    series->nodes[node] = o;
    const struct sim_model *model = world_node_model(series->world, node);
    output_string(o, "# time[s]");
    for (const struct sim_param *probe = model->probes; probe && probe->name; probe++) {
        output_format(o, " %s[%s]", probe->name, unit_name(probe->unit));
    }
    for (size_t i = 0; i < series->measure_count; i++) {
        /* A probe of the model has the better right to a name. */
        if (has_probe(model, series->measures[i])) continue;
        output_format(o, " %s[%s]", series->measures[i], measure_unit(series->measures[i]));
    }
    output_char(o, '\n');
}

static void put_cell(struct output *o, int64_t value) {
    output_char(o, ' ');
    if (value == SIM_NONE) {
        output_char(o, '?');
    } else {
        output_integer(o, value);
    }
}

static void sample_node(struct series *series, sim_node node, int64_t now) {
    struct output *o = series->nodes[node];
    const struct sim_model *model = world_node_model(series->world, node);
    output_seconds(o, now);
    size_t probes = 0;
    for (; model->probes && model->probes[probes].name; probes++) {
        put_cell(o, world_probe(series->world, node, probes));
    }
    for (size_t i = 0; i < series->measure_count; i++) {
        if (has_probe(model, series->measures[i])) continue;
        put_cell(o, world_measure(series->world, series->measures[i], node, SIM_NOBODY));
    }
    output_char(o, '\n');
}

static void open_link(struct series *series, sim_node from, sim_node to) {
    struct text name = {0};
    text_add(&name, "%s-to-%s", world_node_name(series->world, from),
             world_node_name(series->world, to));
    struct output *o = open_file(series, text_string(&name));
    text_free(&name);
    output_string(o, "# time[s]");
    for (size_t i = 0; i < LINK_MEASURES; i++) {
        output_format(o, " %s[%s]", link_measures[i], measure_unit(link_measures[i]));
    }
    output_char(o, '\n');
    series->links[series->link_count++] = (struct link_series){from, to, o};
}

static bool link_is_open(const struct series *series, sim_node from, sim_node to) {
    for (size_t i = 0; i < series->link_count; i++) {
        if (series->links[i].from == from && series->links[i].to == to) return true;
    }
    return false;
}

/* A link gets its file when it is first seen to hold something back. */
static void find_links(struct series *series) {
    const size_t nodes = world_nodes(series->world);
    if (nodes > LINK_NODES_MAX) return;
    for (sim_node from = 0; from < nodes; from++) {
        for (sim_node to = 0; to < nodes && series->link_count < SERIES_LINKS_MAX; to++) {
            if (from == to || world_link_get(series->world, from, to)->bandwidth == 0) continue;
            if (world_measure(series->world, link_measures[0], from, to) <= 0) continue;
            if (!link_is_open(series, from, to)) open_link(series, from, to);
        }
    }
}

static void sample(struct world *world, void *context) {
    struct series *series = context;
    const int64_t now = world_now(world);
    const size_t nodes = world_nodes(world);
    for (; series->node_count < nodes && series->node_count < SERIES_NODES_MAX;) {
        open_node(series, (sim_node)series->node_count++);
    }
    for (size_t i = 0; i < series->node_count; i++) sample_node(series, (sim_node)i, now);
    find_links(series);
    for (size_t i = 0; i < series->link_count; i++) {
        const struct link_series *link = &series->links[i];
        output_seconds(link->output, now);
        for (size_t m = 0; m < LINK_MEASURES; m++) {
            put_cell(link->output, world_measure(world, link_measures[m], link->from, link->to));
        }
        output_char(link->output, '\n');
    }
}

struct series *series_open(struct world *world, struct folder *folder, int64_t period_ns) {
    struct series *series = must_calloc(1, sizeof *series);
    series->world = world;
    series->folder = folder;
    for (const char *const *name = world_measures(); *name; name++) {
        if (is_link_measure(*name) || series->measure_count == MEASURES_MAX) continue;
        series->measures[series->measure_count++] = *name;
    }
    world_watch(world, period_ns > 0 ? period_ns : 1, sample, series);
    return series;
}

void series_close(struct series *series) { free(series); }
