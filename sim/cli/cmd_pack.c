/*
 * orrery pack: a run in one file. The run is made again, in silence, from what its summary says of
 * it: so that the files that go into the pack are those that were read, and so that a pack that is
 * handed out has been seen to work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands.h"
#include "options.h"
#include "pack.h"
#include "past_run.h"
#include "report/json.h"
#include "report/json_read.h"
#include "whole_file.h"

static const char help[] =
    "usage: orrery pack RUNDIR [--out FILE]\n\n"
    "Makes a run again and writes it into one file, to attach to a ticket: the scenario and the "
    "files\n"
    "that it reads, seed, parameters, faults, version, and the digest that is expected. "
    "`orrery run FILE`\n"
    "then says whether it still happens, and if not, where it first differs.\n\n"
    "  --out FILE   instead of RUNDIR/SCENARIO-SEED.pack\n\n"
    "For example:\n"
    "  orrery run scenarios/first/echo.lua --seed 7\n"
    "  orrery pack out/echo/7\n"
    "  orrery run out/echo/7/echo-7.pack\n";

struct file_read {
    char *name, *text;
};
struct packing {
    struct past_run past;
    const cJSON *summary;
    struct witness witness;
    struct file_read *files;
    size_t file_count, file_capacity;
    const char *binary; /* a file that is no text */
    uint64_t seed;
    int64_t until_ns;
    struct text faults_path, faults, content;
};

static void keep_file(void *context, const char *name, const char *data, size_t size) {
    struct packing *p = context;
    for (size_t i = 0; i < p->file_count; i++)
        if (strcmp(p->files[i].name, name) == 0) return;
    p->files = must_grow(p->files, &p->file_capacity, p->file_count + 1, sizeof *p->files);
    char *text = must_calloc(size + 1, 1);
    if (size) memcpy(text, data, size);
    p->files[p->file_count++] = (struct file_read){must_strdup(name), text};
    if (strlen(text) != size) p->binary = p->files[p->file_count - 1].name;
}

/* A run that is handed over to be judged leaves no folder and says nothing; that is all that is
 * wanted. */
static void in_silence(void *context, const struct run_report *report, enum exit_code code) {
    (void)context;
    (void)report;
    (void)code;
}

static bool run_again(struct packing *p, struct text *error) {
    struct script_setting *settings = must_calloc(p->past.parameter_count + 1, sizeof *settings);
    for (size_t i = 0; i < p->past.parameter_count; i++)
        settings[i] =
            (struct script_setting){p->past.parameters[i].name, p->past.parameters[i].value};
    const char *hand_in = json_string_of(p->summary, "hand_in");
    const struct run_request request = {.path = p->past.path,
                                        .seed = p->seed,
                                        .settings = settings,
                                        .setting_count = p->past.parameter_count,
                                        .until_ns = p->until_ns,
                                        .faults = text_string(&p->faults_path),
                                        .handed_in = *hand_in ? hand_in : NULL,
                                        .records_to = -1,
                                        .judged = in_silence,
                                        .witness = &p->witness,
                                        .read = keep_file,
                                        .context = p,
                                        .complaint = error};
    run_one(&request);
    free(settings);
    if (!p->witness.ended && !error->size)
        text_add(error, "%s: it does not run any more", p->past.path);
    const char *expected = json_string_of(p->summary, "digest");
    char digest[24];
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)p->witness.digest);
    if (p->witness.ended && strcmp(digest, expected) != 0)
        text_add(error,
                 "%s: run again it has digest %s, and the run had %s: the scenario, the limits or "
                 "the version (%s, then %s) are not what they were; expected a run that can be "
                 "repeated, so make it anew",
                 p->past.path, digest, expected, ORRERY_VERSION,
                 json_string_of(p->summary, "version"));
    return error->size == 0;
}

static void put_number(struct json *json, const char *key, uint64_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    json_string(json, key, digits);
}

static void compose(struct packing *p) {
    struct json json = {.out = &p->content};
    char line[64];
    json_open(&json, NULL, '{');
    json_integer(&json, "orrery_pack", 1);
    json_string(&json, "version", ORRERY_VERSION);
    json_string(&json, "scenario", p->past.scenario);
    json_string(&json, "path", p->past.path);
    put_number(&json, "seed", p->seed);
    put_number(&json, "until_ns", (uint64_t)p->until_ns);
    json_open(&json, "params", '{');
    for (size_t i = 0; i < p->past.parameter_count; i++)
        json_string(&json, p->past.parameters[i].name, p->past.parameters[i].value);
    json_close(&json, '}');
    put_number(&json, "records", (uint64_t)p->witness.records);
    json_digest(&json, "digest", p->witness.digest);
    json_string(&json, "verdict", json_string_of(p->summary, "verdict"));
    json_string(&json, "why", json_string_of(p->summary, "why"));
    json_string(&json, "script", p->file_count ? p->files[0].text : "");
    json_open(&json, "files", '{');
    for (size_t i = 1; i < p->file_count; i++)
        json_string(&json, p->files[i].name, p->files[i].text);
    json_close(&json, '}');
    json_string(&json, "faults", text_string(&p->faults));
    json_open_flat(&json, "marks", '[');
    for (size_t i = 0; i < p->witness.count; i++) {
        snprintf(line, sizeof line, "%lld:%016llx", (long long)p->witness.marks[i].seq,
                 (unsigned long long)p->witness.marks[i].digest);
        json_string(&json, NULL, line);
    }
    json_close(&json, ']');
    json_close(&json, '}');
    text_add_char(&p->content, '\n');
}

/* What was written is read: a source that is no text would come back as another. */
static bool reads_back(const struct packing *p, struct text *error) {
    struct pack *pack = must_calloc(1, sizeof *pack);
    bool good = pack_parse(pack, "the pack", &p->content, error);
    const char *binary = p->binary;
    for (size_t i = 0; good && !binary && i < p->file_count; i++)
        if (strcmp(pack->files[i].text, p->files[i].text) != 0) binary = p->files[i].name;
    if (good && binary)
        text_add(error, "%s: it holds bytes that are no text; expected Lua source in UTF-8",
                 *binary ? binary : p->past.path);
    pack_free(pack);
    free(pack);
    return good && !binary;
}

static bool write_content(void *context, struct output *o, struct text *error) {
    const struct packing *p = context;
    (void)error;
    output_text(o, &p->content);
    return true;
}

static bool make(struct packing *p, const char *folder, const char *out, struct text *error) {
    if (!past_run_read(folder, &p->past, error)) return false;
    p->summary = p->past.document;
    p->until_ns = json_number_of(p->summary, "asked_until_ns", 0);
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(p->summary, "interrupted"))) {
        text_add(error, "%s: the run was interrupted; expected one that came to its end", folder);
        return false;
    }
    p->seed = strtoull(p->past.seed, NULL, 10);
    text_add(&p->faults_path, "%s/faults.jsonl", folder);
    if (!whole_file_read(text_string(&p->faults_path), &p->faults)) {
        text_add(error, "%s: cannot be read; expected the faults of the run",
                 text_string(&p->faults_path));
        return false;
    }
    if (!run_again(p, error)) return false;
    compose(p);
    if (!reads_back(p, error)) return false;
    struct text name = {0}, where = {0};
    const char *slash = out ? strrchr(out, '/') : NULL;
    if (out) {
        text_add(&name, "%s", slash ? slash + 1 : out);
        if (slash) text_add_bytes(&where, out, (size_t)(slash - out));
        text_add(&where, "%s", !slash ? "." : slash == out ? "/" : "");
    } else {
        text_add(&name, "%s-%s.pack", p->past.scenario, p->past.seed);
        text_add(&where, "%s", folder);
    }
    const bool good = whole_file(text_string(&where), text_string(&name), write_content, p, error);
    text_free(&name);
    text_free(&where);
    return good;
}

int cmd_pack(int argc, char **argv) {
    enum { OUT = 256 };
    static const struct option options[] = {
        {"out", required_argument, NULL, OUT}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *out = NULL;
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            return EXIT_PASSED;
        }
        if (c == '?') return EXIT_WRONG_USE;
        out = optarg;
    }
    if (optind + 1 != argc || (out && (!*out || out[strlen(out) - 1] == '/'))) {
        complain(
            "pack: found %s; expected RUNDIR, such as out/SCENARIO/SEED, and the name of a file",
            optind + 1 != argc ? "no folder of one run" : "no name after --out");
        return EXIT_WRONG_USE;
    }
    struct packing *p = must_calloc(1, sizeof *p);
    struct text error = {0};
    const bool good = make(p, argv[optind], out, &error);
    if (!good) complain("%s", text_string(&error));
    for (size_t i = 0; i < p->file_count; i++) {
        free(p->files[i].name);
        free(p->files[i].text);
    }
    free(p->files);
    past_run_free(&p->past);
    witness_free(&p->witness);
    text_free(&p->faults_path);
    text_free(&p->faults);
    text_free(&p->content);
    text_free(&error);
    free(p);
    return good ? EXIT_PASSED : EXIT_WRONG_USE;
}
