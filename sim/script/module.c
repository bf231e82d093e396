/*
 * Where a scenario's files are found: beside the scenario first, then in the library of scenarios.
 * `require "raft.log"` looks for raft/log.lua; sim.node("a", "echo.lua") for that very name. Names
 * in messages are relative and never leave these folders, so that a message is the same everywhere.
 *
 * Of a lab (sim.lab) the file that is handed in comes from the student's folder, and so does what
 * is found nowhere else; never what the lab itself has, and no file that is a link to another
 * place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script/internal.h"

enum { FILE_BYTES_MAX = 16 << 20 };

static char *load(FILE *file, size_t *size) {
    if (!file) return NULL;
    char *data = NULL;
    size_t capacity = 0, used = 0, got;
    do {
        data = must_grow(data, &capacity, used + 65536, 1);
        got = fread(data + used, 1, capacity - used, file);
        used += got;
    } while (got && used < FILE_BYTES_MAX);
    const bool failed = ferror(file) != 0; /* a folder opens, and fails here */
    const int why = failed ? errno : EFBIG;
    fclose(file);
    if (failed || used >= FILE_BYTES_MAX) {
        free(data);
        errno = why;
        return NULL;
    }
    *size = used;
    return data;
}

char *script_load_text(const char *path, size_t *size) { return load(fopen(path, "rb"), size); }

char *script_given_text(const struct script *script, const char *name, size_t *size) {
    errno = ENOENT;
    for (size_t i = 0; i < script->file_count; i++)
        if (strcmp(script->files[i].name, name) == 0) {
            *size = strlen(script->files[i].text);
            return must_strdup(script->files[i].text);
        }
    return NULL;
}

static char *load_handed_in(const char *path, size_t *size) {
    const int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (descriptor < 0) return NULL;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(descriptor);
        return NULL;
    }
    return load(fdopen(descriptor, "rb"), size);
}

static bool is_inside(const char *name) {
    return name[0] && name[0] != '/' && name[0] != '\\' && !strstr(name, "..");
}

static char *find_text(const struct script *script, const char *name, size_t *size) {
    if (script->files) return script_given_text(script, name, size);
    const bool is_handed_in = script->handed_in && script->lab &&
                              strcmp(script->lab->hand_in, name) == 0;
    const char *folders[] = {is_handed_in ? NULL : script->folder,
                             is_handed_in ? NULL : script->library, script->handed_in};
    char *found = NULL;
    for (size_t i = 0; i < 3 && !found; i++) {
        if (!folders[i]) continue;
        struct text path = {0};
        text_add(&path, "%s%s%s", folders[i], folders[i][0] ? "/" : "", name);
        found = i == 2 ? load_handed_in(text_string(&path), size)
                       : script_load_text(text_string(&path), size);
        text_free(&path);
    }
    return found;
}

bool script_read_file(struct script *script, const char *name, char **source, size_t *size,
                      struct text *shown_name) {
    *source = is_inside(name) ? find_text(script, name, size) : NULL;
    if (!*source) return false;
    if (script->tell_read) script->tell_read(script->print_context, name, *source, *size);
    text_clear(shown_name);
    text_add(shown_name, "%s", name);
    return true;
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
