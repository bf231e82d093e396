/* orrery export: a run's trace or history for other tools. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "options.h"
#include "report/export.h"
#include "report/summary.h"
#include "script/nearest.h"
#include "whole_file.h"

static const char help[] =
    "usage: orrery export RUNDIR --to perfetto|shiviz|jepsen [--out -]\n\n"
    "Writes a run's trace or history in another tool's format, into its folder:\n\n"
    "  perfetto   perfetto.json, for ui.perfetto.dev or chrome://tracing: a track a node, arrows "
    "for\n"
    "             messages, spans for operations and faults. Needs a run with --trace full\n"
    "  shiviz     shiviz.log, for a space-time diagram with vector clocks. The same\n"
    "  jepsen     history.edn, for Jepsen's checkers and Elle\n\n"
    "  --out -    to stdout instead\n\n"
    "For example:\n"
    "  orrery run scenarios/first/echo.lua --trace full\n"
    "  orrery export out/echo/1 --to perfetto\n";

static const struct tool {
    const char *name, *file;
    bool (*write)(const char *folder, struct output *, struct text *error);
} tools[] = {{"perfetto", "perfetto.json", export_perfetto},
             {"shiviz", "shiviz.log", export_shiviz},
             {"jepsen", "history.edn", export_jepsen}};
struct job {
    const struct tool *tool;
    const char *folder;
};
enum { TOOLS = sizeof tools / sizeof *tools };

static const struct tool *find_tool(const char *name) {
    const char *names[TOOLS];
    for (size_t i = 0; i < TOOLS; i++) {
        names[i] = tools[i].name;
        if (strcmp(name, names[i]) == 0) return &tools[i];
    }
    const char *near = nearest_name(name, names, TOOLS);
    complain("export: --to: no tool '%s'; %s%s", name,
             near ? "did you mean " : "expected perfetto, shiviz or jepsen", near ? near : "");
    return NULL;
}

static enum exit_code to_stdout(const struct tool *tool, const char *folder, struct text *error) {
    struct output *o = output_to_descriptor(STDOUT_FILENO, OUTPUT_BUFFER_LARGE);
    const bool good = tool->write(folder, o, error);
    if (!output_close(o) && good) text_add(error, "stdout: not all of it was taken");
    return error->size ? EXIT_WRONG_USE : EXIT_PASSED;
}

static bool write_tool(void *context, struct output *o, struct text *error) {
    const struct job *job = context;
    return job->tool->write(job->folder, o, error);
}

static enum exit_code to_file(const struct tool *tool, const char *folder, struct text *error) {
    struct job job = {tool, folder};
    return whole_file(folder, tool->file, write_tool, &job, error) ? EXIT_PASSED : EXIT_WRONG_USE;
}

int cmd_export(int argc, char **argv) {
    enum { TO = 256, OUT };
    static const struct option options[] = {{"to", required_argument, NULL, TO},
                                            {"out", required_argument, NULL, OUT},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const struct tool *tool = NULL;
    bool standard = false;
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            return EXIT_PASSED;
        }
        if (c == TO && !(tool = find_tool(optarg))) return EXIT_WRONG_USE;
        if (c == OUT) standard = strcmp(optarg, "-") == 0;
        if (c == '?' || (c == OUT && !standard)) {
            if (c == OUT) complain("export: --out: found '%s'; expected -", optarg);
            return EXIT_WRONG_USE;
        }
    }
    if (optind + 1 != argc || !tool) {
        complain("export: found %s; expected RUNDIR --to perfetto, shiviz or jepsen",
                 optind + 1 != argc ? "no folder of one run" : "no --to");
        return EXIT_WRONG_USE;
    }
    struct text error = {0}, summary = {0};
    text_add(&summary, "%s/summary.json", argv[optind]);
    enum exit_code code = EXIT_WRONG_USE;
    if (access(text_string(&summary), R_OK) != 0)
        text_add(&error, "%s: there is no summary.json in it; expected the folder of a run",
                 argv[optind]);
    else
        code = standard ? to_stdout(tool, argv[optind], &error)
                        : to_file(tool, argv[optind], &error);
    if (error.size) complain("%s", text_string(&error));
    text_free(&error);
    text_free(&summary);
    return (int)code;
}
