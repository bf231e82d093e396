/*
 * Where a scenario's files are found: beside the scenario first, then in the library of scenarios.
 * `require "raft.log"` looks for raft/log.lua; sim.node("a", "echo.lua") for that very name. Names
 * in messages are relative and never leave these two folders, so that a message is the same
 * everywhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/internal.h"

enum { FILE_BYTES_MAX = 16 << 20 };

char *script_load_text(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *data = NULL;
    size_t capacity = 0, used = 0, got;
    do {
        data = must_grow(data, &capacity, used + 65536, 1);
        got = fread(data + used, 1, capacity - used, file);
        used += got;
    } while (got && used < FILE_BYTES_MAX);
    const bool failed = ferror(file) != 0; /* a folder opens, and fails here */
    const int why = errno;
    fclose(file);
    if (failed) {
        free(data);
        errno = why;
        return NULL;
    }
    *size = used;
    return data;
}

static bool is_inside(const char *name) {
    return name[0] && name[0] != '/' && name[0] != '\\' && !strstr(name, "..");
}

bool script_read_file(struct script *script, const char *name, char **source, size_t *size,
                      struct text *shown_name) {
    if (!is_inside(name)) return false;
    const char *folders[] = {script->folder, script->library};
    for (size_t i = 0; i < 2; i++) {
        if (!folders[i]) continue;
        struct text path = {0};
        text_add(&path, "%s%s%s", folders[i], folders[i][0] ? "/" : "", name);
        *source = script_load_text(text_string(&path), size);
        text_free(&path);
        if (!*source) continue;
        text_clear(shown_name);
        text_add(shown_name, "%s", name);
        return true;
    }
    return false;
}

bool script_find_module(void *context, const char *name, struct sandbox_module *module) {
    struct script *script = context;
    struct text file = {0};
    for (const char *at = name; *at; at++) text_add_char(&file, *at == '.' ? '/' : *at);
    if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".lua") == 0) { /* require "x.lua" */
        text_clear(&file);
        text_add(&file, "%s", name);
    } else {
        text_add(&file, ".lua");
    }
    free(script->module_source);
    script->module_source = NULL;
    size_t size = 0;
    const bool found = script_read_file(script, text_string(&file), &script->module_source, &size,
                                        &script->module_file);
    text_clear(&script->module_searched);
    text_add(&script->module_searched, "%s beside the scenario", text_string(&file));
    if (script->library)
        text_add(&script->module_searched, "\n%s in the library", text_string(&file));
    *module = (struct sandbox_module){.source = script->module_source,
                                      .size = size,
                                      .file = text_string(&script->module_file),
                                      .searched = text_string(&script->module_searched)};
    text_free(&file);
    return found;
}
