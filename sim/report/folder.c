/*
 * A run's folder: partial files while the run goes on, final names when it is over.
 *
 * Publishing keeps one promise: whoever finds a summary.json finds the files that it names, whole
 * and of the same run. So the old summary goes first and the new one comes last, and nothing is
 * renamed before every byte of every file has been accepted by the machine.
 */
#include "report/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct folder {
    char *path;
    struct output **outputs;
    size_t count, capacity;
    char **replaced; /* files of an earlier run */
    size_t replaced_count, replaced_capacity;
    struct text error; /* empty: none */
    bool published;
};

static const char last_file[] = "summary.json";

static void add_path(const struct folder *folder, const char *name, bool partial,
                     struct text *path) {
    text_add(path, "%s/%s", folder->path, name);
    if (partial) text_add(path, ".%ld.partial", (long)getpid());
}

static void fail(struct folder *folder, const char *name, int code) {
    if (folder->error.size > 0) return;
    text_add(&folder->error, "%s/%s: %s", folder->path, name, strerror(code));
    if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
        text_add(&folder->error, "; nothing of this run was kept (--out DIR writes elsewhere)");
    }
}

/* Makes `path` and its parents. 0, or the errno. */
static int make_folders(const char *path) {
    char *copy = must_strdup(path);
    int code = 0;
    for (char *p = copy + 1;; p++) {
        if (*p != '/' && *p != '\0') continue;
        const char end = *p;
        *p = '\0';
        code = mkdir(copy, 0777) == 0 || errno == EEXIST ? 0 : errno;
        *p = end;
        if (code != 0 || end == '\0') break;
    }
    free(copy);
    struct stat status;
    if (code == 0 && stat(path, &status) == 0 && !S_ISDIR(status.st_mode)) code = ENOTDIR;
    return code;
}

/* The process that a partial file's name tells, or 0 when it is not such a name. */
static long partial_owner(const char *name) {
    const size_t size = strlen(name), tail = strlen(".partial");
    if (size <= tail || strcmp(name + size - tail, ".partial") != 0) return 0;
    size_t digits = size - tail;
    while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') digits--;
    if (digits < 2 || name[digits - 1] != '.') return 0;
    return strtol(name + digits, NULL, 10);
}

/* What killed runs left behind. */
static void remove_dead_partials(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) return;
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        const long owner = partial_owner(entry->d_name);
        if (owner <= 0 ||
            (owner != (long)getpid() && (kill((pid_t)owner, 0) == 0 || errno != ESRCH))) {
            continue;
        }
        unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
}

struct folder *folder_open(const char *path, struct text *error) {
    const int code = make_folders(path);
    if (code != 0 || access(path, W_OK | X_OK) != 0) {
        text_add(error, "%s: %s; expected a folder to write to (--out DIR)", path,
                 strerror(code != 0 ? code : errno));
        return NULL;
    }
    struct folder *folder = must_calloc(1, sizeof *folder);
    folder->path = must_strdup(path);
    size_t size = strlen(folder->path);
    while (size > 1 && folder->path[size - 1] == '/') folder->path[--size] = '\0';
    remove_dead_partials(folder->path);
    return folder;
}

const char *folder_path(const struct folder *folder) { return folder->path; }

const char *folder_error(const struct folder *folder) {
    return folder->error.size > 0 ? text_string(&folder->error) : NULL;
}

static struct output *make_output(const char *name, size_t buffer_bytes) {
    struct output *output = must_calloc(1, sizeof *output);
    output->name = must_strdup(name);
    output->capacity = buffer_bytes < 1024 ? 1024 : buffer_bytes;
    output->buffer = must_calloc(output->capacity, 1);
    output->descriptor = -1;
    return output;
}

static void free_output(struct output *output) {
    free(output->name);
    free(output->buffer);
    free(output);
}

struct output *output_to_descriptor(int descriptor, size_t buffer_bytes) {
    struct output *output = make_output("", buffer_bytes);
    output->descriptor = descriptor;
    return output;
}

bool output_close(struct output *output) {
    output_flush(output);
    const bool good = output->descriptor >= 0;
    free_output(output);
    return good;
}

struct output *folder_output(struct folder *folder, const char *name, size_t buffer_bytes) {
    struct output *output = make_output(name, buffer_bytes);
    output->folder = folder;
    folder->outputs =
        must_grow(folder->outputs, &folder->capacity, folder->count + 1, sizeof *folder->outputs);
    folder->outputs[folder->count++] = output;
    return output;
}

const char *folder_file(const struct folder *folder, size_t index) {
    return index < folder->count ? folder->outputs[index]->name : NULL;
}

void folder_replaces(struct folder *folder, const char *name) {
    if (strchr(name, '/') || name[0] == '.' || name[0] == '\0') return; /* not one of ours */
    folder->replaced = must_grow(folder->replaced, &folder->replaced_capacity,
                                 folder->replaced_count + 1, sizeof *folder->replaced);
    folder->replaced[folder->replaced_count++] = must_strdup(name);
}

static int write_all(int descriptor, const char *bytes, size_t size) {
    while (size > 0) {
        const ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

void folder_append(struct output *output, const void *bytes, size_t size) {
    struct folder *folder = output->folder;
    if (!folder) {
        if (output->descriptor >= 0 && write_all(output->descriptor, bytes, size) != 0) {
            output->descriptor = -1; /* nobody listens any more */
        }
        return;
    }
    if (folder->error.size > 0) return;
    if (size == 0 && output->begun) return;
    struct text path = {0};
    add_path(folder, output->name, true, &path);
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (output->begun ? O_APPEND : O_TRUNC);
    const int descriptor = open(text_string(&path), flags, 0666);
    text_free(&path);
    int code = descriptor < 0 ? errno : 0;
    if (descriptor >= 0) {
        output->begun = true;
        code = write_all(descriptor, bytes, size);
        /* Some file systems tell of a full disk only here. */
        if (close(descriptor) != 0 && code == 0) code = errno;
    }
    if (code != 0) fail(folder, output->name, code);
}

static void remove_file(const struct folder *folder, const char *name, bool partial) {
    struct text path = {0};
    add_path(folder, name, partial, &path);
    unlink(text_string(&path));
    text_free(&path);
}

static void rename_to_final(struct folder *folder, const char *name) {
    struct text from = {0}, to = {0};
    add_path(folder, name, true, &from);
    add_path(folder, name, false, &to);
    if (rename(text_string(&from), text_string(&to)) != 0) fail(folder, name, errno);
    text_free(&from);
    text_free(&to);
}

bool folder_publish(struct folder *folder, struct text *error) {
    for (size_t i = 0; i < folder->count; i++) output_flush(folder->outputs[i]);
    if (folder->error.size == 0) {
        remove_file(folder, last_file, false);
        for (size_t i = 0; i < folder->replaced_count; i++) {
            remove_file(folder, folder->replaced[i], false);
        }
        for (int last = 0; last <= 1; last++) {
            for (size_t i = 0; i < folder->count; i++) {
                const bool is_last = strcmp(folder->outputs[i]->name, last_file) == 0;
                if (is_last == (last == 1)) rename_to_final(folder, folder->outputs[i]->name);
            }
        }
    }
    folder->published = folder->error.size == 0;
    if (!folder->published) text_add(error, "%s", text_string(&folder->error));
    return folder->published;
}

void folder_close(struct folder *folder) {
    if (!folder) return;
    for (size_t i = 0; i < folder->count; i++) {
        struct output *output = folder->outputs[i];
        if (output->begun && !folder->published) remove_file(folder, output->name, true);
        free_output(output);
    }
    for (size_t i = 0; i < folder->replaced_count; i++) free(folder->replaced[i]);
    free(folder->outputs);
    free(folder->replaced);
    free(folder->path);
    text_free(&folder->error);
    free(folder);
}
