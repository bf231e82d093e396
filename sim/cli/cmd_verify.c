/*
 * orrery verify: the same run twice, in fresh processes, at the same time, compared record by
 * record.
 *
 * The two processes are made to differ in what must not matter: the second one has another
 * environment, another locale and time zone, memory that is filled with other garbage, and an
 * observer that looks at everything. Each writes its records to a pipe; nothing is kept, so a run
 * of any length takes the same memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "commands.h"
#include "home.h"
#include "interrupt.h"
#include "options.h"
#include "report/compare.h"
#include "run_options.h"

static const char help[] =
    "usage: orrery verify SCENARIO.lua [--seed N] [--set NAME=VALUE] [--until DURATION]\n\n"
    "Runs a scenario twice, in fresh processes that differ in all that must not matter, and "
    "compares\n"
    "every record. Exit code 0: equal to the byte; 1: they differ, and the first record that does "
    "is\n"
    "shown; other codes are the run's own. Takes the limits of `orrery run` too.\n\n"
    "For example:\n"
    "  orrery verify scenarios/replication/lag_large_transaction.lua --seed 7\n";

struct child {
    pid_t process;
    FILE *records;
};

/* The arguments of a child: those of this command, and the hidden ones. */
static char **child_arguments(int argc, char **argv, int descriptor, bool second) {
    static char to[2][40];
    snprintf(to[second], sizeof to[second], "--records-to=%d", descriptor);
    char **arguments = must_calloc((size_t)argc + 6, sizeof *arguments);
    int count = 0;
    arguments[count++] = "orrery";
    arguments[count++] = "run";
    arguments[count++] = to[second];
    if (second) arguments[count++] = "--watch";
    for (int i = 1; i < argc; i++) arguments[count++] = argv[i];
    return arguments;
}

/* Never returns. */
static void become_run(char **arguments, bool second) {
    if (second) {
        char padding[1500];
        memset(padding, 'x', sizeof padding - 1);
        padding[sizeof padding - 1] = '\0';
        setenv("ORRERY_PADDING", padding, 1); /* moves the stack */
        setenv("MALLOC_PERTURB_", "165", 1);
        setenv("LC_ALL", "C", 1);
        setenv("TZ", "Pacific/Kiritimati", 1);
        /* What it has to complain about, the first one says too. */
        const int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
    }
    execv(own_program(), arguments);
    fprintf(stderr, "orrery: %s: %s\n", own_program(), strerror(errno));
    _exit(EXIT_BROKEN);
}

static bool start(struct child *child, int argc, char **argv, bool second) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    char **arguments = child_arguments(argc, argv, ends[1], second);
    fflush(NULL);
    child->process = fork();
    if (child->process == 0) become_run(arguments, second);
    close(ends[1]);
    free(arguments);
    child->records = child->process > 0 ? fdopen(ends[0], "r") : NULL;
    if (!child->records) close(ends[0]);
    return child->records != NULL;
}

/* Its exit code; 4 when it was killed. */
static int wait_for(struct child *child, bool stop) {
    if (child->records) fclose(child->records);
    if (child->process <= 0) return EXIT_BROKEN;
    if (stop) kill(child->process, SIGKILL);
    int status = 0;
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_BROKEN;
}

static int report(const struct comparison *result, bool equal, const struct run_request *request,
                  const int codes[2]) {
    if (interrupted()) {
        complain("verify: interrupted after %lld equal records", (long long)result->records);
        return EXIT_INTERRUPTED;
    }
    if (!equal) {
        printf("DIFFERENT  %s, seed %llu: after %lld equal records %s", request->path,
               (unsigned long long)request->seed, (long long)result->records,
               text_string(&result->difference));
        return EXIT_FAILED;
    }
    if (!result->complete) {
        /* Neither run came to its end; what was wrong, the first has said. */
        if (codes[0] != codes[1])
            complain("verify: one run ended with %d, the other with %d", codes[0], codes[1]);
        return codes[0] == EXIT_PASSED ? EXIT_BROKEN : codes[0];
    }
    if (codes[0] == EXIT_WRONG_USE || codes[0] == EXIT_BROKEN) return codes[0];
    printf("SAME  %s, seed %llu: %lld records twice, digest %s\n", request->path,
           (unsigned long long)request->seed, (long long)result->records,
           text_string(&result->digest));
    return EXIT_PASSED;
}

int cmd_verify(int argc, char **argv) {
    struct run_request request;
    /* getopt reorders its arguments and --set is split in place: the children get them as they
     * were. */
    char **copy = must_calloc((size_t)argc + 1, sizeof *copy);
    for (int i = 0; i < argc; i++) copy[i] = must_strdup(argv[i]);
    const enum options_result options = run_options(argc, argv, &request, help);
    int code = options == OPTIONS_HELP ? EXIT_PASSED : EXIT_WRONG_USE;
    if (options == OPTIONS_GOOD) {
        struct child children[2] = {{0}, {0}};
        struct comparison result = {0};
        interrupt_catch();
        if (start(&children[0], argc, copy, false) && start(&children[1], argc, copy, true)) {
            const bool equal = compare_records(children[0].records, children[1].records, &result);
            const bool stop = !equal || interrupted();
            int codes[2];
            for (int i = 0; i < 2; i++) codes[i] = wait_for(&children[i], stop);
            code = report(&result, equal, &request, codes);
        } else {
            complain("verify: no second process: %s", strerror(errno));
            for (int i = 0; i < 2; i++) wait_for(&children[i], true);
            code = EXIT_BROKEN;
        }
        comparison_free(&result);
    }
    for (int i = 0; i < argc; i++) free(copy[i]);
    free(copy);
    free(request.settings);
    return code;
}
