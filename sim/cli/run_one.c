/*
 * One run. The world runs in slices of virtual time that take some twenty milliseconds of wall time
 * each; between them the progress bar moves, and an interrupt or a full disk ends the run. How it
 * is cut into slices changes nothing in it.
 */
#include "run_one.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/wide.h"
#include "explore/chaos.h"
#include "home.h"
#include "interrupt.h"
#include "models/registry.h"
#include "observe.h"
#include "options.h"
#include "pack.h"
#include "past_run.h"
#include "report/faults.h"
#include "report/history.h"
#include "report/jsonl.h"
#include "report/progress.h"
#include "report/series.h"
#include "report/story.h"
#include "report/terminal.h"
#include "report/trials.h"
#include "run_plots.h"
#include "witness.h"

struct run {
    const struct run_request *request;
    struct script *script;
    struct world *world;
    struct fault_plan plan;
    struct text name, folder_path, command, mistake, limit;
    int64_t until_ns, begun_ms;
    bool opening_limit;
    struct progress progress;

    struct folder *folder;
    struct output *records;
    struct operations *operations;
    struct story *story;
    struct jsonl *jsonl;
    struct history_file *history;
    struct series *series;

    struct report_parameter *parameters;
    struct report_check *checks;
    struct report_result *results;
    struct report_trial *trials;
    size_t trial_count;
    struct report_plot *plots;
    char **plot_files;
    size_t plot_file_count;
    struct run_report report;
};

void scenario_name(const char *path, struct text *name) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t size = strlen(base);
    if (size > 4 && strcmp(base + size - 4, ".lua") == 0) size -= 4;
    text_add_bytes(name, base, size);
}

/* ---- before ---- */

static void print_line(void *context, const char *bytes, size_t size) {
    struct run *run = context;
    if (run->request->records_to >= 0 || run->request->judged) return;
    progress_hide(&run->progress);
    FILE *to = run->request->json ? stderr : stdout;
    fwrite(bytes, 1, size, to);
    fflush(to);
}

static void say_wrong(const struct run *run, struct text *error) {
    if (run->request->complaint)
        text_add(run->request->complaint, "%s", text_string(error));
    else
        complain("%s", text_string(error));
    text_free(error);
}

static void tell_lab(void *context, const struct script_lab *lab) {
    const struct run *run = context;
    if (run->request->lab) run->request->lab(run->request->context, lab);
}

static void tell_read(void *context, const char *name, const char *data, size_t size) {
    const struct run *run = context;
    run->request->read(run->request->context, name, data, size);
}

static bool open_script(struct run *run) {
    const struct script_options options = {
        .path = run->request->path,
        .seed = run->request->seed,
        .settings = run->request->settings,
        .setting_count = run->request->setting_count,
        .limits = run->request->limits,
        .library = home_path("scenarios/lib"),
        .models = model_registry,
        .handed_in = run->request->handed_in,
        .go_on = run->request->go_on,
        .lab = tell_lab,
        .files = run->request->pack ? run->request->pack->files : NULL,
        .file_count = run->request->pack ? run->request->pack->file_count : 0,
        .read = run->request->read ? tell_read : NULL,
        .by_limit = &run->opening_limit,
        .print = print_line,
        .context = run,
    };
    struct text error = {0};
    run->script = script_open(&options, &error);
    if (!run->script) say_wrong(run, &error);
    if (!run->script) return false;
    run->world = script_world(run->script);
    run->until_ns = run->request->until_ns > 0 ? run->request->until_ns
                                               : script_run_for_ns(run->script);
    return true;
}

/* The storms that the scenario asked for, or what is given in their place. */
static bool plan_faults(struct run *run) {
    const struct pack *pack = run->request->pack;
    const char *path = run->request->faults;
    bool good = true;
    if (path || pack) {
        struct text error = {0};
        good = pack ? plan_read_text(&run->plan, pack->name, pack->faults, run->world, &error)
                    : plan_read(&run->plan, path, run->world, &error);
        if (!good) say_wrong(run, &error);
    } else {
        const struct chaos_request *const *storms;
        const size_t count = script_storms(run->script, &storms);
        for (size_t i = 0; i < count; i++) chaos_plan(storms[i], run->request->seed, &run->plan);
    }
    if (good) plan_schedule(&run->plan, run->world);
    return good;
}

static int64_t sample_step(const struct run *run) {
    const int64_t asked = script_sample_ns(run->script);
    return asked > 0 ? asked : run->until_ns / 1000 > 0 ? run->until_ns / 1000 : 1;
}

static bool open_folder(struct run *run) {
    if (run->request->out) {
        text_add(&run->folder_path, "%s", run->request->out);
    } else {
        text_add(&run->folder_path, "out/%s/%llu", text_string(&run->name),
                 (unsigned long long)run->request->seed);
    }
    struct text error = {0};
    run->folder = folder_open(text_string(&run->folder_path), &error);
    if (!run->folder) complain("%s", text_string(&error));
    text_free(&error);
    if (!run->folder) return false;
    earlier_files(run->folder);
    return true;
}

static void open_sinks(struct run *run) {
    const enum trace_level trace = run->request->trace;
    if (run->request->witness) witness_watch(run->request->witness, run->world);
    if (run->request->judged) return;
    run->operations = operations_open(run->world, run->until_ns);
    if (run->records) {
        run->jsonl = jsonl_open(run->world, run->records, true);
        if (run->request->watch) observe_everything(run->world, sample_step(run));
        return;
    }
    if (trace == TRACE_FULL) {
        run->jsonl = jsonl_open(
            run->world, folder_output(run->folder, "trace.jsonl", OUTPUT_BUFFER_LARGE), false);
    }
    if (trace != TRACE_NONE) {
        struct text title = {0};
        text_add(&title, "%s, seed %llu", text_string(&run->name),
                 (unsigned long long)run->request->seed);
        run->story = story_open(run->world,
                                folder_output(run->folder, "story.txt", OUTPUT_BUFFER_SMALL),
                                text_string(&title), script_describe(run->script));
        text_free(&title);
    }
    run->history = history_file_open(
        run->world, folder_output(run->folder, "history.jsonl", OUTPUT_BUFFER_SMALL));
    run->series = series_open(run->world, run->folder, sample_step(run));
}

/* ---- the run ---- */

static void watch_interrupt(struct world *world, void *context) {
    (void)context;
    if (interrupted()) world_stop(world, "interrupted");
}

static bool must_stop(const struct run *run) {
    return interrupted() || (run->folder && folder_error(run->folder));
}

static enum world_end run_world(struct run *run) {
    enum { SLICE_SHORT_MS = 10, SLICE_LONG_MS = 50 };
    enum world_end end = WORLD_TIME_IS_UP;
    int64_t slice_ns = run->until_ns / 1000 + 1;
    /* A slice in which very much happens would not end soon. */
    world_watch(run->world, sample_step(run), watch_interrupt, NULL);
    for (int64_t until = 0; until < run->until_ns && end == WORLD_TIME_IS_UP && !must_stop(run);) {
        until = until < run->until_ns - slice_ns ? until + slice_ns : run->until_ns;
        const int64_t before_ms = wall_clock_ms();
        end = world_run(run->world, until);
        const int64_t took_ms = wall_clock_ms() - before_ms;
        if (took_ms < SLICE_SHORT_MS && slice_ns < INT64_MAX / 4)
            slice_ns *= 2;
        else if (took_ms > SLICE_LONG_MS && slice_ns > 1)
            slice_ns /= 2;
        progress_update(&run->progress, until, world_events(run->world));
    }
    progress_hide(&run->progress);
    return end;
}

/* Mistakes and limits end a run before its laws and expectations can be judged. */
static void find_trouble(struct run *run, enum world_end end) {
    bool by_limit = false;
    const char *error = script_error(run->script, &by_limit);
    if (error) {
        text_add(by_limit ? &run->limit : &run->mistake, "%s", error);
    } else if (end == WORLD_MODEL_ERROR) {
        text_add(&run->mistake, "%s", world_why(run->world));
    } else if (end == WORLD_LIMIT) {
        text_add(&run->limit, "%s", world_why(run->world));
    }
}

/* ---- after ---- */

static void collect_parameters(struct run *run) {
    const struct script_parameter *from;
    const size_t count = script_parameters(run->script, &from);
    run->parameters = must_calloc(count + 1, sizeof *run->parameters);
    for (size_t i = 0; i < count; i++) {
        run->parameters[i] = (struct report_parameter){from[i].name, from[i].value, from[i].usual};
    }
    run->report.parameters = run->parameters;
    run->report.parameter_count = count;
}

/* check_register.svg: why the history fails. Returns the name, which is the folder's. */
static const char *write_check(struct run *run, const struct script_check *check) {
    struct text name = {0};
    text_add(&name, "check_%s.svg", check->name);
    for (char *c = name.data; *c; c++)
        if (*c == ' ' || *c == '/' || *c == ',') *c = '_'; /* "register of app" */
    struct output *file = folder_output(run->folder, text_string(&name), OUTPUT_BUFFER_SMALL);
    output_string(file, check->svg);
    text_free(&name);
    return file->name;
}

static void collect_checks(struct run *run) {
    static const enum verdict verdicts[] = {[VERDICT_PASS] = RUN_PASSED,
                                            [VERDICT_FAIL] = RUN_FAILED,
                                            [VERDICT_INCONCLUSIVE] = RUN_INCONCLUSIVE};
    const struct script_check *from;
    const size_t count = script_checks(run->script, &from);
    run->checks = must_calloc(count + 1, sizeof *run->checks);
    for (size_t i = 0; i < count; i++) {
        run->checks[i] = (struct report_check){from[i].name,
                                               from[i].kind,
                                               from[i].why ? from[i].why : "",
                                               verdicts[from[i].verdict],
                                               from[i].at_ns,
                                               from[i].svg,
                                               NULL};
        if (run->folder && from[i].svg) run->checks[i].file = write_check(run, &from[i]);
    }
    run->report.checks = run->checks;
    run->report.check_count = count;
}

static void collect_results(struct run *run) {
    const struct script_result *from;
    const size_t count = script_results(run->script, &from);
    const struct script_result *trials;
    run->trial_count = script_trials(run->script, &trials);
    run->trials = must_calloc(run->trial_count + 1, sizeof *run->trials);
    for (size_t i = 0; i < run->trial_count; i++)
        run->trials[i] = (struct report_trial){trials[i].name, trials[i].value};
    trials_sort(run->trials, run->trial_count);
    run->results = must_calloc(count + TRIAL_RESULTS * run->trial_count + 1, sizeof *run->results);
    for (size_t i = 0; i < count; i++)
        run->results[i] = (struct report_result){from[i].name, from[i].label, from[i].value};
    run->report.results = run->results;
    run->report.result_count = count +
                               trials_results(run->trials, run->trial_count, run->results + count);
}

static const char *plot_key(const struct script_plot *plot, const char *key) {
    for (size_t i = 0; i < plot->count; i++) {
        if (strcmp(plot->keys[i], key) == 0) return plot->values[i];
    }
    return NULL;
}

/* lag.svg; the second plot of a kind is lag_standby2.svg, after what it is of, or lag_2.svg. */
static char *plot_file(struct run *run, const struct script_plot *plots, size_t index) {
    struct text file = {0};
    text_add(&file, "%s", plots[index].name);
    bool again = false;
    for (size_t i = 0; i < index; i++) again |= strcmp(plots[i].name, plots[index].name) == 0;
    const char *of = plot_key(&plots[index], "of");
    if (again && of) {
        text_add_char(&file, '_');
        series_file_name(of, &file);
    }
    const size_t stem = file.size;
    text_add(&file, ".svg");
    int copy = 1;
    for (size_t i = 0; i < index; i++) {
        if (strcmp(run->plot_files[i], text_string(&file)) != 0) continue;
        file.size = stem;
        text_add(&file, "_%d.svg", ++copy);
        i = SIZE_MAX; /* from the start again */
    }
    return file.data;
}

static void collect_plots(struct run *run) {
    if (run->request->no_plots || run->request->judged) return;
    const struct script_plot *from;
    const size_t count = script_plots(run->script, &from);
    run->plots = must_calloc(count + 1, sizeof *run->plots);
    run->plot_files = must_calloc(count + 1, sizeof *run->plot_files);
    for (size_t i = 0; i < count; i++) {
        run->plot_files[i] = plot_file(run, from, i);
        run->plot_file_count = i + 1;
        run->plots[i] = (struct report_plot){from[i].name, run->plot_files[i], from[i].keys,
                                             from[i].values, from[i].count};
    }
    run->report.plots = run->plots;
    run->report.plot_count = count;
}

static void compose_command(struct run *run) {
    const struct run_request *request = run->request;
    text_add(&run->command, "./orrery run ");
    if (request->pack) {
        add_shell_word(&run->command, request->pack->name);
        return;
    }
    add_shell_word(&run->command, request->path);
    text_add(&run->command, " --seed %llu", (unsigned long long)request->seed);
    for (size_t i = 0; i < request->setting_count; i++) {
        struct text setting = {0};
        text_add(&setting, "%s=%s", request->settings[i].name, request->settings[i].value);
        text_add(&run->command, " --set ");
        add_shell_word(&run->command, text_string(&setting));
        text_free(&setting);
    }
    if (request->handed_in) {
        text_add(&run->command, " --hand-in ");
        add_shell_word(&run->command, request->handed_in);
    }
    if (request->faults) {
        text_add(&run->command, " --faults ");
        add_shell_word(&run->command, request->faults);
    }
    if (request->until_ns > 0) {
        text_add(&run->command, " --until ");
        quantity_format(QUANTITY_DURATION, request->until_ns, &run->command);
    }
}

static bool wants_broken(const void *script, const char *law) {
    return script_demonstrates(script, law);
}

static enum exit_code judge(struct run *run, enum world_end end) {
    find_trouble(run, end);
    if (run->mistake.size == 0 && !interrupted()) world_finish_laws(run->world);
    script_finish(run->script);
    run->report.scenario = text_string(&run->name);
    run->report.path = run->request->path;
    run->report.about = script_describe(run->script);
    run->report.version = ORRERY_VERSION;
    run->report.world = run->world;
    run->report.end = end;
    run->report.until_ns = run->until_ns;
    run->report.interrupted = interrupted();
    run->report.mistake = run->mistake.size > 0 ? text_string(&run->mistake) : NULL;
    run->report.limit = run->limit.size > 0 ? text_string(&run->limit) : NULL;
    run->report.wall_ms = wall_clock_ms() - run->begun_ms;
    run->report.operations = run->operations;
    run->report.law_is_wanted_broken = wants_broken;
    run->report.context = run->script;
    run->report.asked_until_ns = run->request->until_ns;
    run->report.handed_in = run->request->handed_in;
    run->report.folder = run->folder ? text_string(&run->folder_path) : NULL;
    run->report.files = run->folder;
    compose_command(run);
    run->report.command = text_string(&run->command);
    collect_parameters(run);
    collect_checks(run);
    collect_results(run);
    collect_plots(run);
    return summary_judge(&run->report);
}

static void write_marks(struct run *run) {
    const struct script_mark *from;
    const size_t count = script_marks(run->script, &from);
    struct mark *marks = must_calloc(count + 1, sizeof *marks);
    for (size_t i = 0; i < count; i++) {
        marks[i] = (struct mark){from[i].from_ns, from[i].to_ns, from[i].label};
    }
    marks_write(run->world, marks, count,
                folder_output(run->folder, "marks.dat", OUTPUT_BUFFER_SMALL));
    free(marks);
}

/* Everything that is written at the end; the summary last, as it names the others. */
static bool write_files(struct run *run, struct text *summary) {
    story_close(run->story);
    run->story = NULL;
    faults_write(run->world, folder_output(run->folder, "faults.jsonl", OUTPUT_BUFFER_SMALL));
    write_marks(run);
    if (run->report.result_count > 0)
        results_write(&run->report, folder_output(run->folder, "results.dat", OUTPUT_BUFFER_SMALL));
    if (run->trial_count > 0)
        trials_write(run->trials, run->trial_count,
                     folder_output(run->folder, "trials.dat", OUTPUT_BUFFER_SMALL));
    operations_write(run->operations, run->folder);
    struct output *file = folder_output(run->folder, "summary.json", OUTPUT_BUFFER_SMALL);
    summary_json(&run->report, summary);
    output_text(file, summary);
    struct text error = {0};
    const bool good = folder_publish(run->folder, &error);
    if (!good) complain("%s", text_string(&error));
    text_free(&error);
    return good;
}

static void draw_plots(struct run *run) {
    if (run->report.plot_count == 0) return;
    struct text subtitle = {0};
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->request->seed);
    plot_subtitle(&subtitle, text_string(&run->name), seed, run->parameters,
                  run->report.parameter_count);
    const char *places[3];
    plot_places(run->request->path, places);
    const struct plot_request request = {.folder = text_string(&run->folder_path),
                                         .places = places,
                                         .shared = home_path("plots"),
                                         .format = "svg",
                                         .subtitle = text_string(&subtitle),
                                         .end_ns = world_now(run->world)};
    run->report.plot_count = make_plots(&request, run->plots, run->report.plot_count);
    text_free(&subtitle);
}

static enum exit_code finish(struct run *run, enum exit_code code) {
    if (run->request->witness) witness_end(run->request->witness);
    if (run->request->judged) {
        run->request->judged(run->request->context, &run->report, code);
        return code;
    }
    if (run->records) {
        output_format(run->records, "{\"digest\":\"%016llx\",\"exit\":%d,\"events\":%lld}\n",
                      (unsigned long long)world_digest(run->world), (int)code,
                      (long long)world_events(run->world));
        if (run->report.mistake) complain("%s", run->report.mistake);
        return code;
    }
    struct text summary = {0}, table = {0};
    const bool written = write_files(run, &summary);
    if (written) {
        draw_plots(run);
        summary_table(&run->report, terminal_colours(stdout), &table);
        if (run->request->json)
            fputs(text_string(&summary), stdout);
        else if (!run->request->quiet)
            fputs(text_string(&table), stdout);
        fflush(stdout);
        if (run->report.mistake) complain("%s", run->report.mistake);
    }
    text_free(&summary);
    text_free(&table);
    return written ? code : EXIT_BROKEN;
}

static void release(struct run *run) {
    if (run->script) script_close(run->script);
    plan_free(&run->plan);
    folder_close(run->folder);
    if (run->records) output_close(run->records);
    operations_close(run->operations);
    jsonl_close(run->jsonl);
    history_file_close(run->history);
    series_close(run->series);
    free(run->story);
    for (size_t i = 0; i < run->plot_file_count; i++) free(run->plot_files[i]);
    free(run->plot_files);
    free(run->plots);
    free(run->checks);
    free(run->results);
    free(run->trials);
    free(run->parameters);
    text_free(&run->report.why);
    text_free(&run->name);
    text_free(&run->folder_path);
    text_free(&run->command);
    text_free(&run->mistake);
    text_free(&run->limit);
}

enum exit_code run_one(const struct run_request *request) {
    struct run run = {.request = request, .begun_ms = wall_clock_ms()};
    scenario_name(request->path, &run.name);
    enum exit_code code = EXIT_WRONG_USE;
    const bool alone = request->records_to >= 0 || request->judged;
    if (request->records_to >= 0)
        run.records = output_to_descriptor(request->records_to, OUTPUT_BUFFER_LARGE);
    if (!request->judged) interrupt_catch();
    if (open_script(&run) && plan_faults(&run) && (alone || open_folder(&run))) {
        open_sinks(&run);
        progress_begin(&run.progress, !alone && !request->quiet && !request->json, run.until_ns);
        const enum world_end end = run_world(&run);
        code = finish(&run, judge(&run, end));
    }
    if (run.opening_limit) code = EXIT_INCONCLUSIVE;
    release(&run);
    return code;
}
