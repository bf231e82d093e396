/* What the tests of scenarios share: write one, run it, look at what came of it. */
#ifndef SCRIPT_FIXTURE_H
#define SCRIPT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "models/registry.h"
#include "script/script.h"

struct scenario {
    char folder[256], path[300];
    struct script *script;
    struct world *world;
    struct text printed, error;
};

static inline void scenario_print(void *context, const char *bytes, size_t size) {
    text_add_bytes(&((struct scenario *)context)->printed, bytes, size);
}

/* A file in the scenario's folder. */
static inline void scenario_file(struct scenario *s, const char *name, const char *text) {
    if (!s->folder[0]) {
        const char *temporary = getenv("TMPDIR");
        snprintf(s->folder, sizeof s->folder, "%s/orrery.XXXXXX", temporary ? temporary : "/tmp");
        assert_non_null(mkdtemp(s->folder));
    }
    snprintf(s->path, sizeof s->path, "%s/%s", s->folder, name);
    FILE *file = fopen(s->path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline bool scenario_try(struct scenario *s, const char *path, uint64_t seed,
                                const struct script_setting *settings, size_t count) {
    const struct script_options options = {.path = path,
                                           .seed = seed,
                                           .settings = settings,
                                           .setting_count = count,
                                           .library = ORRERY_TESTS "/../scenarios/lib",
                                           .models = model_registry,
                                           .print = scenario_print,
                                           .context = s};
    s->script = script_open(&options, &s->error);
    s->world = s->script ? script_world(s->script) : NULL;
    return s->script != NULL;
}

/* Writes the text as a scenario and opens it. */
static inline void scenario_open(struct scenario *s, const char *text) {
    scenario_file(s, "scenario.lua", text);
    if (!scenario_try(s, s->path, 1, NULL, 0)) fail_msg("%s", text_string(&s->error));
}

static inline void scenario_run(struct scenario *s) {
    world_run(s->world, script_run_for_ns(s->script));
    world_finish_laws(s->world);
    script_finish(s->script);
}

/* Opens, runs, and wants every check to pass. */
static inline void scenario_passes(struct scenario *s, const char *text) {
    scenario_open(s, text);
    scenario_run(s);
    bool limit;
    if (script_error(s->script, &limit)) fail_msg("%s", script_error(s->script, &limit));
    const struct script_check *checks;
    const size_t count = script_checks(s->script, &checks);
    for (size_t i = 0; i < count; i++)
        if (checks[i].verdict != VERDICT_PASS) fail_msg("%s: %s", checks[i].name, checks[i].why);
}

static inline enum script_verdict verdict_of(const struct scenario *s, const char *name) {
    const struct script_check *checks;
    const size_t count = script_checks(s->script, &checks);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].name, name) == 0) return checks[i].verdict;
    fail_msg("no check \"%s\"", name);
    return VERDICT_FAIL;
}

static inline void scenario_close(struct scenario *s) {
    script_close(s->script);
    text_free(&s->printed);
    text_free(&s->error);
    if (s->folder[0]) {
        char command[300];
        snprintf(command, sizeof command, "rm -rf '%s'", s->folder);
        assert_int_equal(system(command), 0);
    }
    memset(s, 0, sizeof *s);
}

#endif
