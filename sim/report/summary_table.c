/*
 * The summary as people read it after a run: 80 columns, the verdict first, then what supports it,
 * then where to look further and the command that makes the same run again.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/wide.h"
#include "report/summary.h"

enum { COLUMNS = 80 };

struct table {
    const struct run_report *run;
    struct text *out;
    bool colours;
};

static const char bold[] = "\033[1m", green[] = "\033[1;32m", red[] = "\033[1;31m",
                  yellow[] = "\033[1;33m", dim[] = "\033[2m", plain[] = "\033[0m";

static void colour(const struct table *t, const char *code) {
    if (t->colours) text_add(t->out, "%s", code);
}

/* Right-aligned in `width` columns. */
static void cell(const struct table *t, size_t width, const char *value) {
    for (size_t n = text_columns(value); n < width; n++) text_add_char(t->out, ' ');
    text_add(t->out, "%s", value);
}

static void count_cell(const struct table *t, size_t width, int64_t value) {
    char digits[24], grouped[40];
    const char *end = digits_write(digits, value);
    size_t at = 0;
    for (const char *p = digits; p < end; p++) {
        if (p > digits && (end - p) % 3 == 0 && p[-1] != '-') grouped[at++] = ',';
        grouped[at++] = *p;
    }
    grouped[at] = '\0';
    cell(t, width, grouped);
}

static void duration_cell(const struct table *t, size_t width, int64_t ns) {
    struct text value = {0};
    text_add_ns(&value, ns);
    cell(t, width, text_string(&value));
    text_free(&value);
}

static void head(const struct table *t, const char *title) {
    text_add_char(t->out, '\n');
    colour(t, bold);
    text_add(t->out, "%s", title);
    colour(t, plain);
}

/* A name at the left, cut to its column. */
static void name_cell(const struct table *t, const char *name, size_t width) {
    text_add(t->out, "  ");
    size_t columns = 0;
    for (const char *p = name; *p; p++) {
        const bool begins = ((unsigned char)*p & 0xc0) != 0x80;
        if (begins && columns == width) break;
        columns += begins;
        text_add_char(t->out, *p);
    }
    for (; columns < width; columns++) text_add_char(t->out, ' ');
}

static void put_verdict(const struct table *t) {
    static const char *const words[] = {"PASS", "FAIL", "INCONCLUSIVE"};
    const struct run_report *run = t->run;
    const char *const colour_of[] = {green, red, yellow};
    colour(t, colour_of[run->verdict]);
    text_add(t->out, "%s", words[run->verdict]);
    colour(t, plain);
    text_add(t->out, "  %s, seed %llu\n", run->scenario,
             (unsigned long long)world_seed(run->world));
    if (run->why.size > 0) text_add_wrapped(t->out, 2, text_string(&run->why));
    if (run->about[0]) {
        colour(t, dim);
        text_add_wrapped(t->out, 2, run->about);
        colour(t, plain);
    }
}

static void put_operations(const struct table *t) {
    struct operation_kind *kind = operations_kind(t->run->operations, 0);
    if (kind->ok + kind->fail + kind->info == 0) return;
    head(t, "operations          ");
    static const char *const titles[] = {"ok", "fail", "info", "p50", "p90", "p99", "p99.9", "max"};
    static const size_t widths[] = {10, 7, 7, 7, 7, 7, 7, 8};
    for (size_t i = 0; i < 8; i++) cell(t, widths[i], titles[i]);
    text_add_char(t->out, '\n');
    for (size_t i = 1; (kind = operations_kind(t->run->operations, i)); i++) {
        name_cell(t, kind->name, 18);
        count_cell(t, widths[0], kind->ok);
        count_cell(t, widths[1], kind->fail);
        count_cell(t, widths[2], kind->info);
        if (kind->latency.count > 0) {
            duration_cell(t, widths[3], latency_quantile(&kind->latency, 50, 100));
            duration_cell(t, widths[4], latency_quantile(&kind->latency, 90, 100));
            duration_cell(t, widths[5], latency_quantile(&kind->latency, 99, 100));
            duration_cell(t, widths[6], latency_quantile(&kind->latency, 999, 1000));
            duration_cell(t, widths[7], kind->latency.max);
        }
        text_add_char(t->out, '\n');
    }
}

static void put_faults(const struct table *t) {
    if (world_faults(t->run->world) == 0) return;
    head(t, "faults              ");
    cell(t, 10, "injected");
    cell(t, 11, "effective");
    text_add_char(t->out, '\n');
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        int64_t injected = 0, effective = 0;
        for (size_t i = 0; i < world_faults(t->run->world); i++) {
            const struct fault_entry *entry = world_fault_entry(t->run->world, i);
            if ((int)entry->fault.kind != kind) continue;
            injected++;
            effective += entry->effective > 0;
        }
        if (injected == 0) continue;
        name_cell(t, fault_kind_name((enum fault_kind)kind), 18);
        count_cell(t, 10, injected);
        count_cell(t, 11, effective);
        text_add_char(t->out, '\n');
    }
}

static void put_laws(const struct table *t) {
    if (world_laws(t->run->world) == 0) return;
    head(t, "laws                                    ");
    cell(t, 10, "judged");
    cell(t, 10, "held");
    cell(t, 11, "forgotten");
    cell(t, 9, "broken");
    text_add_char(t->out, '\n');
    for (size_t i = 0; i < world_laws(t->run->world); i++) {
        const struct law_status status = world_law(t->run->world, i);
        name_cell(t, status.law->name, 38);
        count_cell(t, 10, status.judged);
        count_cell(t, 10, status.held);
        count_cell(t, 11, status.forgotten);
        if (status.broken > 0) colour(t, red);
        count_cell(t, 9, status.broken);
        if (status.broken > 0) colour(t, plain);
        text_add_char(t->out, '\n');
    }
}

/* ---- figures that the scenario tells ---- */

/* Results by name: names that have the same labels are a grid. */
struct results {
    const struct report_result *all;
    size_t count;
    size_t *next; /* of the same name; count: none */
    size_t *like; /* of a name's first: the first of the first name with these labels; else count */
    size_t *rows; /* of what others are like: how many are; 1: each has a line */
};

static bool have_same_labels(const struct results *r, size_t i, size_t k) {
    for (; i < r->count && k < r->count; i = r->next[i], k = r->next[k])
        if (strcmp(r->all[i].label, r->all[k].label) != 0) return false;
    return i == r->count && k == r->count;
}

static struct results results_by_name(const struct run_report *run) {
    const size_t count = run->result_count;
    size_t *places = must_calloc(3 * count, sizeof *places);
    struct results r = {run->results, count, places, places + count, places + 2 * count};
    for (size_t i = count; i-- > 0;) {
        r.next[i] = i + 1;
        while (r.next[i] < count && strcmp(r.all[i].name, r.all[r.next[i]].name) != 0) r.next[i]++;
    }
    for (size_t i = 0; i < count; i++) /* places of later ones of a name, first */
        if (r.next[i] < count) r.like[r.next[i]] = count;
    for (size_t i = 0; i < count; i++) {
        if (r.like[i] == count) continue;
        r.like[i] = i;
        for (size_t k = 0; k < i && r.like[i] == i; k++)
            if (r.like[k] == k && have_same_labels(&r, k, i)) r.like[i] = k;
        r.rows[r.like[i]]++;
    }
    return r;
}

/* Some four digits, or all of a whole number. */
static const char *figure(struct text *room, double value) {
    const double size = fabs(value);
    text_clear(room);
    if (value == rint(value) || !isfinite(value))
        text_add_figure(room, value);
    else if (size < 1)
        text_add(room, "%.3g", value);
    else
        text_add(room, "%.*f", size < 9.9995 ? 3 : size < 99.995 ? 2 : 1, value);
    return text_string(room);
}

static size_t wider(size_t width, const char *text) {
    const size_t columns = text_columns(text);
    return columns > width ? columns : width;
}

/* The room of each column of the grid that begins with `first`, the names' before them; the sum. */
static size_t grid_widths(const struct results *r, size_t first, size_t *width) {
    struct text room = {0};
    size_t columns = 0, sum = 0;
    width[columns++] = strlen("results");
    for (size_t k = first; k < r->count; k = r->next[k])
        width[columns++] = wider(0, r->all[k].label);
    for (size_t i = first; i < r->count; i++) {
        if (r->like[i] != first) continue;
        width[0] = wider(width[0], r->all[i].name);
        size_t c = 1;
        for (size_t k = i; k < r->count; k = r->next[k], c++)
            width[c] = wider(width[c], figure(&room, r->all[k].value));
    }
    text_free(&room);
    for (size_t c = 0; c < columns; c++) sum += width[c] + 2;
    return sum;
}

static void put_grid(const struct table *t, const struct results *r, size_t first,
                     const size_t *width) {
    struct text room = {0};
    head(t, first == 0 ? "results" : "       ");
    for (size_t n = strlen("results"); n < width[0] + 2; n++) text_add_char(t->out, ' ');
    size_t c = 1;
    for (size_t k = first; k < r->count; k = r->next[k]) cell(t, width[c++] + 2, r->all[k].label);
    text_add_char(t->out, '\n');
    for (size_t i = first; i < r->count; i++) {
        if (r->like[i] != first) continue;
        name_cell(t, r->all[i].name, width[0]);
        c = 1;
        for (size_t k = i; k < r->count; k = r->next[k])
            cell(t, width[c++] + 2, figure(&room, r->all[k].value));
        text_add_char(t->out, '\n');
    }
    text_free(&room);
}

static void put_line(const struct table *t, const struct results *r, size_t first) {
    struct text line = {0}, room = {0};
    text_add(&line, "%s:", r->all[first].name);
    for (size_t k = first; k < r->count; k = r->next[k])
        text_add(&line, "%s %s %s", k > first ? "," : "", r->all[k].label,
                 figure(&room, r->all[k].value));
    text_add_wrapped(t->out, 2, text_string(&line));
    text_free(&line);
    text_free(&room);
}

/* A grid where names have the same labels and there is room, a row a name; else a line a name. */
static void put_results(const struct table *t) {
    if (t->run->result_count == 0) return;
    struct results r = results_by_name(t->run);
    size_t *width = must_calloc(r.count + 1, sizeof *width);
    bool in_lines = false;
    for (size_t i = 0; i < r.count; i++) {
        const size_t first = r.like[i];
        if (first == r.count) continue;
        if (first == i && r.rows[i] > 1 && grid_widths(&r, i, width) > COLUMNS) r.rows[i] = 1;
        if (r.rows[first] > 1) {
            if (first == i) put_grid(t, &r, i, width);
            in_lines = false;
            continue;
        }
        if (!in_lines) head(t, i == 0 ? "results\n" : "");
        in_lines = true;
        put_line(t, &r, i);
    }
    free(width);
    free(r.next);
}

static void put_checks(const struct table *t) {
    if (t->run->check_count == 0) return;
    head(t, "expectations\n");
    for (size_t i = 0; i < t->run->check_count; i++) {
        const struct report_check *check = &t->run->checks[i];
        const char *const colours[] = {green, red, yellow};
        const char *const words[] = {"met", "FAILED", "not judged"};
        struct text line = {0};
        const bool wanted = check->kind[0] == 'd';
        const bool of_history = check->kind[0] == 'c';
        text_add(&line, "%s%s",
                 wanted       ? "demonstrates: "
                 : of_history ? "check: "
                              : "",
                 check->name);
        if (check->why[0]) text_add(&line, ": %s", check->why);
        if (check->file) text_add(&line, " (%s)", check->file);
        colour(t, colours[check->verdict]);
        name_cell(t, words[check->verdict], 10);
        colour(t, plain);
        if (check->verdict != RUN_INCONCLUSIVE) duration_cell(t, 7, check->at_ns);
        text_add_wrapped(t->out, 23, text_string(&line));
        text_free(&line);
    }
}

static void field(const struct table *t, const char *name, const char *value) {
    text_add(t->out, "  %-8s ", name);
    text_add_wrapped(t->out, 11, value);
}

static void put_places(const struct table *t) {
    const struct run_report *run = t->run;
    struct text line = {0};
    text_add_char(t->out, '\n');
    for (size_t i = 0; i < run->plot_count; i++) {
        text_clear(&line);
        text_add(&line, "%s/%s", run->folder, run->plots[i].file);
        field(t, i == 0 ? "plots" : "", text_string(&line));
    }
    if (run->folder) {
        text_clear(&line);
        text_add(&line, "%s:", run->folder);
        int series = 0;
        for (size_t i = 0; folder_file(run->files, i); i++) {
            const char *name = folder_file(run->files, i), *dot = strrchr(name, '.');
            const bool is_series = dot && text_columns(dot) == 4 && dot[1] == 'd';
            if (is_series)
                series++;
            else
                text_add(&line, " %s", name);
        }
        if (series > 0) text_add(&line, " and %d *.dat", series);
        field(t, "files", text_string(&line));
    }
    field(t, "repeat", run->command);
    text_free(&line);
}

static void put_effort(const struct table *t) {
    const struct run_report *run = t->run;
    const int64_t events = world_events(run->world);
    const int64_t wall_ms = run->wall_ms > 0 ? run->wall_ms : 1;
    text_add(t->out, "  %-8s ", "run");
    count_cell(t, 0, events);
    text_add(t->out, " events, ");
    text_add_ns(t->out, world_now(run->world));
    text_add(t->out, " of virtual time in ");
    text_add_ns(t->out, run->wall_ms * 1000000);
    text_add(t->out, " (");
    count_cell(t, 0, mul_div(events, 1000, wall_ms));
    text_add(t->out, " events/s)\n");
    text_add(t->out, "  %-8s %016llx\n", "digest", (unsigned long long)world_digest(run->world));
}

void summary_table(const struct run_report *run, bool colours, struct text *out) {
    const struct table t = {run, out, colours};
    put_verdict(&t);
    put_operations(&t);
    put_faults(&t);
    put_laws(&t);
    put_results(&t);
    put_checks(&t);
    put_places(&t);
    put_effort(&t);
}
