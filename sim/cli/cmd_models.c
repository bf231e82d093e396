/* orrery models: what can be simulated, from the models' own tables, in 80 columns. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "models/registry.h"
#include "options.h"
#include "report/series.h"
#include "report/summary.h"
#include "script/nearest.h"

enum { NAME_COLUMN = 2, DOC_COLUMN = 40 };

/* "  left", then the words from `indent` on; on a line of their own when left is too long. */
static void add_entry(struct text *out, const char *left, size_t indent, const char *words) {
    text_pad_to(out, NAME_COLUMN);
    text_add(out, "%s", left);
    if (!words || !words[0]) {
        text_add_char(out, '\n');
        return;
    }
    if (NAME_COLUMN + strlen(left) + 2 > indent) text_add_char(out, '\n');
    text_add_wrapped(out, indent, words);
}

static const char *choice_at(const char *choices, int64_t index, size_t *size) {
    const char *p = choices;
    for (; p && index > 0; index--) {
        p = strchr(p, '|');
        if (p) p++;
    }
    *size = p ? strcspn(p, "|") : 0;
    return p ? p : "";
}

static void add_value(struct text *out, const struct sim_param *param, int64_t value) {
    size_t size;
    const char *choice;
    switch (param->unit) {
    case SIM_NS: quantity_format(QUANTITY_DURATION, value, out); break;
    case SIM_BYTES: quantity_format(QUANTITY_BYTES, value, out); break;
    case SIM_BYTES_PER_S: quantity_format(QUANTITY_BANDWIDTH, value, out); break;
    case SIM_PPM: text_add(out, "%lldppm", (long long)value); break;
    case SIM_BOOL: text_add(out, value ? "true" : "false"); break;
    case SIM_LSN: text_add_lsn(out, value); break;
    case SIM_CHOICE:
        choice = choice_at(param->choices, value, &size);
        text_add_bytes(out, choice, size);
        break;
    case SIM_TEXT:
    case SIM_NODE:
    case SIM_NODES: text_add(out, "none"); break;
    case SIM_COUNT: text_add(out, "%lld", (long long)value); break;
    }
}

static bool has_range(const struct sim_param *knob) {
    return knob->max > knob->min && knob->unit != SIM_BOOL && knob->unit != SIM_CHOICE &&
           knob->unit != SIM_TEXT && knob->unit != SIM_NODE && knob->unit != SIM_NODES;
}

static void add_knobs(struct text *out, const struct sim_param *knob) {
    if (!knob || !knob->name) return;
    text_add(out, "\nknobs, with what they usually are\n");
    for (; knob->name; knob++) {
        struct text left = {0}, doc = {0};
        text_add(&left, "%s = ", knob->name);
        if (knob->unit == SIM_TEXT || knob->unit == SIM_NODE || knob->unit == SIM_NODES) {
            text_add(&left, "(%s)", unit_name(knob->unit));
        } else {
            add_value(&left, knob, knob->usual);
        }
        text_add(&doc, "%s", knob->doc ? knob->doc : "");
        if (knob->unit == SIM_CHOICE && knob->choices) text_add(&doc, " (%s)", knob->choices);
        if (has_range(knob)) {
            text_add(&doc, " (");
            add_value(&doc, knob, knob->min);
            text_add(&doc, " to ");
            add_value(&doc, knob, knob->max);
            text_add_char(&doc, ')');
        }
        add_entry(out, text_string(&left), DOC_COLUMN, text_string(&doc));
        text_free(&left);
        text_free(&doc);
    }
}

static void add_parameters(struct text *out, const char *title, const struct sim_param *param) {
    if (!param || !param->name) return;
    text_add(out, "\n%s\n", title);
    for (; param->name; param++) {
        struct text left = {0};
        text_add(&left, "%s", param->name);
        if (unit_name(param->unit)[0]) text_add(&left, " [%s]", unit_name(param->unit));
        add_entry(out, text_string(&left), DOC_COLUMN, param->doc);
        text_free(&left);
    }
}

static void add_tables(struct text *out, const char *title, const struct sim_table *table) {
    if (!table || !table->name) return;
    text_add(out, "\n%s\n", title);
    for (; table->name; table++) {
        struct text columns = {0};
        for (const struct sim_param *column = table->columns; column && column->name; column++) {
            text_add(&columns, "%s%s", columns.size > 0 ? " " : "", column->name);
        }
        add_entry(out, table->name, 26, table->doc);
        if (columns.size > 0) text_add_wrapped(out, 6, text_string(&columns));
        text_free(&columns);
    }
}

static void add_facts(struct text *out, const struct sim_name *fact) {
    if (!fact || !fact->name) return;
    text_add(out, "\nfacts, which laws read\n");
    for (; fact->name; fact++) add_entry(out, fact->name, 26, fact->text);
}

static void add_laws(struct text *out, const struct sim_law *const *law) {
    if (!law || !*law) return;
    text_add(out, "\nlaws\n");
    for (; *law; law++) {
        struct text says = {0};
        text_add(&says, "%s", (*law)->says ? (*law)->says : "");
        if ((*law)->source) text_add(&says, " [%s]", (*law)->source);
        add_entry(out, (*law)->name, 26, text_string(&says));
        text_free(&says);
    }
}

static void add_bugs(struct text *out, const struct sim_bug *bug) {
    if (!bug || !bug->name) return;
    text_add(out, "\nbugs, off unless a scenario says bugs = { ... }\n");
    for (; bug->name; bug++) {
        struct text says = {0};
        text_add(&says, "%s", bug->doc ? bug->doc : "");
        if (bug->breaks) text_add(&says, "; breaks %s", bug->breaks);
        if (bug->caught_by) text_add(&says, ", caught by %s", bug->caught_by);
        add_entry(out, bug->name, 26, text_string(&says));
        text_free(&says);
    }
}

static void add_channels(struct text *out, const struct sim_channel *channel) {
    if (!channel || !channel->name) return;
    text_add(out, "\nchannels\n");
    for (; channel->name; channel++) {
        add_entry(out, channel->name, 26, channel->stream ? "stream" : "datagrams");
    }
}

static void add_model(struct text *out, const struct sim_model *model) {
    text_add(out, "%s: ", model->name);
    text_add_wrapped(out, 2, model->summary);
    add_knobs(out, model->knobs);
    add_parameters(out, "probes, sampled into series", model->probes);
    add_tables(out, "views", model->views);
    add_tables(out, "commands, with their arguments", model->commands);
    add_channels(out, model->channels);
    add_facts(out, model->facts);
    add_laws(out, model->laws);
    add_bugs(out, model->bugs);
}

static void add_list(struct text *out) {
    for (const struct sim_model *const *model = model_registry; *model; model++) {
        add_entry(out, (*model)->name, 18, (*model)->summary);
    }
    text_add(out,
             "\n`orrery models NAME` tells its knobs, probes, views, commands, laws and bugs.\n"
             "A model can also be written in Lua: a table that a scenario gives to sim.node.\n");
}

static int complain_model(const char *name) {
    enum { MODELS_MAX = 64 };
    const char *names[MODELS_MAX];
    size_t count = 0;
    for (const struct sim_model *const *m = model_registry; *m && count < MODELS_MAX; m++) {
        names[count++] = (*m)->name;
    }
    const char *near = nearest_name(name, names, count);
    if (near)
        complain("models: no model '%s'; did you mean '%s'?", name, near);
    else
        complain("models: no model '%s'; expected one that `orrery models` lists", name);
    return EXIT_WRONG_USE;
}

int cmd_models(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c != 'h') return EXIT_WRONG_USE;
        puts("usage: orrery models [NAME]\n\n"
             "What can be simulated; with a name, all about one model: its knobs with units,\n"
             "defaults and ranges, its probes, views, commands, facts, laws and bugs.\n\n"
             "For example:\n"
             "  orrery models postgres");
        return EXIT_PASSED;
    }
    struct text out = {0};
    int code = EXIT_PASSED;
    if (optind >= argc) add_list(&out);
    for (int i = optind; i < argc && code == EXIT_PASSED; i++) {
        const struct sim_model *model = model_find(argv[i]);
        if (i > optind) text_add_char(&out, '\n');
        if (model)
            add_model(&out, model);
        else
            code = complain_model(argv[i]);
    }
    if (code == EXIT_PASSED) fputs(text_string(&out), stdout);
    text_free(&out);
    return code;
}
