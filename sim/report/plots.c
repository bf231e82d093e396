/*
 * The runner of plots. gnuplot reads its commands from an unnamed file and writes its complaints to
 * another, so neither side ever waits for the other, and no shell sees a name from a script.
 */
#include "report/plots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "report/plot_marks.h"

/* ---- what comes before the gnuplot file ---- */

/* In gnuplot's single quotes nothing is special but the quote itself. */
static void add_quoted(struct text *out, const char *value) {
    text_add_char(out, '\'');
    for (const char *p = value; *p; p++) {
        if (*p == '\'') text_add_char(out, '\'');
        text_add_char(out, (unsigned char)*p < 0x20 ? ' ' : *p);
    }
    text_add_char(out, '\'');
}

static void add_string(struct text *out, const char *name, const char *value) {
    for (const char *p = name; *p; p++) {
        const bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';
        const bool digit = *p >= '0' && *p <= '9' && p > name;
        text_add_char(out, letter || digit ? *p : '_');
    }
    text_add(out, " = ");
    add_quoted(out, value);
    text_add_char(out, '\n');
}

/* `# time[s] lag[ns]` -> " time lag " and " s ns " */
static void add_header(const char *line, const char *file, struct text *columns,
                       struct text *units) {
    text_add(columns, "|%s: ", file);
    text_add(units, "|%s: ", file);
    const char *p = line + 1;
    while (*p && *p != '\n') {
        while (*p == ' ') p++;
        const char *word = p;
        while (*p && *p != ' ' && *p != '[' && *p != '\n') p++;
        if (p == word) break;
        text_add_bytes(columns, word, (size_t)(p - word));
        text_add_char(columns, ' ');
        const char *unit = *p == '[' ? p + 1 : p;
        while (*p && *p != ' ' && *p != ']' && *p != '\n') p++;
        if (p > unit)
            text_add_bytes(units, unit, (size_t)(p - unit));
        else
            text_add_char(units, '1');
        text_add_char(units, ' ');
        while (*p == ']') p++;
    }
}

static int by_name(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool is_series(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".dat") == 0 && dot > name;
}

static size_t list_series(const char *folder, char ***names) {
    size_t count = 0, capacity = 0;
    *names = NULL;
    DIR *directory = opendir(folder);
    if (!directory) return 0;
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (!is_series(entry->d_name)) continue;
        *names = must_grow(*names, &capacity, count + 1, sizeof **names);
        (*names)[count++] = must_strdup(entry->d_name);
    }
    closedir(directory);
    if (count > 0) qsort(*names, count, sizeof **names, by_name);
    return count;
}

/* The header is the last comment before the first data. */
static void read_header(const char *folder, const char *name, struct text *columns,
                        struct text *units) {
    struct text path = {0};
    text_add(&path, "%s/%s", folder, name);
    FILE *file = fopen(text_string(&path), "r");
    text_free(&path);
    if (!file) return;
    char *line = NULL;
    size_t capacity = 0;
    for (int tries = 0; tries < 4 && getline(&line, &capacity, file) > 0; tries++) {
        if (line[0] != '#') break;
        if (!strchr(line, '[')) continue; /* a remark */
        struct text stem = {0};
        text_add_bytes(&stem, name, strlen(name) - strlen(".dat"));
        add_header(line, text_string(&stem), columns, units);
        text_free(&stem);
        break;
    }
    free(line);
    fclose(file);
}

static void add_headers(const char *folder, struct text *out) {
    struct text columns = {0}, units = {0}, stems = {0};
    char **names;
    const size_t count = list_series(folder, &names);
    for (size_t i = 0; i < count; i++) {
        read_header(folder, names[i], &columns, &units);
        text_add(&stems, "%s%.*s", i > 0 ? " " : "", (int)(strlen(names[i]) - strlen(".dat")),
                 names[i]);
        free(names[i]);
    }
    free(names);
    text_add_char(&columns, '|');
    text_add_char(&units, '|');
    add_string(out, "dat_names", text_string(&stems));
    add_string(out, "columns_known", text_string(&columns));
    add_string(out, "units_known", text_string(&units));
    text_free(&columns);
    text_free(&units);
    text_free(&stems);
}

void plot_prelude(const struct plot_request *request, const struct report_plot *plot,
                  const char *output, struct text *out) {
    const double end_s = (double)request->end_ns / 1e9;
    add_string(out, "plots", request->shared);
    add_string(out, "rundir", request->folder);
    add_string(out, "output", output);
    add_string(out, "format", request->format);
    add_string(out, "title", "");
    add_string(out, "subtitle", request->subtitle);
    text_add(out, "end_s = %.9f\n", end_s > 0 ? end_s : 1.0);
    add_headers(request->folder, out);
    plot_marks(request->folder, end_s, out);
    for (size_t i = 0; i < plot->count; i++) add_string(out, plot->keys[i], plot->values[i]);
}

/* ---- gnuplot ---- */

static bool find_file(const struct plot_request *request, const char *name, struct text *path) {
    for (const char *const *place = request->places; *place; place++) {
        text_clear(path);
        text_add(path, "%s/%s.gp", *place, name);
        if (access(text_string(path), R_OK) == 0) return true;
    }
    return false;
}

/* In the child: never returns. */
static void become_gnuplot(FILE *commands, FILE *complaints, int told) {
    const int nowhere = open("/dev/null", O_WRONLY);
    signal(SIGINT, SIG_DFL);
    dup2(fileno(commands), STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(fileno(complaints), STDERR_FILENO);
    char *const arguments[] = {"gnuplot", "--default-settings", "-", NULL};
    execvp(arguments[0], arguments);
    const int code = errno;
    const ssize_t ignored = write(told, &code, sizeof code);
    (void)ignored;
    _exit(127);
}

/* 0: it ran, and *status tells how it ended. Else the errno of why it could not be started. */
static int run_gnuplot(FILE *commands, FILE *complaints, int *status) {
    int told[2];
    if (pipe2(told, O_CLOEXEC) != 0) return errno;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) become_gnuplot(commands, complaints, told[1]);
    int code = child < 0 ? errno : 0;
    close(told[1]);
    if (child > 0) {
        if (read(told[0], &code, sizeof code) != (ssize_t)sizeof code) code = 0;
        while (waitpid(child, status, 0) < 0 && errno == EINTR) {}
    }
    close(told[0]);
    return code;
}

/* The first lines of what gnuplot said, without the echo of the command and its caret. */
static void add_complaints(FILE *complaints, struct text *error) {
    rewind(complaints);
    char line[400];
    int lines = 0;
    while (lines < 6 && fgets(line, sizeof line, complaints)) {
        line[strcspn(line, "\n")] = '\0';
        const char *words = line + strspn(line, " \t");
        if (words[0] == '\0' || strcmp(words, "^") == 0) continue;
        text_add(error, "%s%s", lines++ > 0 ? "\n    " : "", words);
    }
    if (lines == 0) text_add(error, "gnuplot failed and did not say why");
}

static enum plot_result make(const struct plot_request *request, const struct report_plot *plot,
                             const char *file, const char *partial, struct text *error) {
    struct text commands_text = {0};
    plot_prelude(request, plot, partial, &commands_text);
    text_add(&commands_text, "load ");
    add_quoted(&commands_text, file);
    text_add(&commands_text, "\n");
    FILE *commands = tmpfile(), *complaints = tmpfile();
    enum plot_result result = PLOT_FAILED;
    if (!commands || !complaints ||
        fwrite(commands_text.data, 1, commands_text.size, commands) != commands_text.size ||
        fflush(commands) != 0) {
        text_add(error, "%s: no temporary file for gnuplot's commands: %s", plot->name,
                 strerror(errno));
    } else {
        int status = 0;
        rewind(commands);
        /* The child reads by the descriptor, which rewind may have left elsewhere. */
        lseek(fileno(commands), 0, SEEK_SET);
        const int code = run_gnuplot(commands, complaints, &status);
        struct stat made;
        if (code != 0) {
            result = code == ENOENT ? PLOT_NO_GNUPLOT : PLOT_FAILED;
            text_add(error,
                     "gnuplot: %s; expected it to be installed (Debian, Ubuntu: gnuplot-nox "
                     "fonts-dejavu-core)",
                     strerror(code));
        } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || stat(partial, &made) != 0 ||
                   made.st_size == 0) {
            text_add(error, "%s: ", file);
            add_complaints(complaints, error);
        } else {
            result = PLOT_MADE;
        }
    }
    if (commands) fclose(commands);
    if (complaints) fclose(complaints);
    text_free(&commands_text);
    return result;
}

enum plot_result plot_make(const struct plot_request *request, const struct report_plot *plot,
                           struct text *error) {
    struct text file = {0}, final = {0}, partial = {0};
    enum plot_result result = PLOT_FAILED;
    if (!find_file(request, plot->name, &file)) {
        text_add(error,
                 "%s.gp: there is no such plot; expected one of %s/*.gp, or a file beside the "
                 "scenario",
                 plot->name, request->shared);
    } else {
        text_add(&final, "%s/%s", request->folder, plot->file);
        text_add(&partial, "%s.%ld.partial", text_string(&final), (long)getpid());
        result = make(request, plot, text_string(&file), text_string(&partial), error);
        if (result == PLOT_MADE && rename(text_string(&partial), text_string(&final)) != 0) {
            text_add(error, "%s: %s", text_string(&final), strerror(errno));
            result = PLOT_FAILED;
        }
        if (result != PLOT_MADE) unlink(text_string(&partial));
    }
    text_free(&file);
    text_free(&final);
    text_free(&partial);
    return result;
}
