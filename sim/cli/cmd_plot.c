/* orrery plot: the plots of a run again, from its folder: after plots/ changed, or as PNG. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands.h"
#include "interrupt.h"
#include "options.h"
#include "past_run.h"
#include "report/spacetime.h"
#include "run_plots.h"
#include "whole_file.h"

static const char help[] =
    "usage: orrery plot RUNDIR [NAME...] [--format svg|png] [--key NAME=VALUE]\n\n"
    "Makes the plots of a run again, over the .dat files in its folder: those that its scenario "
    "asked\n"
    "for, or those that are named (plots/NAME.gp), with keys of their own.\n\n"
    "  --format FORMAT      svg (usual) or png\n"
    "  --key NAME=VALUE     of the plots named: of=standby; repeatable\n"
    "  --spacetime A-B      instead: a picture of the messages among the records A to B of "
    "trace.jsonl\n"
    "                       (or A alone: 50 from there), as spacetime_A-B.svg\n\n"
    "For example:\n"
    "  orrery plot out/lag_large_transaction/1 --format png\n"
    "  orrery plot out/lag_large_transaction/1 series --key of=standby --key "
    "probes=replay_lag_bytes\n";

struct plot_job {
    const char *folder, *format;
    const char *keys[16], *values[16];
    size_t key_count;
};

static bool add_key(struct plot_job *job, char *argument) {
    char *equals = strchr(argument, '=');
    if (!equals || equals == argument || job->key_count == 16) {
        complain("plot: --key: '%s'; expected NAME=VALUE, such as of=standby, at most 16 of them",
                 argument);
        return false;
    }
    *equals = '\0';
    job->keys[job->key_count] = argument;
    job->values[job->key_count++] = equals + 1;
    return true;
}

/* A plot's file, in the format that was asked for. */
static char *file_in_format(const char *file, const char *format) {
    struct text name = {0};
    const char *dot = strrchr(file, '.');
    text_add_bytes(&name, file, dot ? (size_t)(dot - file) : strlen(file));
    text_add(&name, ".%s", format);
    return name.data;
}

static int make(const struct plot_job *job, struct past_run *past, char **names, int count) {
    struct report_plot *plots = past->plots, *named = NULL;
    size_t plot_count = past->plot_count;
    if (count > 0) {
        named = must_calloc((size_t)count, sizeof *named);
        for (int i = 0; i < count; i++) {
            named[i] =
                (struct report_plot){names[i], names[i], job->keys, job->values, job->key_count};
        }
        plots = named;
        plot_count = (size_t)count;
    }
    char **files = must_calloc(plot_count + 1, sizeof *files);
    for (size_t i = 0; i < plot_count; i++) {
        files[i] = file_in_format(plots[i].file, job->format);
        plots[i].file = files[i];
    }
    struct text subtitle = {0};
    plot_subtitle(&subtitle, past->scenario, past->seed, past->parameters, past->parameter_count);
    const char *places[3];
    plot_places(past->path, places);
    const struct plot_request request = {
        job->folder, places, places[1], job->format, text_string(&subtitle), past->sim_time_ns};
    const size_t made = make_plots(&request, plots, plot_count);
    for (size_t i = 0; i < made; i++) printf("%s/%s\n", job->folder, plots[i].file);
    for (size_t i = 0; i < plot_count; i++) free(files[i]);
    free(files);
    free(named);
    text_free(&subtitle);
    if (plot_count == 0) {
        complain(
            "plot: the scenario of this run asks for no plot; expected sim.plot in it, or names of "
            "plots");
        return EXIT_WRONG_USE;
    }
    if (interrupted()) return EXIT_INTERRUPTED;
    return made == plot_count ? EXIT_PASSED : EXIT_WRONG_USE;
}

struct span {
    const char *folder;
    int64_t first, last;
};

static bool draw_span(void *context, struct output *o, struct text *error) {
    const struct span *span = context;
    return spacetime_draw(span->folder, span->first, span->last, o, error);
}

static int spacetime(const char *folder, char *range) {
    enum { USUAL = 50 };
    struct span span = {.folder = folder};
    uint64_t first, last;
    if (strchr(range, '-')) {
        if (!parse_seeds("--spacetime", range, SPACETIME_RECORDS_MAX, &first, &last))
            return EXIT_WRONG_USE;
    } else if (!parse_seed("--spacetime", range, &first)) {
        return EXIT_WRONG_USE;
    } else {
        last = first + USUAL - 1;
    }
    span.first = (int64_t)first;
    span.last = (int64_t)last;
    struct text name = {0}, error = {0};
    text_add(&name, "spacetime_%llu-%llu.svg", (unsigned long long)first, (unsigned long long)last);
    const bool good = whole_file(folder, text_string(&name), draw_span, &span, &error);
    if (!good) complain("plot: --spacetime: %s", text_string(&error));
    text_free(&name);
    text_free(&error);
    return good ? EXIT_PASSED : EXIT_WRONG_USE;
}

int cmd_plot(int argc, char **argv) {
    static const struct option options[] = {{"format", required_argument, NULL, 'f'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"spacetime", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct plot_job job = {.format = "svg"};
    char *range = NULL;
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            return EXIT_PASSED;
        }
        if (c == '?' || (c == 'k' && !add_key(&job, optarg))) return EXIT_WRONG_USE;
        if (c == 'f') job.format = optarg;
        if (c == 's') range = optarg;
    }
    if (strcmp(job.format, "svg") != 0 && strcmp(job.format, "png") != 0) {
        complain("plot: --format: '%s' is no format; expected svg or png", job.format);
        return EXIT_WRONG_USE;
    }
    if (optind >= argc) {
        complain("plot: no folder; expected that of a run, such as out/SCENARIO/SEED");
        return EXIT_WRONG_USE;
    }
    job.folder = argv[optind];
    if (range) return spacetime(job.folder, range);
    struct past_run past;
    struct text error = {0};
    int code = EXIT_WRONG_USE;
    interrupt_catch();
    if (past_run_read(job.folder, &past, &error)) {
        code = make(&job, &past, argv + optind + 1, argc - optind - 1);
    } else {
        complain("%s", text_string(&error));
    }
    past_run_free(&past);
    text_free(&error);
    return code;
}
