/*
 * Opening a scenario, running its code, and what it says about itself.
 *
 * All of a scenario's Lua is entered through script_run: the first error stops the world and is
 * kept, with its file and line, and from then on nothing of the scenario runs. The scenario's code
 * runs on the main thread or in a sim.spawn; `running` says which, so that code reached through the
 * engine (a node's init inside sim.node) nests on the right stack.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/internal.h"
#include "script/lua_node.h"

/* Together with what the engine holds for a script, a flood ends within 256 MB. */
static const size_t memory_bytes_usual = (size_t)128 << 20, under_way_bytes = (size_t)64 << 20;
static const int64_t pending_usual = 1 << 20;
static const int64_t run_for_usual_ns = INT64_C(60000000000);

/* ---- memory ---- */

void *script_live(struct script *script, size_t size) {
    struct live *live = must_calloc(1, size);
    live->next = script->live;
    live->link = &script->live;
    if (live->next) live->next->link = &live->next;
    script->live = live;
    return live;
}

void script_drop(void *block) {
    struct live *live = block;
    if (!live) return;
    *live->link = live->next;
    if (live->next) live->next->link = live->link;
    free(live);
}

struct kept {
    struct live live;
    max_align_t bytes[];
};

void *script_keep_zeroed(struct script *script, size_t size) {
    struct kept *kept = script_live(script, sizeof *kept + size + 1);
    return kept->bytes;
}

char *script_keep(struct script *script, const char *bytes, size_t size) {
    char *copy = script_keep_zeroed(script, size);
    if (size) memcpy(copy, bytes, size);
    return copy;
}

/* ---- running ---- */

void script_fail(struct script *script, const struct sandbox_error *error) {
    if (!script->failed) {
        script->failed = true;
        script->failed_by_limit = error->status >= SANDBOX_LIMIT_MEMORY;
        text_add(&script->error, "%s", error->message);
        /* One line of where it came from is worth more than none; the rest would drown the message.
         */
    }
    if (script->world) world_stop(script->world, text_string(&script->error));
}

bool script_try(struct script *script, lua_CFunction f, void *context,
                struct sandbox_error *error) {
    lua_State *L = script->running;
    *error = (struct sandbox_error){SANDBOX_ERROR, text_string(&script->error), ""};
    if (script->failed || !lua_checkstack(L, 8)) return false;
    const char *observer = script->observer;
    struct task *task = script->task;
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, context);
    const enum sandbox_status status = sandbox_call(script->sandbox, L, 1, 0, error);
    script->running = L; /* a raise may have passed over who would have put it back */
    script->observer = observer;
    script->task = task;
    if (status >= SANDBOX_LIMIT_MEMORY) script_fail(script, error);
    return status == SANDBOX_OK;
}

bool script_run(struct script *script, lua_CFunction f, void *context) {
    struct sandbox_error error;
    if (script_try(script, f, context, &error)) return true;
    script_fail(script, &error);
    return false;
}

/* ---- opening ---- */

static void print_text(void *context, const char *text, size_t size) {
    struct script *script = context;
    if (script->print)
        script->print(script->print_context, text, size);
    else
        fwrite(text, 1, size, stdout);
}

/* The name that messages show: the path as given when it is relative, else its last part. */
static const char *chunk_name(const struct script *script) {
    if (script->path[0] != '/' && !strstr(script->path, "..")) {
        const char *path = script->path;
        while (path[0] == '.' && path[1] == '/') path += 2;
        return path;
    }
    const char *slash = strrchr(script->path, '/');
    return slash ? slash + 1 : script->path;
}

static void copy_options(struct script *script, const struct script_options *options) {
    script->path = must_strdup(options->path);
    script->folder = must_strdup(options->path);
    char *slash = strrchr(script->folder, '/');
    if (slash == script->folder)
        slash[1] = '\0';
    else if (slash)
        *slash = '\0';
    else
        script->folder[0] = '\0';
    if (options->library) script->library = must_strdup(options->library);
    if (options->handed_in) script->handed_in = must_strdup(options->handed_in);
    script->models = options->models;
    script->print = options->print;
    script->tell_lab = options->lab;
    script->files = options->files;
    script->file_count = options->file_count;
    script->tell_read = options->read;
    script->print_context = options->context;
    script->setting_count = options->setting_count;
    script->settings = must_calloc(options->setting_count + 1, sizeof *script->settings);
    script->setting_used = must_calloc(options->setting_count + 1, sizeof *script->setting_used);
    for (size_t i = 0; i < options->setting_count; i++)
        script->settings[i] = (struct script_setting){must_strdup(options->settings[i].name),
                                                      must_strdup(options->settings[i].value)};
}

/* Protected: the environment with `sim` in it. */
static int build_environment(lua_State *L) {
    struct script *script = lua_touserdata(L, 1);
    script->nodes = lua_nodes_open(L);
    sandbox_environment(L);
    api_open(L);
    lua_setfield(L, -2, "sim");
    script->environment = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static bool run_file(struct script *script, struct text *error) {
    size_t size;
    char *source = script->files ? script_given_text(script, "", &size)
                                 : script_load_text(script->path, &size);
    if (source && script->tell_read) script->tell_read(script->print_context, "", source, size);
    if (!source) {
        text_add(error, "%s: found no file that can be read (%s); expected a scenario%s",
                 chunk_name(script), strerror(errno), errno == EFBIG ? " of less than 16 MB" : "");
        return false;
    }
    lua_State *L = script->lua;
    struct sandbox_error why;
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->environment);
    enum sandbox_status status =
        sandbox_load(script->sandbox, L, chunk_name(script), source, size, -1, &why);
    free(source);
    if (status == SANDBOX_OK) {
        script->building = true;
        status = sandbox_call(script->sandbox, L, 0, 0, &why);
        script->building = false;
        script->running = L;
    }
    if (status != SANDBOX_OK) {
        script_fail(script, &why);
        text_add(error, "%s", text_string(&script->error));
        return false;
    }
    lua_settop(L, 0);
    return true;
}

static bool check_settings(struct script *script, struct text *error) {
    for (size_t i = 0; i < script->setting_count; i++) {
        if (script->setting_used[i]) continue;
        const char *names[128];
        size_t count = 0;
        for (; count < script->parameter_count && count < 128; count++)
            names[count] = script->parameters[count].name;
        text_add(error, "%s: --set %s=%s: ", chunk_name(script), script->settings[i].name,
                 script->settings[i].value);
        add_unknown(error, "parameter", script->settings[i].name, names, count);
        return false;
    }
    return true;
}

/* sim.demonstrates must name a law that some model or the scenario has. */
static bool check_laws(struct script *script, struct text *error) {
    for (const struct check *check = script->checks; check; check = check->later) {
        if (check->mode != CHECK_LAW) continue;
        const char *names[256];
        size_t count = 0;
        bool found = false;
        for (; count < world_laws(script->world) && count < 256; count++) {
            names[count] = world_law(script->world, count).law->name;
            const bool is_it = strcmp(names[count], check->name) == 0;
            if (is_it && check->goes_on) world_law_goes_on(script->world, count);
            found = found || is_it;
        }
        if (found) continue;
        text_add(error, "%s: sim.demonstrates: ", check->where);
        add_unknown(error, "law", check->name, names, count);
        return false;
    }
    return true;
}

struct script *script_open(const struct script_options *options, struct text *error) {
    struct script *script = must_calloc(1, sizeof *script);
    script->run_for_ns = run_for_usual_ns;
    script->checks_end = &script->checks;
    copy_options(script, options);
    const struct sandbox_options sandbox_options = {
        .limits = {.memory_bytes = options->limits.memory_bytes ? options->limits.memory_bytes
                                                                : memory_bytes_usual,
                   .instructions = options->limits.instructions,
                   .output_bytes = options->limits.output_bytes},
        .context = script,
        .print = print_text,
        .load_module = script_find_module};
    const char *why;
    script->sandbox = sandbox_open(&sandbox_options, &why);
    if (!script->sandbox) {
        text_add(error, "%s", why);
        script_close(script);
        return NULL;
    }
    script->lua = script->running = sandbox_lua(script->sandbox);
    *(struct script **)lua_getextraspace(script->lua) = script;
    const struct world_options world_options = {
        .seed = options->seed,
        .events_max = options->limits.events,
        .pending_max = options->limits.pending > 0 ? options->limits.pending : pending_usual,
        .under_way_max = under_way_bytes,
        .go_on = options->go_on};
    script->world = world_create(&world_options);
    const bool good = script_run(script, build_environment, script);
    if (!good) text_add(error, "%s", text_string(&script->error));
    if (good && run_file(script, error) && check_settings(script, error) &&
        check_laws(script, error))
        return script;
    if (options->by_limit) *options->by_limit = script->failed_by_limit;
    script_close(script);
    return NULL;
}

static void free_checks(struct script *script) {
    for (struct check *check = script->checks; check; check = check->later) {
        text_free(&check->why);
        text_free(&check->svg);
        kept_history_free(check->history);
    }
}

void script_close(struct script *script) {
    if (!script) return;
    script->failed = true; /* no code of its runs from here on */
    if (script->world) world_destroy(script->world);
    script->world = NULL;
    lua_nodes_close(script);
    sandbox_close(script->sandbox);
    free_checks(script);
    for (size_t i = 0; i < script->setting_count; i++) {
        free((char *)(uintptr_t)script->settings[i].name);
        free((char *)(uintptr_t)script->settings[i].value);
    }
    while (script->live) script_drop(script->live);
    free(script->settings);
    free(script->setting_used);
    free(script->path);
    free(script->folder);
    free(script->library);
    free(script->handed_in);
    free(script->module_source);
    free(script->parameters);
    free(script->plots);
    free(script->marks);
    free(script->figures);
    free(script->trials);
    free(script->storms);
    free(script->row_classes);
    free(script->results);
    text_free(&script->module_searched);
    text_free(&script->module_file);
    text_free(&script->description);
    text_free(&script->error);
    free(script);
}

/* ---- looking ---- */

struct world *script_world(struct script *script) {
    return script->world;
}
int64_t script_run_for_ns(const struct script *script) { return script->run_for_ns; }
int64_t script_sample_ns(const struct script *script) { return script->sample_ns; }
const char *script_describe(const struct script *script) {
    return text_string(&script->description);
}

const char *script_error(const struct script *script, bool *limit) {
    if (limit) *limit = script->failed_by_limit;
    return script->failed ? text_string(&script->error) : NULL;
}

size_t script_parameters(const struct script *script, const struct script_parameter **parameters) {
    *parameters = script->parameters;
    return script->parameter_count;
}

void script_finish(struct script *script) {
    if (script->finished) return;
    script->finished = true;
    checks_finish(script);
}

size_t script_checks(const struct script *script, const struct script_check **checks) {
    *checks = script->results;
    return script->result_count;
}

bool script_demonstrates(const struct script *script, const char *law) {
    for (const struct check *check = script->checks; check; check = check->later)
        if (check->mode == CHECK_LAW && strcmp(check->name, law) == 0) return true;
    return false;
}

size_t script_plots(const struct script *script, const struct script_plot **plots) {
    *plots = script->plots;
    return script->plot_count;
}

const struct script_lab *script_lab(const struct script *script) { return script->lab; }

size_t script_storms(const struct script *script, const struct chaos_request *const **storms) {
    *storms = script->storms;
    return script->storm_count;
}

size_t script_results(const struct script *script, const struct script_result **results) {
    *results = script->figures;
    return script->figure_count;
}

size_t script_trials(const struct script *script, const struct script_result **trials) {
    *trials = script->trials;
    return script->trial_count;
}

size_t script_marks(const struct script *script, const struct script_mark **marks) {
    *marks = script->marks;
    return script->mark_count;
}
