/* Arguments of the command line, and complaints about them. */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script/nearest.h"

enum { OPTIONS_MAX = 64 };

void complain(const char *format, ...) {
    struct text line = {0};
    text_add(&line, "orrery: ");
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&line, format, arguments);
    va_end(arguments);
    text_add_char(&line, '\n');
    fputs(text_string(&line), stderr);
    text_free(&line);
}

static const char *nearest_option(const char *name, const struct option *options) {
    const char *names[OPTIONS_MAX];
    size_t count = 0;
    for (; options->name && count < OPTIONS_MAX; options++) names[count++] = options->name;
    return nearest_name(name, names, count);
}

static void complain_option(const char *command, const char *word, const struct option *options) {
    if (strncmp(word, "--", 2) != 0) {
        complain("%s: unknown option '%s'; expected one of `orrery %s --help`", command, word,
                 command);
        return;
    }
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    for (const struct option *option = options; option->name; option++) {
        if (strcmp(option->name, name) != 0) continue;
        if (option->has_arg == no_argument) {
            complain("%s: --%s takes no value; found '%s'", command, name, word);
        } else {
            complain("%s: --%s has no value; expected one after it", command, name);
        }
        return;
    }
    const char *near = nearest_option(name, options);
    if (near) {
        complain("%s: unknown option '--%s'; did you mean '--%s'?", command, name, near);
    } else {
        complain("%s: unknown option '--%s'; expected one of `orrery %s --help`", command, name,
                 command);
    }
}

int next_option(int argc, char **argv, const char *letters, const struct option *options) {
    opterr = 0;
    const int before = optind > 0 ? optind : 1;
    const int found = getopt_long(argc, argv, letters, options, NULL);
    if (found != '?' && found != ':') return found;
    /* getopt moves words that are no options to the end, so the one at fault is the last it took.
     * */
    const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    if (word[0] != '-' && before < argc) word = argv[before];
    char letter[3] = {'-', (char)optopt, '\0'};
    const bool is_letter = optopt > 0 && optopt < 128 && strncmp(word, "--", 2) != 0;
    complain_option(argv[0], is_letter ? letter : word, options);
    return '?';
}

bool parse_quantity(const char *what, enum quantity quantity, const char *value, int64_t *result) {
    struct text error = {0};
    const bool good = quantity_parse(quantity, value, result, &error);
    if (!good) complain("%s: %s", what, text_string(&error));
    text_free(&error);
    return good;
}

bool parse_seed(const char *what, const char *value, uint64_t *seed) {
    char *end;
    errno = 0;
    *seed = strtoull(value, &end, 10);
    if (errno == 0 && *end == '\0' && value[0] >= '0' && value[0] <= '9') return true;
    complain("%s: '%s' is no seed; expected a whole number from 0 to 18446744073709551615", what,
             value);
    return false;
}

void add_shell_word(struct text *out, const char *word) {
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-./=:,+%@";
    if (word[0] && strspn(word, safe) == strlen(word)) {
        text_add(out, "%s", word);
        return;
    }
    text_add_char(out, '\'');
    for (const char *p = word; *p; p++) {
        if (*p == '\'')
            text_add(out, "'\\''");
        else
            text_add_char(out, *p);
    }
    text_add_char(out, '\'');
}

bool parse_seeds(const char *what, const char *value, uint64_t most, uint64_t *first,
                 uint64_t *last) {
    const char *dash = strchr(value, '-');
    struct text from = {0};
    text_add_bytes(&from, value, dash ? (size_t)(dash - value) : 0);
    *first = 1;
    const bool good = (!dash || parse_seed(what, text_string(&from), first)) &&
                      parse_seed(what, dash ? dash + 1 : value, last);
    text_free(&from);
    if (!good) return false;
    if (*first <= *last && *last - *first < most) return true;
    complain("%s: found '%s'; expected A-B with A <= B, and at most %llu of them", what, value,
             (unsigned long long)most);
    return false;
}

enum { JOBS_MAX = 256 };

bool parse_jobs(const char *value, int *jobs) {
    int64_t number;
    if (!parse_quantity("--jobs", QUANTITY_COUNT, value, &number)) return false;
    if (number >= 1 && number <= JOBS_MAX) {
        *jobs = (int)number;
        return true;
    }
    complain("--jobs: found '%s'; expected 1 to %d", value, JOBS_MAX);
    return false;
}

int usual_jobs(void) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 && cores <= JOBS_MAX ? (int)cores : 2;
}
