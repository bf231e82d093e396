/*
 * orrery story: reads a run's story.txt aloud, whole or what concerns one node or word; with
 * colours on a terminal. A line is `time  node  kind  what`, the node padded to a width of the
 * run's own.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "commands.h"
#include "options.h"
#include "past_run.h"
#include "report/json_read.h"
#include "report/summary.h"
#include "report/terminal.h"
#include "script/nearest.h"

static const char help[] =
    "usage: orrery story RUNDIR [--follow NODE] [--grep WORD]\n\n"
    "Prints the story of a run: its decisions and faults, a line each.\n\n"
    "  --follow NODE   what this node did, the faults that befell it, and the laws that broke\n"
    "  --grep WORD     lines with this word or part of one, in large or small letters\n\n"
    "Both together: lines that are both. On a terminal the kinds have colours, unless NO_COLOR is "
    "set.\n"
    "Lines that repeat too often have been left out, which (+N) says: a run with --trace full has "
    "all\n"
    "of them in trace.jsonl.\n\n"
    "For example:\n"
    "  orrery run scenarios/replication/chaos.lua\n"
    "  orrery story out/chaos/1 --follow primary --grep flush\n";

enum { TIME_WIDTH = 14 }; /* with the two spaces behind it */

static const struct kind {
    const char *word, *colour;
} kinds[] = {
    {"note", ""},
    {"fact", "\033[2m"},
    {"fault", "\033[1;31m"},
    {"heal", "\033[32m"},
    {"start", "\033[36m"},
    {"crash", "\033[1;31m"},
    {"restart", "\033[36m"},
    {"pause", "\033[33m"},
    {"resume", "\033[36m"},
    {"peer", "\033[35m"},
    {"command", "\033[34m"},
    {"reply", "\033[34m"},
    {"client", "\033[33m"},
    {"LAW", "\033[1;37;41m"},
    {"...", "\033[2m"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct line {
    const char *text;
    const struct kind *kind; /* NULL: of the head, or of no known form */
    size_t node_size;
    const char *node, *what; /* what begins with the kind */
};

static const struct kind *kind_at(const char *text) {
    for (size_t i = 0; i < KINDS; i++) {
        const size_t size = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, size) == 0 && (text[size] == ' ' || !text[size]))
            return &kinds[i];
    }
    return NULL;
}

/* The kind stands behind the node and two spaces at least. */
static struct line parse(const char *text) {
    struct line line = {.text = text};
    if (text[0] == '#' || strlen(text) <= TIME_WIDTH) return line;
    line.node = text + TIME_WIDTH;
    for (const char *at = line.node + 1; *at && !line.kind; at++) {
        if (at[-1] != ' ' || at - 2 < line.node || at[-2] != ' ') continue;
        line.kind = kind_at(at);
        line.what = at;
    }
    if (!line.kind) return line;
    line.node_size = (size_t)(line.what - line.node);
    while (line.node_size && line.node[line.node_size - 1] == ' ') line.node_size--;
    return line;
}

static bool is_part_of_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool names(const char *text, const char *node) {
    const size_t size = strlen(node);
    for (const char *at = text; (at = strstr(at, node)); at++)
        if ((at == text || !is_part_of_word(at[-1])) && !is_part_of_word(at[size])) return true;
    return false;
}

static bool is_wanted(const struct line *line, const char *follow, const char *word) {
    if (!line->kind) return line->text[0] == '#' || (!word && !follow);
    if (word && !strcasestr(line->text, word)) return false;
    if (!follow || strcmp(line->kind->word, "LAW") == 0) return true;
    if (line->node_size == strlen(follow) && strncmp(line->node, follow, line->node_size) == 0)
        return true;
    const bool fault = strcmp(line->kind->word, "fault") == 0 ||
                       strcmp(line->kind->word, "heal") == 0;
    return fault && (names(line->what, follow) || names(line->what, "all"));
}

static void put(const struct line *line, bool colours) {
    if (!colours || !line->kind) {
        printf(colours ? "\033[2m%s\033[0m\n" : "%s\n", line->text);
        return;
    }
    printf("\033[2m%.*s\033[0m%.*s%s%s\033[0m\n", TIME_WIDTH, line->text,
           (int)(line->what - line->node), line->node, line->kind->colour, line->what);
}

static bool has_node(const char *folder, const char *node, struct text *error) {
    struct past_run past;
    if (!past_run_read(folder, &past, error)) return false;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(past.document, "nodes"), *item;
    const char **known = must_calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *known);
    size_t count = 0;
    bool found = false;
    cJSON_ArrayForEach(item, list) {
        known[count] = json_string_of(item, "name");
        found = found || strcmp(known[count++], node) == 0;
    }
    if (!found) {
        const char *near = nearest_name(node, known, count);
        text_add(error, "story: --follow: no node '%s' in %s; ", node, folder);
        text_add(error, near ? "did you mean '%s'?" : "expected one of its %s",
                 near ? near : "nodes:");
        for (size_t i = 0; !near && i < count && i < 12; i++) text_add(error, " %s", known[i]);
    }
    free(known);
    past_run_free(&past);
    return found;
}

static bool tell(const char *folder, const char *follow, const char *word, struct text *error) {
    struct text path = {0};
    text_add(&path, "%s/story.txt", folder);
    FILE *file = fopen(text_string(&path), "r");
    if (!file)
        text_add(error, "%s: %s; expected the folder of a run, such as out/SCENARIO/SEED",
                 text_string(&path), strerror(errno));
    text_free(&path);
    if (!file) return false;
    const bool colours = terminal_colours(stdout);
    char *text = NULL;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&text, &capacity, file)) >= 0;) {
        if (size && text[size - 1] == '\n') text[size - 1] = '\0';
        const struct line line = parse(text);
        if (is_wanted(&line, follow, word)) put(&line, colours);
    }
    free(text);
    fclose(file);
    return fflush(stdout) == 0;
}

int cmd_story(int argc, char **argv) {
    enum { FOLLOW = 256, GREP };
    static const struct option options[] = {{"follow", required_argument, NULL, FOLLOW},
                                            {"grep", required_argument, NULL, GREP},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *follow = NULL, *word = NULL;
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            return EXIT_PASSED;
        }
        if (c == '?') return EXIT_WRONG_USE;
        if (c == FOLLOW) follow = optarg;
        if (c == GREP) word = optarg;
    }
    if (optind + 1 != argc) {
        complain("story: found %s; expected RUNDIR, such as out/SCENARIO/SEED",
                 optind == argc ? "no folder" : "more than one folder");
        return EXIT_WRONG_USE;
    }
    struct text error = {0};
    const bool good = (!follow || has_node(argv[optind], follow, &error)) &&
                      tell(argv[optind], follow, word, &error);
    if (error.size) complain("%s", text_string(&error));
    text_free(&error);
    return good ? EXIT_PASSED : EXIT_WRONG_USE;
}
