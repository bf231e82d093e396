/*
 * A step has no length in the simulator; its slice is a microsecond long, so that it can be seen
 * and an arrow has something to hold on to. Times are microseconds with three decimals, which are
 * the nanoseconds.
 */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "report/export.h"
#include "report/json_read.h"

enum { THREAD = 1, FAULTS_PROCESS = 1, FIRST_PROCESS = 2 };

struct perfetto {
    struct output *o;
    char **nodes; /* process FIRST_PROCESS + index */
    size_t count, capacity;
    bool filled;
};

static void begin(struct perfetto *p, const char *phase, size_t process, int64_t t) {
    output_format(p->o, "%s{\"ph\":\"%s\",\"pid\":%zu,\"tid\":%d,\"ts\":%lld.%03d",
                  p->filled ? ",\n" : "\n", phase, process, THREAD, (long long)(t / 1000),
                  (int)(t % 1000));
    p->filled = true;
}

static void put(struct perfetto *p, const char *key, const char *value) {
    output_format(p->o, ",\"%s\":", key);
    output_json(p->o, value, strlen(value));
}

static void name_process(struct perfetto *p, size_t process, const char *name) {
    begin(p, "M", process, 0);
    output_string(p->o, ",\"name\":\"process_name\",\"args\":{\"name\":");
    output_json(p->o, name, strlen(name));
    output_string(p->o, "}}");
}

static size_t process_of(struct perfetto *p, const char *node) {
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->nodes[i], node) == 0) return FIRST_PROCESS + i;
    p->nodes = must_grow(p->nodes, &p->capacity, p->count + 1, sizeof *p->nodes);
    p->nodes[p->count] = must_strdup(node);
    name_process(p, FIRST_PROCESS + p->count, node);
    return FIRST_PROCESS + p->count++;
}

static void put_args(struct perfetto *p, const struct past_record *r) {
    output_format(p->o, ",\"args\":{\"seq\":%lld,\"cause\":%lld", (long long)r->seq,
                  (long long)r->cause);
    if (r->peer[0]) put(p, "peer", r->peer);
    if (r->size >= 0) output_format(p->o, ",\"bytes\":%lld", (long long)r->size);
    if (r->note[0]) put(p, "note", r->note);
    output_string(p->o, "}}");
}

static void slice(struct perfetto *p, size_t process, const struct past_record *r) {
    begin(p, "X", process, r->t);
    output_string(p->o, ",\"dur\":1");
    put(p, "cat", r->kind);
    if (r->type[0]) {
        struct text name = {0};
        text_add(&name, "%s %s", r->kind, r->type);
        put(p, "name", text_string(&name));
        text_free(&name);
    } else {
        put(p, "name", r->kind);
    }
    put_args(p, r);
}

static void instant(struct perfetto *p, size_t process, const struct past_record *r) {
    begin(p, "i", process, r->t);
    output_string(p->o, ",\"s\":\"t\"");
    put(p, "cat", r->kind);
    put(p, "name", r->note[0] ? r->note : r->type[0] ? r->type : r->kind);
    put_args(p, r);
}

static void arrow(struct perfetto *p, size_t process, const struct past_record *r, bool starts) {
    begin(p, starts ? "s" : "f", process, r->t);
    output_format(p->o, ",\"id\":%lld,\"cat\":\"message\"", (long long)r->msg);
    if (!starts) output_string(p->o, ",\"bp\":\"e\"");
    put(p, "name", r->type[0] ? r->type : "message");
    output_char(p->o, '}');
}

static void span(struct perfetto *p, size_t process, const struct past_record *r, bool starts) {
    begin(p, starts ? "b" : "e", process, r->t);
    output_format(p->o, ",\"id\":\"op%lld\",\"cat\":\"operation\"", (long long)r->msg);
    put(p, "name", r->type);
    put_args(p, r);
}

static bool is(const struct past_record *r, const char *kind) { return strcmp(r->kind, kind) == 0; }

static bool read_record(void *context, const struct past_record *r, struct text *error) {
    struct perfetto *p = context;
    (void)error;
    if (!r->node[0] || is(r, "fault") || is(r, "heal"))
        return true; /* faults have a list of their own */
    const size_t process = process_of(p, r->node);
    if (is(r, "send")) {
        arrow(p, process, r, true);
    } else if (is(r, "invoke") || is(r, "return")) {
        span(p, process, r, is(r, "invoke"));
    } else if (is(r, "note") || is(r, "fact") || is(r, "drop") || is(r, "law") || is(r, "crash") ||
               is(r, "pause") || is(r, "resume") || is(r, "restart") || is(r, "discipline")) {
        instant(p, process, r);
    } else {
        slice(p, process, r);
        if (is(r, "deliver")) arrow(p, process, r, false);
    }
    return true;
}

static bool read_fault(void *context, const cJSON *json, struct text *error) {
    struct perfetto *p = context;
    const cJSON *says = cJSON_GetObjectItemCaseSensitive(json, "says");
    const int64_t t = json_number_of(json, "t", -1), healed = json_number_of(json, "healed", -1);
    if (t < 0 || !cJSON_IsString(says)) {
        text_add(error, "found no fault; expected \"t\" and \"says\"");
        return false;
    }
    for (int ends = 0; ends < 2; ends++) {
        if (ends && healed < 0) break; /* it lasts to the end of the trace */
        begin(p, ends ? "e" : "b", FAULTS_PROCESS, ends ? healed : t);
        output_format(p->o, ",\"id\":\"fault%lld\",\"cat\":\"fault\"",
                      (long long)json_number_of(json, "index", 0));
        put(p, "name", says->valuestring);
        output_char(p->o, '}');
    }
    return true;
}

bool export_perfetto(const char *folder, struct output *o, struct text *error) {
    struct perfetto p = {.o = o};
    output_string(o, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    name_process(&p, FAULTS_PROCESS, "faults");
    const bool good = lines_read(folder, "faults.jsonl", read_fault, &p, error) &&
                      trace_read(folder, read_record, &p, error);
    output_string(o, "\n]}\n");
    for (size_t i = 0; i < p.count; i++) free(p.nodes[i]);
    free(p.nodes);
    return good;
}
