#include "witness.h"

#include "report/describe.h"

static void thin_out(struct witness *v) {
    size_t kept = 0;
    v->stride *= 2;
    for (size_t i = 0; i < v->count; i++)
        if (v->marks[i].seq % v->stride == 0) v->marks[kept++] = v->marks[i];
    v->count = kept;
}

static void note(struct witness *v, const struct record *r) {
    if (v->lines++ >= WITNESS_LINES) return;
    text_add(&v->since, "  %lld  %.6f s  %s %s", (long long)r->seq, (double)r->t / 1e9,
             node_name_or(v->world, r->node, "-"), record_kind_name(r->kind));
    if (r->peer != SIM_NOBODY) text_add(&v->since, " %s", node_name_or(v->world, r->peer, "-"));
    text_add(&v->since, "  ");
    describe_record(v->world, r, &v->since);
    text_add_char(&v->since, '\n');
}

static void compare(struct witness *v, const struct record *r) {
    const struct witness *expected = v->expected;
    note(v, r);
    if (v->differs || v->agreed == expected->count || expected->marks[v->agreed].seq != r->seq)
        return;
    if (expected->marks[v->agreed].digest != world_digest(v->world)) {
        v->differs = true;
        return;
    }
    v->agreed++;
    v->agreed_seq = r->seq;
    v->lines = 0;
    text_clear(&v->since);
}

static void see(void *context, const struct record *r) {
    struct witness *v = context;
    if (r->kind == RECORD_LAW) return; /* it is in no digest */
    if (v->expected) {
        compare(v, r);
    } else if (r->seq % v->stride == 0) {
        if (v->count == WITNESS_MARKS) thin_out(v);
        if (r->seq % v->stride == 0)
            v->marks[v->count++] = (struct witness_mark){r->seq, world_digest(v->world)};
    }
}

void witness_watch(struct witness *v, struct world *w) {
    if (!v->stride) v->stride = 1;
    v->world = w;
    v->sink = (struct trace_sink){.record = see, .context = v};
    world_add_sink(w, &v->sink);
}

void witness_end(struct witness *v) {
    v->ended = true;
    v->records = world_records(v->world);
    v->digest = world_digest(v->world);
}

bool witness_same(const struct witness *v) {
    return v->digest == v->expected->digest && v->records == v->expected->records;
}

void witness_free(struct witness *v) { text_free(&v->since); }
