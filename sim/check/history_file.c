/* See history_file.h: lines to events (event.c), events to operations here. */
#include "check/history_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "check/edn.h"
#include "check/event.h"
#include "check/lines.h"

#define NOTHING_OPEN UINT32_MAX

/* What a process is at. After an info `gone_line` has its line, and it may do nothing more. */
struct process {
    uint32_t open; /* its operation without a completion yet */
    uint32_t gone_line;
};

struct reading {
    struct history *history;
    struct limits *limits;
    struct text error;
    enum history_read result; /* so far */
    struct event event;
    struct lines *lines; /* of a file */
    enum lines_end lines_end;
    struct edn_history edn;
    bool is_edn;
    struct text json; /* of an operation in EDN */
    struct process *processes;
    size_t count, capacity;
    uint32_t line, last_line;
    int64_t last_ns;
};

/* HISTORY_LIMIT where the limit forbade something, or what is wrong is in `error`. */
static enum history_read failure(const struct reading *r) {
    return r->error.size ? HISTORY_MALFORMED : HISTORY_LIMIT;
}

static bool intern(struct reading *r, struct names *names, enum event_field field,
                   uint32_t *number) {
    return names_number(names, r->limits, event_field(&r->event, field),
                        event_size(&r->event, field), number);
}

/* NAMES_NONE, or what `usual` is, where the field is not there. */
static bool intern_optional(struct reading *r, struct names *names, enum event_field field,
                            uint32_t usual, uint32_t *number) {
    *number = usual;
    return !event_has(&r->event, field) || intern(r, names, field, number);
}

static bool intern_function(struct reading *r, uint32_t *number) { /* without its quotes */
    return names_number(&r->history->functions, r->limits, event_field(&r->event, FIELD_F) + 1,
                        event_size(&r->event, FIELD_F) - 2, number);
}

static bool process_of(struct reading *r, uint32_t *number) {
    if (!intern(r, &r->history->processes, FIELD_PROCESS, number)) return false;
    if (*number < r->count) return true;
    if (!limits_grow(r->limits, &r->processes, &r->capacity, *number + 1, sizeof *r->processes))
        return false;
    r->processes[r->count++] = (struct process){NOTHING_OPEN, 0};
    return true;
}

/* ---- invokes ---- */

static bool may_invoke(struct reading *r, uint32_t number) {
    const struct process *p = &r->processes[number];
    const char *name = names_string(&r->history->processes, number);
    if (p->gone_line)
        text_add(&r->error,
                 "found an invoke of process %s after its info in line %u; expected a new process, "
                 "as what it did is still under way",
                 name, p->gone_line);
    else if (p->open != NOTHING_OPEN)
        text_add(&r->error,
                 "found a second invoke of process %s, whose first in line %u has no completion "
                 "yet; expected one operation of a process at a time",
                 name, r->history->operations[p->open].invoked_line);
    return r->error.size == 0;
}

static bool add_invoke(struct reading *r, uint32_t process) {
    struct history *h = r->history;
    struct operation o = {.invoked_ns = r->event.time,
                          .invoked_line = r->line,
                          .ended_line = UINT32_MAX,
                          .process = process,
                          .error = NAMES_NONE};
    if (!intern_function(r, &o.f) || !intern(r, &h->values, FIELD_VALUE, &o.asked) ||
        !intern_optional(r, &h->keys, FIELD_KEY, VALUE_NULL, &o.key) ||
        !intern_optional(r, &h->clients, FIELD_CLIENT, NAMES_NONE, &o.client) ||
        !limits_grow(r->limits, &h->operations, &h->capacity, h->count + 1, sizeof *h->operations))
        return false;
    o.told = o.asked;
    r->processes[process].open = (uint32_t)h->count;
    h->operations[h->count++] = o;
    return true;
}

/* ---- completions ---- */

static bool may_complete(struct reading *r, uint32_t number) {
    const struct process *p = &r->processes[number];
    if (p->open != NOTHING_OPEN) return true;
    text_add(&r->error, "found a completion of process %s, ",
             names_string(&r->history->processes, number));
    if (p->gone_line)
        text_add(&r->error, "whose operation ended as info in line %u; expected nothing more of it",
                 p->gone_line);
    else
        text_add(&r->error, "which has no operation under way; expected its invoke before");
    return false;
}

/* What a completion says again must be what the invoke said. */
static bool agrees(struct reading *r, enum event_field field, const struct names *names,
                   uint32_t found, uint32_t invoked, uint32_t line) {
    static const char *const what[FIELDS] = {
        [FIELD_F] = "operation", [FIELD_KEY] = "key", [FIELD_CLIENT] = "client"};
    if (!event_has(&r->event, field) || found == invoked) return true;
    text_add(&r->error, "found %s ", what[field]);
    event_add_shown(&r->event, field, &r->error);
    text_add(&r->error, "; expected %s, which was invoked in line %u",
             invoked == NAMES_NONE ? "none" : names_string(names, invoked), line);
    return false;
}

static bool matches(struct reading *r, const struct operation *o) {
    struct history *h = r->history;
    uint32_t f, key, client;
    return intern_function(r, &f) && agrees(r, FIELD_F, &h->functions, f, o->f, o->invoked_line) &&
           intern_optional(r, &h->keys, FIELD_KEY, o->key, &key) &&
           agrees(r, FIELD_KEY, &h->keys, key, o->key, o->invoked_line) &&
           intern_optional(r, &h->clients, FIELD_CLIENT, o->client, &client) &&
           agrees(r, FIELD_CLIENT, &h->clients, client, o->client, o->invoked_line);
}

static bool add_completion(struct reading *r, uint32_t process) {
    static const uint8_t ends[] = {
        [EVENT_OK] = OPERATION_OK, [EVENT_FAIL] = OPERATION_FAIL, [EVENT_INFO] = OPERATION_INFO};
    struct history *h = r->history;
    struct process *p = &r->processes[process];
    struct operation *o = &h->operations[p->open];
    if (!matches(r, o) || !intern(r, &h->values, FIELD_VALUE, &o->told) ||
        !intern_optional(r, &h->errors, FIELD_ERROR, NAMES_NONE, &o->error) ||
        !limits_grow(r->limits, &h->completions, &h->completion_capacity, h->completion_count + 1,
                     sizeof *h->completions))
        return false;
    o->ended_ns = r->event.time;
    o->ended_line = r->line;
    o->end = ends[r->event.type];
    o->has_version = o->end == OPERATION_OK && event_has(&r->event, FIELD_VERSION);
    if (o->has_version) o->version = r->event.version;
    h->completions[h->completion_count++] = p->open;
    if (r->event.type == EVENT_INFO) p->gone_line = r->line;
    p->open = NOTHING_OPEN;
    return true;
}

/* ---- lines ---- */

/* What has no time of its own, in EDN, happened when the one before did, or by its line. */
static bool goes_on(struct reading *r) {
    const bool is_timed = !r->is_edn || r->edn.is_timed;
    if (!is_timed && r->event.time < r->last_ns) r->event.time = r->last_ns;
    if (r->last_line && r->event.time < r->last_ns) {
        text_add(&r->error,
                 "found time %lld after time %lld in line %u; expected times that never "
                 "go back%s",
                 (long long)r->event.time, (long long)r->last_ns, r->last_line,
                 r->is_edn ? " (without :time, the order is that of the lines)" : "");
        return false;
    }
    r->last_ns = r->event.time;
    r->last_line = r->line;
    return true;
}

static bool add_nemesis(struct reading *r) {
    struct history *h = r->history;
    uint32_t f;
    if (!event_has(&r->event, FIELD_F)) return true;
    if (!intern_function(r, &f) || !limits_grow(r->limits, &h->nemesis, &h->nemesis_capacity,
                                                h->nemesis_count + 1, sizeof *h->nemesis))
        return false;
    h->nemesis[h->nemesis_count++] = (struct nemesis_event){r->event.time, f};
    return true;
}

static bool add_line(struct reading *r, const char *line, size_t size) {
    uint32_t process;
    const struct event_shown *shown = r->is_edn ? r->edn.shown : NULL;
    if (!event_read(&r->event, line, size, shown, &r->error) || !goes_on(r)) return false;
    if (r->event.is_nemesis) return add_nemesis(r);
    if (!process_of(r, &process)) return false;
    return r->event.type == EVENT_INVOKE ? may_invoke(r, process) && add_invoke(r, process)
                                         : may_complete(r, process) && add_completion(r, process);
}

/* ---- files ---- */

static bool next_line(struct reading *r, const char **line, size_t *size) {
    r->lines_end = lines_next(r->lines, r->limits, line, size);
    r->line = r->lines->number;
    if (r->lines_end == LINES_MORE && !limits_tick(r->limits)) r->lines_end = LINES_LIMIT;
    return r->lines_end == LINES_MORE;
}

/* There is no next line. */
static enum history_read end_of_lines(struct reading *r) {
    if (r->lines_end == LINES_ENDED) return HISTORY_READ;
    if (r->lines_end == LINES_LIMIT) return HISTORY_LIMIT;
    text_clear(&r->error);
    if (r->lines_end == LINES_TOO_LONG)
        text_add(&r->error, "found a line of more than %d bytes; expected an event",
                 LINE_BYTES_MAX);
    else
        text_add(&r->error, "%s; expected a history, such as the history.jsonl of a run",
                 strerror(errno));
    return HISTORY_MALFORMED;
}

static bool is_blank(const char *line, size_t size) {
    while (size && (line[size - 1] == ' ' || line[size - 1] == '\t' || line[size - 1] == '\r'))
        size--;
    return size == 0;
}

static enum history_read read_json(struct reading *r, const char *line, size_t size) {
    do {
        if (!is_blank(line, size) && !add_line(r, line, size)) return failure(r);
    } while (next_line(r, &line, &size));
    return end_of_lines(r);
}

static bool next_edn_line(void *context, const char **line, size_t *size) {
    return next_line(context, line, size);
}

static enum history_read read_edn(struct reading *r, const char *line, size_t size) {
    r->is_edn = true;
    r->edn.edn = (struct edn){.next_line = next_edn_line,
                              .context = r,
                              .error = &r->error,
                              .begin = line,
                              .at = line,
                              .end = line + size,
                              .line = r->line};
    enum edn_next next;
    while ((next = edn_next(&r->edn, &r->json)) == EDN_OPERATION) {
        r->line = r->edn.operation_line;
        if (!add_line(r, r->json.data, r->json.size)) return failure(r);
    }
    if (r->lines_end != LINES_MORE && r->lines_end != LINES_ENDED) return end_of_lines(r);
    r->line = r->edn.edn.line;
    return next == EDN_END ? HISTORY_READ : HISTORY_MALFORMED;
}

/* False: the file is of a kind that is known by its first line, and holds no history that can be
 * read. */
static bool is_readable(struct reading *r, const char *line, size_t size) {
    static const struct kind {
        const char *begin, *found, *expected;
    } kinds[] = {
        {"\x1f\x8b", "a file packed by gzip", "a history, as gunzip -c gives it"},
        {"\x28\xb5\x2f\xfd", "a file packed by zstd", "a history, as zstd -dc gives it"},
        {"\xfd"
         "7zXZ",
         "a file packed by xz", "a history, as xz -dc gives it"},
        {"PK\x03\x04", "a zip archive", "a history, as unzip -p gives it"},
        {"JEPSEN", "Jepsen's test.jepsen", "the history.edn beside it"},
        {"\xff\xfe", "UTF-16", "UTF-8"},
        {"\xfe\xff", "UTF-16", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t length = strlen(kinds[i].begin);
        if (size < length || memcmp(line, kinds[i].begin, length) != 0) continue;
        text_add(&r->error, "found %s; expected %s", kinds[i].found, kinds[i].expected);
        return false;
    }
    if (!memmem(line, size, "\t:invoke\t", 9)) return true;
    text_add(&r->error, "found Jepsen's history.txt; expected the history.edn beside it");
    return false;
}

static size_t byte_order_mark(const char *line, size_t size) {
    return size >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static enum history_read read_lines(struct reading *r) {
    const char *line;
    size_t size;
    if (!next_line(r, &line, &size)) return end_of_lines(r);
    if (!is_readable(r, line, size)) return HISTORY_MALFORMED;
    const size_t mark = byte_order_mark(line, size);
    line += mark;
    size -= mark;
    while (is_blank(line, size))
        if (!next_line(r, &line, &size)) return end_of_lines(r);
    return edn_is(line, size) ? read_edn(r, line, size) : read_json(r, line, size);
}

struct reading *history_reading_begin(struct history *h, struct limits *limits) {
    if (!history_begin(h, limits)) return NULL;
    struct reading *r = must_calloc(1, sizeof *r);
    r->history = h;
    r->limits = limits;
    return r;
}

bool history_reading_line(struct reading *r, const char *line, size_t size) {
    if (r->result != HISTORY_READ) return false;
    r->line++;
    if (!add_line(r, line, size)) r->result = failure(r);
    return r->result == HISTORY_READ;
}

void history_reading_skip(struct reading *r) { r->line++; }

enum history_read history_reading_end(struct reading *r, struct text *error) {
    if (!r) return HISTORY_LIMIT;
    const enum history_read result = r->result;
    text_add(error, "%s", text_string(&r->error));
    event_free(&r->event);
    text_free(&r->json);
    text_free(&r->error);
    limits_give(r->limits, r->processes, r->capacity, sizeof *r->processes);
    free(r);
    return result;
}

enum history_read history_read_file(struct history *h, const char *path, const char *name,
                                    struct limits *limits, struct text *error) {
    struct lines lines;
    struct reading *r = history_reading_begin(h, limits);
    if (!r) return HISTORY_LIMIT;
    if (!lines_open(&lines, path)) {
        history_reading_end(r, error);
        text_add(error, "%s: %s; expected a history, such as the history.jsonl of a run", name,
                 strerror(errno));
        return HISTORY_MALFORMED;
    }
    struct text why = {0};
    r->lines = &lines;
    r->result = read_lines(r);
    const uint32_t line = r->line;
    const enum history_read result = history_reading_end(r, &why);
    if (result == HISTORY_MALFORMED) {
        text_add(error, "%s:", name);
        if (line) text_add(error, "%u:", line);
        text_add(error, " %s", text_string(&why));
    }
    lines_close(&lines, limits);
    text_free(&why);
    return result;
}
