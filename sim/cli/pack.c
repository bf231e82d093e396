#include "pack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "options.h"
#include "report/json_read.h"
#include "whole_file.h"

bool is_pack(const char *path) {
    char head[64];
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false; /* what a pipe has is read once */
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    head[fread(head, 1, sizeof head - 1, file)] = '\0';
    fclose(file);
    return head[strspn(head, " \t\r\n")] == '{';
}

static const cJSON *field(const struct pack *pack, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(pack->document, key);
}

static bool read_number(const struct pack *pack, const char *key, uint64_t *number) {
    char *end = NULL;
    const char *text = json_string_of(pack->document, key);
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

static void read_settings(struct pack *pack) {
    const cJSON *list = field(pack, "params"), *item;
    pack->settings = must_calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *pack->settings);
    cJSON_ArrayForEach(item, list) {
        const char *value = cJSON_GetStringValue(item);
        if (item->string && value)
            pack->settings[pack->setting_count++] = (struct script_setting){item->string, value};
    }
}

static void read_files(struct pack *pack) {
    const cJSON *list = field(pack, "files"), *item;
    pack->files = must_calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *pack->files);
    pack->files[pack->file_count++] =
        (struct script_file){"", json_string_of(pack->document, "script")};
    cJSON_ArrayForEach(item, list) {
        const char *text = cJSON_GetStringValue(item);
        if (item->string && text)
            pack->files[pack->file_count++] = (struct script_file){item->string, text};
    }
}

/* "12:0123456789abcdef", each after the one before. */
static bool read_marks(struct pack *pack) {
    const cJSON *item;
    struct witness *expected = &pack->expected;
    int64_t before = 0;
    cJSON_ArrayForEach(item, field(pack, "marks")) {
        const char *text = cJSON_GetStringValue(item);
        char *colon = NULL, *end = NULL;
        if (!text || expected->count == WITNESS_MARKS) return false;
        const long long seq = strtoll(text, &colon, 10);
        if (*colon != ':' || seq <= before) return false;
        expected->marks[expected->count++] =
            (struct witness_mark){seq, strtoull(colon + 1, &end, 16)};
        if (end != colon + 17 || *end != '\0') return false;
        before = seq;
    }
    return true;
}

static const char *what_is_wrong(struct pack *pack) {
    char *end = NULL;
    uint64_t until, records;
    if (json_number_of(pack->document, "orrery_pack", 0) != 1)
        return "\"orrery_pack\" is not 1; expected what `orrery pack` of this version writes";
    pack->version = json_string_of(pack->document, "version");
    pack->path = json_string_of(pack->document, "path");
    pack->faults = json_string_of(pack->document, "faults");
    if (!*pack->path || !cJSON_IsString(field(pack, "script")))
        return "\"path\" or \"script\" is missing; expected a scenario";
    if (!read_number(pack, "seed", &pack->seed)) return "\"seed\" is no number in quotes";
    if (!read_number(pack, "until_ns", &until) || !read_number(pack, "records", &records) ||
        until > INT64_MAX || records > INT64_MAX)
        return "\"until_ns\" or \"records\" is no number in quotes";
    pack->until_ns = (int64_t)until;
    pack->expected.records = (int64_t)records;
    const char *digest = json_string_of(pack->document, "digest");
    pack->expected.digest = strtoull(digest, &end, 16);
    if (strlen(digest) != 16 || *end) return "\"digest\" is not of 16 hexadecimal digits";
    if (!read_marks(pack)) return "\"marks\" is not a list of SEQ:DIGEST in order";
    read_settings(pack);
    read_files(pack);
    return NULL;
}

bool pack_parse(struct pack *pack, const char *name, const struct text *content,
                struct text *error) {
    const char *end = NULL;
    *pack = (struct pack){.name = name};
    pack->document =
        cJSON_ParseWithLengthOpts(content->data ? content->data : "", content->size, &end, 0);
    const char *why = cJSON_IsObject((cJSON *)pack->document)
                          ? what_is_wrong(pack)
                          : "it is no whole JSON object; expected what `orrery pack` wrote";
    if (why) text_add(error, "%s: %s", name, why);
    return why == NULL;
}

bool pack_read(struct pack *pack, const char *path, struct text *error) {
    struct text content = {0};
    *pack = (struct pack){.name = path};
    bool good = whole_file_read(path, &content);
    if (!good) text_add(error, "%s: %s; expected a pack", path, strerror(errno));
    if (good) good = pack_parse(pack, path, &content, error);
    text_free(&content);
    return good;
}

void pack_free(struct pack *pack) {
    free(pack->settings);
    free(pack->files);
    cJSON_Delete(pack->document);
}

/* ---- running one ---- */

static bool nothing_of_its_own(const struct run_request *request) {
    const char *option = request->seeded          ? "--seed"
                         : request->setting_count ? "--set"
                         : request->until_ns      ? "--until"
                         : request->faults        ? "--faults"
                         : request->handed_in     ? "--hand-in"
                                                  : NULL;
    if (option)
        complain("%s: found %s; expected none, as a pack brings its own", request->path, option);
    return !option;
}

static void tell_difference(const struct witness *v, struct text *out) {
    text_add(out, "pack      NOT reproduced: ");
    if (v->differs)
        text_add(out, "the first difference is among records %lld to %lld",
                 (long long)v->agreed_seq + 1, (long long)v->expected->marks[v->agreed].seq);
    else
        text_add(out, "all is the same up to record %lld, then it goes another way",
                 (long long)v->agreed_seq);
    text_add(out, "; %lld records in all, the pack has %lld\n", (long long)v->records,
             (long long)v->expected->records);
    if (v->since.size) text_add(out, "          what this version does there:\n%s", v->since.data);
}

enum exit_code run_pack(const struct run_request *asked) {
    struct text error = {0}, out = {0};
    struct pack *pack = must_calloc(1, sizeof *pack);
    struct witness *v = must_calloc(1, sizeof *v);
    enum exit_code code = EXIT_WRONG_USE;
    if (!nothing_of_its_own(asked)) {
    } else if (!pack_read(pack, asked->path, &error)) {
        complain("%s", text_string(&error));
    } else {
        struct run_request request = *asked;
        v->expected = &pack->expected;
        request.path = pack->path;
        request.seed = pack->seed;
        request.settings = pack->settings;
        request.setting_count = pack->setting_count;
        request.until_ns = pack->until_ns;
        request.pack = pack;
        request.witness = v;
        if (strcmp(pack->version, ORRERY_VERSION) != 0)
            text_add(&out, "pack      made by orrery %s, this is %s\n", pack->version,
                     ORRERY_VERSION);
        code = run_one(&request);
        if (v->ended && witness_same(v)) {
            text_add(&out, "pack      reproduced: the same %lld records, digest %016llx\n",
                     (long long)v->records, (unsigned long long)v->digest);
        } else if (code == EXIT_INTERRUPTED) {
            text_add(&out, "pack      interrupted: the same up to record %lld of %lld\n",
                     (long long)v->agreed_seq, (long long)v->expected->records);
        } else if (v->ended) {
            tell_difference(v, &out);
            if (code != EXIT_BROKEN) code = EXIT_INCONCLUSIVE;
        }
        if (!asked->quiet) fputs(text_string(&out), asked->json ? stderr : stdout);
    }
    witness_free(v);
    free(v);
    pack_free(pack);
    free(pack);
    text_free(&error);
    text_free(&out);
    return code;
}
