/*
 * Sentences of records and faults. A note and a fact bring their own text, with places for values;
 * everything else is said here, once, so that story and trace use the same words.
 */
#include "report/describe.h"

#include <string.h>

const char *node_name_or(const struct world *world, sim_node node, const char *nobody) {
    return node < world_nodes(world) ? world_node_name(world, node) : nobody;
}

const char *disk_error_name(int64_t error) {
    static const char *const names[] = {"ok", "EIO", "ENOSPC", "ECHECKSUM", "ENOENT"};
    return error >= 0 && error < (int64_t)(sizeof names / sizeof names[0]) ? names[error] : "?";
}

/* x, y in words; where both are of no use to the kind, nothing. */
static void describe_arguments(const struct fault *fault, struct text *text) {
    const long long x = (long long)fault->x, y = (long long)fault->y;
    switch (fault->kind) {
    case FAULT_LOSS:
    case FAULT_DUPLICATE:
    case FAULT_REORDER:
    case FAULT_CORRUPT:
    case FAULT_SLOW_CPU:
        text_add(text, ": %lld.%02lld%%", x / 10000000, x % 10000000 / 100000);
        if (fault->kind == FAULT_REORDER) text_add(text, ", by up to "), text_add_ns(text, y);
        if (fault->kind == FAULT_CORRUPT) text_add(text, y ? ", delivered" : ", dropped");
        if (fault->kind == FAULT_SLOW_CPU) text_add(text, " of its speed");
        break;
    case FAULT_DELAY:
    case FAULT_CLOCK_JUMP:
        text_add(text, ": ");
        if (x >= 0) text_add_char(text, '+');
        text_add_ns(text, x);
        break;
    case FAULT_CLOCK_LIE: text_add(text, ": says "), text_add_ns(text, x); break;
    case FAULT_CLOCK_DRIFT: text_add(text, ": %lld ppb", x); break;
    case FAULT_CONGEST:
        text_add(text, ": ");
        text_add_bytes_count(text, x);
        text_add(text, "/s left");
        break;
    case FAULT_HOLD:
        if (x >= 0) text_add(text, ": messages of type %lld", x);
        break;
    case FAULT_CRASH: text_add(text, x ? ": power lost" : ": the process"); break;
    case FAULT_DISK_SLOW:
        text_add(text, ": %lld", x / 1000000000);
        if (x % 1000000000 >= 100000000) text_add(text, ".%lld", x % 1000000000 / 100000000);
        text_add(text, " times slower");
        break;
    case FAULT_WRITE_FAILS:
    case FAULT_SYNC_FAILS:
    case FAULT_READ_FAILS:
        if (x >= 0) text_add(text, ": the next %lld", x);
        break;
    case FAULT_BIT_ROT:
        text_add(text, ": %lld bits", x);
        if (y >= 0) text_add(text, " of file %lld", y);
        break;
    case FAULT_CUT:
    case FAULT_RESTART:
    case FAULT_PAUSE:
    case FAULT_DISK_STUCK:
    case FAULT_DISK_FULL:
    case FAULT_SYNC_LIES:
    case FAULT_DISK_LOST:
    case FAULT_CLOCK_FREEZE:
    case FAULT_KINDS: break;
    }
}

void describe_fault(const struct world *world, const struct fault *fault, struct text *text) {
    text_add(text, "%s", fault_kind_name(fault->kind));
    const bool network = fault->kind <= FAULT_HOLD;
    if (network) {
        text_add(text, " %s -> %s", node_name_or(world, fault->a, "all"),
                 node_name_or(world, fault->b, "all"));
    } else {
        text_add(text, " %s", node_name_or(world, fault->a, "all"));
    }
    describe_arguments(fault, text);
}

static void describe_template(const struct world *world, const struct record *r,
                              struct text *text) {
    if (r->node >= world_nodes(world)) return;
    const struct sim_model *model = world_node_model(world, r->node);
    const struct sim_name *names = r->kind == RECORD_NOTE ? model->notes : model->facts;
    if (!names) return;
    for (uint32_t i = 0; i <= r->type; i++) {
        if (!names[i].name) return;
    }
    const struct sim_name *name = &names[r->type];
    if (name->text) {
        template_fill(world, name->text, r->values, r->count, text);
    } else {
        text_add(text, "%s", name->name);
    }
}

static void describe_outcome(const struct record *r, struct text *text) {
    static const char *const outcomes[] = {"ok", "fail", "info"};
    text_add(text, "%s", r->type < 3 ? outcomes[r->type] : "?");
    if (r->error) text_add(text, ": %s", r->error);
}

void describe_record(const struct world *world, const struct record *r, struct text *text) {
    switch (r->kind) {
    case RECORD_NOTE:
    case RECORD_FACT: describe_template(world, r, text); break;
    case RECORD_FAULT:
    case RECORD_HEAL:
        describe_fault(
            world, &(struct fault){(enum fault_kind)r->type, r->node, r->peer, r->a, r->b}, text);
        break;
    case RECORD_PEER:
        text_add(text, r->a ? "up" : "down");
        if (r->text) text_add(text, ": %s", r->text);
        break;
    case RECORD_CRASH:
        text_add(text, r->text ? "halted" : r->a ? "power lost" : "the process died");
        if (r->text) text_add(text, ": %s", r->text);
        if (r->b > 0) text_add(text, ", %lld unsynced writes lost", (long long)r->b);
        break;
    case RECORD_DISK:
        if (r->channel != SIM_OK) text_add(text, "%s", disk_error_name(r->channel));
        break;
    case RECORD_COMMAND:
        if (r->peer == r->node) text_add(text, r->b ? "done" : "refused");
        break;
    case RECORD_RETURN: describe_outcome(r, text); break;
    case RECORD_DELIVER:
    case RECORD_DROP:
    case RECORD_LAW:
        if (r->text) text_add(text, "%s", r->text);
        break;
    case RECORD_START:
    case RECORD_SEND:
    case RECORD_TIMER:
    case RECORD_WORK:
    case RECORD_RESTART:
    case RECORD_PAUSE:
    case RECORD_RESUME:
    case RECORD_DISCIPLINE:
    case RECORD_INVOKE:
    case RECORD_KINDS: break;
    }
}
