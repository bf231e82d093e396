/*
 * orrery grade: a student's folder, over many seeds, each run in a process of its own with little
 * memory and little time. The stage is the program's own; of the student's folder only the model is
 * read.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/wide.h"
#include "commands.h"
#include "explore/pool.h"
#include "grade.h"
#include "home.h"
#include "interrupt.h"
#include "options.h"
#include "report/json.h"
#include "report/progress.h"
#include "run_options.h"
#include "script/nearest.h"

static const char help[] =
    "usage: orrery grade DIR [--seeds A-B | --seeds-file FILE] [OPTIONS]\n\n"
    "Runs what a student handed in for a lab: points for each law that held over all seeds, and "
    "for each\n"
    "that did not the smallest seed that shows it, with the reason and the command that repeats "
    "it.\n\n"
    "DIR holds the file that the lab asks for, ping.lua; the lab itself, scenarios/labs/ping/, is "
    "the\n"
    "program's own, whatever lies in DIR.\n\n"
    "  --lab NAME           which lab, where DIR does not tell\n"
    "  --seeds A-B          from A to B; or N: from 1 to N (usually 1-100)\n"
    "  --seeds-file FILE    the seeds, one a line\n"
    "  --jobs N             so many at a time (usually one a core)\n"
    "  --timeout DURATION   of wall time, for one run (10s)\n"
    "  --limit-...          as for `orrery run`; here 256MB of memory and 5M events\n"
    "  --json               the grade as JSON on stdout, and nothing else there\n\n"
    "Exit code 0: all points; 1: fewer; 2: nothing that could be graded.\n\n"
    "For example:\n"
    "  orrery grade handed-in/alice --seeds 1-200 --json\n";

enum { SEEDS = OPTION_OTHERS, SEEDS_FILE, JOBS, TIMEOUT, LAB };
enum { SEEDS_MAX = 1000000, LABS_MAX = 64 };

static const struct option options[] = {
    {"lab", required_argument, NULL, LAB},
    {"seeds", required_argument, NULL, SEEDS},
    {"seeds-file", required_argument, NULL, SEEDS_FILE},
    {"jobs", required_argument, NULL, JOBS},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"json", no_argument, NULL, OPTION_JSON},
    RUN_OPTIONS_SHARED,
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct command {
    struct run_request request;
    const char *lab; /* its name */
    struct text stage;
    uint64_t *seeds;
    size_t seed_count, seed_capacity;
    int at_once;
    int64_t timeout_ms, begun_ms;
    struct grade grade;
};

/* ---- options ---- */

static void add_seed(struct command *command, uint64_t seed) {
    command->seeds = must_grow(command->seeds, &command->seed_capacity, command->seed_count + 1,
                               sizeof *command->seeds);
    command->seeds[command->seed_count++] = seed;
}

static bool add_seeds(struct command *command, const char *value) {
    uint64_t first, last;
    if (!parse_seeds("--seeds", value, SEEDS_MAX, &first, &last)) return false;
    for (uint64_t seed = first; seed <= last; seed++) add_seed(command, seed);
    return true;
}

static bool read_seeds(struct command *command, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        complain("--seeds-file: %s: %s", path, strerror(errno));
        return false;
    }
    char line[128];
    bool good = true;
    for (int number = 1; good && fgets(line, sizeof line, file); number++) {
        line[strcspn(line, "#\r\n")] = '\0';
        const char *word = line + strspn(line, " \t");
        if (!*word) continue;
        char what[64];
        snprintf(what, sizeof what, "--seeds-file: line %d", number);
        uint64_t seed;
        char *end = line + strlen(line);
        while (end > word && (end[-1] == ' ' || end[-1] == '\t')) *--end = '\0';
        good = parse_seed(what, word, &seed);
        if (good) add_seed(command, seed);
    }
    fclose(file);
    if (good && command->seed_count == 0) {
        complain("--seeds-file: %s: found no seed; expected one a line", path);
        good = false;
    }
    return good;
}

static bool take(struct command *command, int option, char *value) {
    int64_t number;
    switch (option) {
    case LAB: command->lab = value; return true;
    case SEEDS: return add_seeds(command, value);
    case SEEDS_FILE: return read_seeds(command, value);
    case JOBS: return parse_jobs(value, &command->at_once);
    case TIMEOUT:
        if (!parse_quantity("--timeout", QUANTITY_DURATION, value, &number)) return false;
        command->timeout_ms = number / 1000000 + 1;
        return true;
    default: return run_option_take(&command->request, option, value);
    }
}

/* ---- which lab ---- */

static bool is_file(const char *folder, const char *name) {
    struct text path = {0};
    struct stat status;
    text_add(&path, "%s/%s", folder, name);
    const bool is = lstat(text_string(&path), &status) == 0 && S_ISREG(status.st_mode);
    text_free(&path);
    return is;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t find_labs(const char *folder, char **names) {
    DIR *directory = opendir(folder);
    size_t count = 0;
    for (struct dirent *entry; directory && count < LABS_MAX && (entry = readdir(directory));) {
        struct text stage = {0};
        text_add(&stage, "%s/lab_%s.lua", entry->d_name, entry->d_name);
        if (entry->d_name[0] != '.' && is_file(folder, text_string(&stage)))
            names[count++] = must_strdup(entry->d_name);
        text_free(&stage);
    }
    if (directory) closedir(directory);
    if (count) qsort(names, count, sizeof *names, by_bytes);
    return count;
}

static void add_names(struct text *text, char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) text_add(text, "%s%s", i ? ", " : "", names[i]);
}

/* The one lab whose file the folder has, or the one that was named. */
static bool choose_lab(struct command *command, const char *folder) {
    const char *labs = home_path("scenarios/labs");
    char *names[LABS_MAX];
    const size_t count = find_labs(labs, names);
    struct text all = {0};
    add_names(&all, names, count);
    const char *chosen = NULL;
    size_t fitting = 0;
    for (size_t i = 0; i < count; i++) {
        struct text file = {0};
        text_add(&file, "%s.lua", names[i]);
        const bool fits = command->lab ? strcmp(command->lab, names[i]) == 0
                                       : is_file(folder, text_string(&file));
        text_free(&file);
        if (!fits) continue;
        fitting++;
        chosen = names[i];
    }
    struct stat status;
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode)) {
        complain("grade: %s: %s; expected the folder of what was handed in", folder,
                 errno ? strerror(errno) : "it is no folder");
    } else if (fitting == 0 && command->lab) {
        const char *near = nearest_name(command->lab, (const char *const *)names, count);
        complain("--lab: no lab '%s'; %s%s%s (there are: %s)", command->lab,
                 near ? "did you mean '" : "expected one of these", near ? near : "",
                 near ? "'?" : "", text_string(&all));
    } else if (fitting != 1) {
        complain(
            "grade: %s: found %s; expected the file of one lab, NAME.lua, with NAME one of: %s "
            "(--lab says which)",
            folder, fitting ? "files of several labs" : "no file of any lab", text_string(&all));
    } else {
        text_add(&command->stage, "%s/%s/lab_%s.lua", labs, chosen, chosen);
        command->lab = must_strdup(chosen);
    }
    text_free(&all);
    for (size_t i = 0; i < count; i++) free(names[i]);
    return command->stage.size > 0;
}

/* ---- one run, in its process ---- */

struct told {
    int to;
    struct text text;
};

/* At once: a run that hangs is worth no points of as many. */
static void tell_lab(void *context, const struct script_lab *lab) {
    const struct told *told = context;
    struct text text = {0};
    grade_lab(lab, &text);
    pool_tell(told->to, text.data, text.size);
    text_free(&text);
}
static void tell(void *context, const struct run_report *report, enum exit_code code) {
    struct told *told = context;
    grade_result(report, code, &told->text);
}

static int work(void *context, int64_t job, int to) {
    const struct command *command = context;
    struct told told = {.to = to};
    struct text complaint = {0};
    struct run_request request = command->request;
    request.path = text_string(&command->stage);
    request.seed = command->seeds[job];
    request.go_on = true;
    request.judged = tell;
    request.lab = tell_lab;
    request.context = &told;
    request.complaint = &complaint;
    const enum exit_code code = run_one(&request);
    if (complaint.size) grade_no_result("mistake", text_string(&complaint), &told.text);
    pool_tell(to, told.text.data, told.text.size);
    return (int)code;
}

static bool done(void *context, const struct pool_result *result) {
    struct command *command = context;
    struct text lines = {0};
    text_add_bytes(&lines, result->bytes, result->size);
    if (result->end != POOL_DONE || result->size == 0) {
        struct text why = {0};
        if (result->end == POOL_HUNG) {
            text_add(&why, "no end after ");
            text_add_ns(&why, command->timeout_ms * 1000000);
        } else {
            text_add(&why, "the run's process died: signal %d", result->signal);
        }
        grade_no_result(result->end == POOL_HUNG ? "hang" : "crash", text_string(&why), &lines);
        text_free(&why);
    }
    grade_take(&command->grade, command->seeds[result->job], text_string(&lines));
    text_free(&lines);
    return true;
}

static bool tick(void *context) {
    (void)context;
    return !interrupted();
}

/* ---- what is said ---- */

/* From where the command will be given: here. */
static const char *from_here(const char *path) {
    static char here[4096];
    const size_t size = getcwd(here, sizeof here) ? strlen(here) : 0;
    return size && strncmp(path, here, size) == 0 && path[size] == '/' ? path + size + 1 : path;
}

static void add_repeat(const struct command *command, uint64_t seed, struct text *out) {
    text_add(out, "./orrery run ");
    add_shell_word(out, from_here(text_string(&command->stage)));
    text_add(out, " --hand-in ");
    add_shell_word(out, command->request.handed_in);
    text_add(out, " --seed %llu", (unsigned long long)seed);
}

static void print_table(const struct command *command, struct text *out) {
    const struct grade *grade = &command->grade;
    text_add(out, "%s  %lld of %lld points over %zu seeds, in ", command->lab,
             (long long)grade_points(grade), (long long)grade_points_most(grade),
             command->seed_count);
    progress_add_seconds(out, wall_clock_ms() - command->begun_ms);
    text_add_char(out, '\n');
    if (grade->ended) {
        struct text head = {0};
        text_add(&head,
                 "%lld of the runs ended before their time, and count for nothing: seed %llu, %s",
                 (long long)grade->ended, (unsigned long long)grade->ended_seed, grade->ended_kind);
        text_add(out, "\n  ");
        text_add_wrapped(out, 6, text_string(&head));
        text_free(&head);
        text_add_wrapped(out, 6, grade->ended_why);
        text_pad_to(out, 6);
        add_repeat(command, grade->ended_seed, out);
        text_add_char(out, '\n');
    }
    text_add_char(out, '\n');
    for (size_t i = 0; i < grade->count; i++) {
        const struct grade_item *item = &grade->items[i];
        text_add(out, "  %2lld of %2lld  %s\n", (long long)(grade_holds(item) ? item->points : 0),
                 (long long)item->points, item->name);
        if (item->failing && !(grade->ended && item->seed == grade->ended_seed)) {
            struct text why = {0};
            text_add(&why, "seed %llu: %s", (unsigned long long)item->seed, item->why);
            text_add_wrapped(out, 12, text_string(&why));
            text_free(&why);
            text_pad_to(out, 12);
            add_repeat(command, item->seed, out);
            text_add_char(out, '\n');
        } else if (!item->failing && item->judged == 0) {
            text_add(out, "            there was never anything to judge\n");
        }
    }
}

static void print_json(const struct command *command, struct text *out) {
    const struct grade *grade = &command->grade;
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_string(&json, "lab", command->lab);
    json_string(&json, "hand_in", command->request.handed_in);
    json_integer(&json, "points", grade_points(grade));
    json_integer(&json, "of", grade_points_most(grade));
    json_integer(&json, "seeds", (int64_t)command->seed_count);
    json_open(&json, "items", '[');
    for (size_t i = 0; i < grade->count; i++) {
        const struct grade_item *item = &grade->items[i];
        json_open(&json, NULL, '{');
        json_string(&json, "name", item->name);
        json_integer(&json, "points", grade_holds(item) ? item->points : 0);
        json_integer(&json, "of", item->points);
        json_integer(&json, "judged", item->judged);
        json_integer(&json, "failing", item->failing);
        if (item->failing) {
            struct text command_text = {0};
            add_repeat(command, item->seed, &command_text);
            json_integer(&json, "seed", (int64_t)item->seed);
            json_string(&json, "why", item->why);
            json_string(&json, "command", text_string(&command_text));
            text_free(&command_text);
        }
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_integer(&json, "ended_early", grade->ended);
    if (grade->ended) {
        json_string(&json, "ended_kind", grade->ended_kind);
        json_integer(&json, "ended_seed", (int64_t)grade->ended_seed);
        json_string(&json, "ended_why", grade->ended_why);
    }
    json_close(&json, '}');
    text_add_char(out, '\n');
}

/* ---- all of it ---- */

static enum exit_code run(struct command *command, const char *folder) {
    errno = 0;
    if (!choose_lab(command, folder)) return EXIT_WRONG_USE;
    if (command->seed_count == 0)
        for (uint64_t seed = 1; seed <= 100; seed++) add_seed(command, seed);
    command->request.handed_in = folder;
    interrupt_catch();
    command->begun_ms = wall_clock_ms();
    const struct pool pool = {.jobs = (int64_t)command->seed_count,
                              .at_once = command->at_once,
                              .timeout_ms = command->timeout_ms,
                              .context = command,
                              .work = work,
                              .done = done,
                              .tick = tick};
    if (!pool_run(&pool)) {
        complain("grade: no process for a run: %s", strerror(errno));
        return EXIT_BROKEN;
    }
    if (interrupted()) {
        complain("grade: interrupted after %lld of %zu runs", (long long)command->grade.runs,
                 command->seed_count);
        return EXIT_INTERRUPTED;
    }
    struct text out = {0};
    if (command->request.json)
        print_json(command, &out);
    else
        print_table(command, &out);
    fputs(text_string(&out), stdout);
    text_free(&out);
    return grade_points(&command->grade) == grade_points_most(&command->grade) &&
                   command->grade.count
               ? EXIT_PASSED
               : EXIT_FAILED;
}

int cmd_grade(int argc, char **argv) {
    struct command command = {.request = {.records_to = -1, .limits = {.events = 5000000}},
                              .at_once = usual_jobs(),
                              .timeout_ms = 10000};
    int code = EXIT_WRONG_USE;
    bool good = true, helped = false;
    for (int c; good && !helped && (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            helped = true;
        } else {
            good = c != '?' && take(&command, c, optarg);
        }
    }
    if (helped)
        code = EXIT_PASSED;
    else if (good && optind + 1 != argc)
        complain("grade: found %d folders; expected one, with what was handed in", argc - optind);
    else if (good)
        code = (int)run(&command, argv[optind]);
    grade_free(&command.grade);
    if (command.stage.size) free((char *)(uintptr_t)command.lab);
    text_free(&command.stage);
    free(command.seeds);
    free(command.request.settings);
    return code;
}
