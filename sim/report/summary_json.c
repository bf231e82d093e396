/* summary.json: the keys that other programs rely on come first, in a fixed order; more follow. */
#include <stdio.h>

#include "report/json.h"
#include "report/summary.h"

static void put_operations(struct json *json, const struct run_report *run) {
    const struct operation_kind *all = operations_kind(run->operations, 0);
    json_open_flat(json, "ops", '{');
    json_integer(json, "ok", all->ok);
    json_integer(json, "fail", all->fail);
    json_integer(json, "info", all->info);
    json_close(json, '}');
}

static void put_latency(struct json *json, const struct run_report *run) {
    json_open(json, "latency", '{');
    struct operation_kind *kind;
    for (size_t i = 1; (kind = operations_kind(run->operations, i)); i++) {
        json_open_flat(json, kind->name, '{');
        json_integer(json, "p50", latency_quantile(&kind->latency, 50, 100));
        json_integer(json, "p90", latency_quantile(&kind->latency, 90, 100));
        json_integer(json, "p99", latency_quantile(&kind->latency, 99, 100));
        json_integer(json, "p999", latency_quantile(&kind->latency, 999, 1000));
        json_integer(json, "max", kind->latency.max);
        json_integer(json, "ok", kind->ok);
        json_integer(json, "fail", kind->fail);
        json_integer(json, "info", kind->info);
        json_close(json, '}');
    }
    json_close(json, '}');
}

static void put_law(struct json *json, const struct run_report *run, size_t index) {
    const struct law_status status = world_law(run->world, index);
    const bool wanted = run->law_is_wanted_broken &&
                        run->law_is_wanted_broken(run->context, status.law->name);
    json_open(json, NULL, '{');
    json_string(json, "name", status.law->name);
    json_string(json, "kind", "law");
    json_string(json, "verdict",
                status.broken > 0 ? "fail"
                : status.held > 0 ? "pass"
                                  : "inconclusive");
    json_string(json, "why",
                status.broken > 0 ? status.why
                : status.held > 0 ? ""
                                  : "no fact was judged by it");
    json_integer(json, "at_ns", status.broken > 0 ? status.at_ns : world_now(run->world));
    json_integer(json, "seq", status.seq);
    json_string(json, "source", status.law->source);
    json_integer(json, "judged", status.judged);
    json_integer(json, "held", status.held);
    json_integer(json, "forgotten", status.forgotten);
    json_integer(json, "broken", status.broken);
    if (wanted) json_bool(json, "wanted_broken", true);
    json_close(json, '}');
}

static void put_checks(struct json *json, const struct run_report *run) {
    json_open(json, "checks", '[');
    for (size_t i = 0; i < run->check_count; i++) {
        const struct report_check *check = &run->checks[i];
        json_open(json, NULL, '{');
        json_string(json, "name", check->name);
        json_string(json, "kind", check->kind);
        json_string(json, "verdict", verdict_name(check->verdict));
        json_string(json, "why", check->why);
        json_integer(json, "at_ns", check->at_ns);
        json_integer(json, "seq", 0);
        if (check->file) json_string(json, "file", check->file);
        json_close(json, '}');
    }
    for (size_t i = 0; i < world_laws(run->world); i++) put_law(json, run, i);
    json_close(json, ']');
}

static void put_faults(struct json *json, const struct run_report *run) {
    json_open(json, "faults", '{');
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        int64_t injected = 0, effective = 0;
        for (size_t i = 0; i < world_faults(run->world); i++) {
            const struct fault_entry *entry = world_fault_entry(run->world, i);
            if ((int)entry->fault.kind != kind) continue;
            injected++;
            if (entry->effective > 0) effective++;
        }
        if (injected == 0) continue;
        json_open_flat(json, fault_kind_name((enum fault_kind)kind), '{');
        json_integer(json, "injected", injected);
        json_integer(json, "effective", effective);
        json_close(json, '}');
    }
    json_close(json, '}');
}

static void put_nodes(struct json *json, const struct run_report *run) {
    json_open(json, "nodes", '[');
    for (size_t i = 0; i < world_nodes(run->world); i++) {
        const sim_node node = (sim_node)i;
        json_open_flat(json, NULL, '{');
        json_string(json, "name", world_node_name(run->world, node));
        json_string(json, "model", world_node_model(run->world, node)->name);
        json_bool(json, "up", world_node_up(run->world, node));
        json_integer(json, "starts", world_node_starts(run->world, node));
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_plots(struct json *json, const struct run_report *run) {
    json_open(json, "plots", '[');
    for (size_t i = 0; i < run->plot_count; i++) {
        const struct report_plot *plot = &run->plots[i];
        json_open(json, NULL, '{');
        json_string(json, "name", plot->name);
        json_string(json, "file", plot->file);
        json_open_flat(json, "keys", '{');
        for (size_t k = 0; k < plot->count; k++) json_string(json, plot->keys[k], plot->values[k]);
        json_close(json, '}');
        json_close(json, '}');
    }
    json_close(json, ']');
}

void text_add_figure(struct text *out, double value) {
    const bool whole = value >= -1e15 && value <= 1e15 && value == (double)(int64_t)value;
    if (whole)
        text_add(out, "%lld", (long long)value);
    else
        text_add(out, "%.10g", value);
}

/* Text comes in no width of its own; quotes and line ends in a name would break the file. */
static void put_quoted(struct text *out, const char *name) {
    text_add_char(out, '"');
    for (const char *p = name; *p; p++) text_add_char(out, *p == '"' || *p < ' ' ? '\'' : *p);
    text_add_char(out, '"');
}

void results_write(const struct run_report *run, struct output *file) {
    struct text line = {0};
    text_add(&line, "# result label value\n");
    for (size_t i = 0; i < run->result_count; i++) {
        put_quoted(&line, run->results[i].name);
        text_add_char(&line, ' ');
        put_quoted(&line, run->results[i].label);
        text_add_char(&line, ' ');
        text_add_figure(&line, run->results[i].value);
        text_add_char(&line, '\n');
    }
    output_text(file, &line);
    text_free(&line);
}

static void put_results(struct json *json, const struct run_report *run) {
    if (run->result_count == 0) return;
    struct text figure = {0};
    json_open(json, "results", '[');
    for (size_t i = 0; i < run->result_count; i++) {
        text_clear(&figure);
        text_add_figure(&figure, run->results[i].value);
        json_open(json, NULL, '{');
        json_string(json, "name", run->results[i].name);
        json_string(json, "label", run->results[i].label);
        json_raw(json, "value", text_string(&figure));
        json_close(json, '}');
    }
    json_close(json, ']');
    text_free(&figure);
}

static const char *end_name(const struct run_report *run) {
    static const char *const names[] = {
        "time is up", "nothing left to do", "law broken", "model error", "limit", "stopped"};
    if (run->interrupted) return "interrupted";
    return (unsigned)run->end < 6 ? names[run->end] : "?";
}

static void put_seed(struct json *json, uint64_t seed) {
    /* A seed past 2^63 would be negative as int64_t; a string would be another type. */
    if (seed <= INT64_MAX) {
        json_integer(json, "seed", (int64_t)seed);
        return;
    }
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)seed);
    json_string(json, "seed", digits);
}

void summary_json(const struct run_report *run, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_string(&json, "scenario", run->scenario);
    put_seed(&json, world_seed(run->world));
    json_open(&json, "params", '{');
    for (size_t i = 0; i < run->parameter_count; i++) {
        json_string(&json, run->parameters[i].name, run->parameters[i].value);
    }
    json_close(&json, '}');
    json_string(&json, "version", run->version);
    json_digest(&json, "digest", world_digest(run->world));
    json_string(&json, "verdict", verdict_name(run->verdict));
    json_integer(&json, "events", world_events(run->world));
    json_integer(&json, "sim_time_ns", world_now(run->world));
    json_integer(&json, "wall_ms", run->wall_ms);
    put_operations(&json, run);
    put_latency(&json, run);
    put_checks(&json, run);
    put_results(&json, run);
    put_faults(&json, run);
    put_nodes(&json, run);
    json_string(&json, "why", text_string(&run->why));
    json_string(&json, "ended", end_name(run));
    json_bool(&json, "interrupted", run->interrupted);
    json_integer(&json, "records", world_records(run->world));
    json_string(&json, "path", run->path);
    json_string(&json, "about", run->about);
    json_string(&json, "command", run->command);
    if (run->asked_until_ns > 0) json_integer(&json, "asked_until_ns", run->asked_until_ns);
    if (run->handed_in) json_string(&json, "hand_in", run->handed_in);
    json_string(&json, "folder", run->folder);
    json_open(&json, "files", '[');
    for (size_t i = 0; run->files && folder_file(run->files, i); i++) {
        json_string(&json, NULL, folder_file(run->files, i));
    }
    json_close(&json, ']');
    put_plots(&json, run);
    json_close(&json, '}');
    text_add_char(out, '\n');
}
