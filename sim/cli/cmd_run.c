/* orrery run: one run of a scenario. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "pack.h"
#include "run_options.h"

static const char help[] =
    "usage: orrery run SCENARIO.lua [OPTIONS]\n"
    "       orrery run PACK [OPTIONS]\n\n"
    "Runs a scenario and says whether what it expects came true. Writes the summary, the story, "
    "the\n"
    "clients' history, series and plots to out/SCENARIO/SEED/. A pack, as `orrery pack` makes "
    "it,\n"
    "brings its script, seed, parameters and faults along; whether this version still does what "
    "was\n"
    "packed is said at the end, and if not, where it first differs (exit 3).\n\n"
    "  --seed N             the number that decides everything that happens (1)\n"
    "  --set NAME=VALUE     another value for one of the scenario's sim.params; repeatable\n"
    "  --until DURATION     stop at this virtual time: 30s\n"
    "  --out DIR            write there instead\n"
    "  --trace LEVEL        none; story: decisions and faults, for people (usual); full: and "
    "every\n"
    "                       record, as trace.jsonl\n"
    "  --faults FILE        these faults, as faults.jsonl of a run has them, in place of those "
    "that\n"
    "                       the scenario's sim.chaos draws\n"
    "  --hand-in DIR        of a lab: the folder with what you wrote\n"
    "  --no-plots           no gnuplot\n"
    "  --json               the summary as JSON on stdout, and nothing else there\n"
    "  --quiet              no summary, no progress; the exit code tells\n"
    "  --limit-memory SIZE  of all Lua of the run, usually 128MB: 500MB\n"
    "  --limit-instructions N   of one call into Lua\n"
    "  --limit-output SIZE  of what the scenario prints\n"
    "  --limit-events N     of the whole run\n"
    "  --limit-pending N    waiting at once: messages, timers, disk operations (a million)\n\n"
    "For example:\n"
    "  orrery run scenarios/replication/lag_large_transaction.lua --seed 7 --set burst=1GB\n";

int cmd_run(int argc, char **argv) {
    struct run_request request;
    const enum options_result result = run_options(argc, argv, &request, help);
    int code = EXIT_WRONG_USE;
    if (result == OPTIONS_HELP) code = EXIT_PASSED;
    if (result == OPTIONS_GOOD)
        code = is_pack(request.path) ? (int)run_pack(&request) : (int)run_one(&request);
    free(request.settings);
    return code;
}
