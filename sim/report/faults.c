/*
 * The faults of a run, for `--faults`, for people, and as spans for the plots' time axis.
 */
#include "report/faults.h"

#include "report/describe.h"

static void put_target(const struct world *world, struct output *o, const char *name,
                       sim_node node) {
    output_format(o, ",\"%s\":", name);
    if (node < world_nodes(world)) {
        const char *target = world_node_name(world, node);
        output_json(o, target, strlen(target));
    } else {
        output_string(o, "null");
    }
}

void faults_write(const struct world *world, struct output *o) {
    struct text says = {0};
    for (size_t i = 0; i < world_faults(world); i++) {
        const struct fault_entry *entry = world_fault_entry(world, i);
        const struct fault *fault = &entry->fault;
        output_format(o, "{\"index\":%zu,\"t\":%lld,\"kind\":\"%s\"", i, (long long)entry->t,
                      fault_kind_name(fault->kind));
        put_target(world, o, "a", fault->a);
        put_target(world, o, "b", fault->b);
        output_format(o, ",\"x\":%lld,\"y\":%lld,\"healed\":", (long long)fault->x,
                      (long long)fault->y);
        if (entry->healed_ns == INT64_MAX) {
            output_string(o, "null");
        } else {
            output_integer(o, entry->healed_ns);
        }
        if (entry->planned) {
            output_string(o, ",\"by\":\"plan\",\"until\":");
            if (entry->until_ns == INT64_MAX)
                output_string(o, "null");
            else
                output_integer(o, entry->until_ns);
        } else {
            output_string(o, ",\"by\":\"scenario\"");
        }
        output_format(o, ",\"effective\":%lld,\"generated\":%s,\"seq\":%lld,\"says\":",
                      (long long)entry->effective, entry->generated ? "true" : "false",
                      (long long)entry->seq);
        text_clear(&says);
        describe_fault(world, fault, &says);
        output_json(o, text_string(&says), says.size);
        output_string(o, "}\n");
    }
    text_free(&says);
}

static bool strikes_once(enum fault_kind kind) {
    switch (kind) {
    case FAULT_RESTART:
    case FAULT_BIT_ROT:
    case FAULT_DISK_LOST:
    case FAULT_CLOCK_JUMP: return true;
    default: return false;
    }
}

static int64_t restart_after(const struct world *world, size_t crash) {
    const struct fault_entry *entry = world_fault_entry(world, crash);
    for (size_t i = crash + 1; i < world_faults(world); i++) {
        const struct fault_entry *later = world_fault_entry(world, i);
        if (later->fault.kind == FAULT_RESTART && later->fault.a == entry->fault.a) return later->t;
    }
    return world_now(world);
}

int64_t fault_end_ns(const struct world *world, size_t index) {
    const struct fault_entry *entry = world_fault_entry(world, index);
    if (strikes_once(entry->fault.kind)) return entry->t;
    if (entry->fault.kind == FAULT_CRASH) return restart_after(world, index);
    const int64_t now = world_now(world);
    return entry->healed_ns < now ? entry->healed_ns : now;
}

static void put_mark(struct output *o, int64_t from, int64_t to, const char *kind,
                     const char *label) {
    output_seconds(o, from);
    output_char(o, ' ');
    output_seconds(o, to);
    output_format(o, " %s \"", kind);
    for (const char *p = label; *p; p++) output_char(o, *p == '"' || *p == '\n' ? ' ' : *p);
    output_string(o, "\"\n");
}

bool fault_is_other_way(const struct world *world, size_t index, size_t other) {
    const struct fault_entry *one = world_fault_entry(world, index);
    const struct fault_entry *two = world_fault_entry(world, other);
    return one->fault.kind == two->fault.kind && one->fault.kind <= FAULT_HOLD &&
           one->t == two->t && one->healed_ns == two->healed_ns && one->fault.a == two->fault.b &&
           one->fault.b == two->fault.a && one->fault.a != one->fault.b;
}

/* Faults of one moment stand close together in the list, so only some before and after are looked
 * at. Its own index: none. */
static size_t find_other_way(const struct world *world, size_t index) {
    enum { NEAR = 16 };
    size_t i = index > NEAR ? index - NEAR : 0;
    for (; i < world_faults(world) && i <= index + NEAR; i++) {
        if (fault_is_other_way(world, i, index)) return i;
    }
    return index;
}

void fault_label(const struct world *world, size_t index, struct text *label) {
    const struct fault *fault = &world_fault_entry(world, index)->fault;
    if (find_other_way(world, index) == index) {
        describe_fault(world, fault, label);
        return;
    }
    struct text one_way = {0};
    describe_fault(world, fault, &one_way);
    const char *arrow = strstr(text_string(&one_way), "-> ");
    if (arrow) {
        text_add_bytes(label, one_way.data, (size_t)(arrow - one_way.data));
        text_add(label, "<%s", arrow);
    }
    text_free(&one_way);
}

void marks_write(const struct world *world, const struct mark *marks, size_t count,
                 struct output *o) {
    output_string(o, "# from_s to_s kind label\n");
    for (size_t i = 0; i < count; i++) {
        const int64_t now = world_now(world);
        if (marks[i].from_ns > now) continue;
        put_mark(o, marks[i].from_ns, marks[i].to_ns < now ? marks[i].to_ns : now, "mark",
                 marks[i].label);
    }
    struct text label = {0};
    for (size_t i = 0; i < world_faults(world); i++) {
        const struct fault_entry *entry = world_fault_entry(world, i);
        text_clear(&label);
        if (entry->fault.kind == FAULT_RESTART || find_other_way(world, i) < i) continue;
        fault_label(world, i, &label);
        put_mark(o, entry->t, fault_end_ns(world, i), fault_kind_name(entry->fault.kind),
                 text_string(&label));
    }
    text_free(&label);
}
