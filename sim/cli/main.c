/*
 * orrery: finds the command and hands over. Each command is a file of its own, cmd_*.c, and prints
 * its own --help with an example.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "report/summary.h"
#include "script/nearest.h"

static const struct command {
    const char *name, *says;
    int (*run)(int, char **);
} commands[] = {
    {"run", "runs a scenario: the summary, the story, series and plots", cmd_run},
    {"verify", "runs it twice in fresh processes; names the first record that differs", cmd_verify},
    {"sweep", "runs many seeds; groups what failed, with the command that repeats it", cmd_sweep},
    {"grade", "what a student handed in for a lab: points, and the smallest failing seed",
     cmd_grade},
    {"check", "judges a history, of a run or of a real system, by a specification", cmd_check},
    {"story", "what happened in a run, whole or what concerns one node or word", cmd_story},
    {"plot", "makes the plots of a run again", cmd_plot},
    {"pack", "a run in one file, to attach to a ticket; `run` says whether it still happens",
     cmd_pack},
    {"export", "a run's trace or history for Perfetto, ShiViz, Jepsen", cmd_export},
    {"models", "what can be simulated: knobs, probes, views, commands, laws, bugs", cmd_models},
    {"bench", "how fast the engine is, on this machine", cmd_bench},
    {"version", "version, build, Lua version", cmd_version},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *to) {
    fputs("Orrery: a deterministic simulator of distributed databases.\n\n"
          "usage: orrery COMMAND [ARGUMENTS]\n\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].says);
    fputs("  test      builds and runs the test suite (the ./orrery of a checkout only)\n\n"
          "`orrery COMMAND --help` says more. For example:\n\n"
          "  ./orrery run scenarios/replication/lag_large_transaction.lua\n\n"
          "Exit codes: 0 pass, 1 a law, check or expectation failed, 2 the command or the scenario "
          "is\n"
          "wrong, 3 inconclusive, 4 the program itself failed, 130 interrupted.\n",
          to);
}

static int complain_command(const char *name) {
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
    const char *near = nearest_name(name, names, COMMANDS);
    const size_t size = strlen(name);
    if (near) {
        complain("unknown command '%s'; did you mean '%s'?", name, near);
    } else if (size > 4 && strcmp(name + size - 4, ".lua") == 0) {
        complain("unknown command '%s'; did you mean 'orrery run %s'?", name, name);
    } else {
        complain("unknown command '%s'; expected one of `orrery --help`", name);
    }
    return EXIT_WRONG_USE;
}

/* What stdout did not take is lost, which no exit code may hide. */
static int all_was_said(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    complain("stdout: %s; not all was written", strerror(errno));
    return EXIT_BROKEN;
}

int main(int argc, char **argv) {
    /* A file that grows past a limit of the shell is an error to report, not a death. */
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_WRONG_USE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return EXIT_PASSED;
    }
    if (strcmp(name, "--version") == 0) name = "version";
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return all_was_said(commands[i].run(argc - 1, argv + 1));
    }
    return complain_command(name);
}
