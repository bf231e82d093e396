/*
 * Laws: folds over the cluster's facts.
 *
 * A law names the facts it reads; whichever model states a fact of that name feeds it. What reads a
 * model's fact is looked up once, when a node or a law is added, so that a fact nobody reads costs
 * a comparison. A law's state is its own, one or one a group, and no crash touches it; it never
 * moves. Groups are mostly small numbers (nodes, ranges), so states lie in blocks found by number,
 * and the others by a map. Laws observe: their breaches are shown to sinks and may end the run, but
 * take no seq and are in no digest.
 */
#include <stdlib.h>

#include "world/world.h"

enum { BLOCK_GROUPS = 64, BLOCKS_MAX = 1024, BLOCK_STATE_BYTES_MAX = 256 };
struct law_block {
    uint64_t present;
    _Alignas(16) uint8_t states[];
}; /* of neighbouring groups */
struct law_group {
    int64_t group;
    void *state;
};
struct law {
    const struct sim_law *law;
    struct law_status status;
    void *state;   /* of a law without groups */
    size_t stride; /* of its states in a block */
    struct law_block **blocks;
    size_t blocks_count, blocks_capacity;
    struct map group_of; /* of the others: group -> index in groups */
    struct law_group *groups;
    size_t group_count, group_capacity;
    struct text why;
    bool goes_on; /* a breach of it does not end the run */
};
struct reader_of_fact {
    struct law *law;
    size_t which;
};
struct law_table {
    struct law *laws;
    size_t count, capacity;
    struct kind **kinds; /* each allocated alone: nodes point to them */
    size_t kind_count, kind_capacity;
    struct memory *memory;
    struct text later;
    bool off; /* a benchmark wants to know what laws cost */
};

struct law_table *laws_open(void) {
    struct law_table *t = must_calloc(1, sizeof *t);
    t->memory = memory_create("laws", 0);
    return t;
}

void laws_close(struct world *w) {
    struct law_table *t = w->laws;
    for (size_t i = 0; i < t->count; i++) {
        map_free(&t->laws[i].group_of);
        free(t->laws[i].blocks);
        free(t->laws[i].groups);
        text_free(&t->laws[i].why);
    }
    for (size_t i = 0; i < t->kind_count; i++) {
        free(t->kinds[i]->first);
        free(t->kinds[i]->readers);
        free(t->kinds[i]);
    }
    memory_destroy(t->memory);
    text_free(&t->later);
    free(t->laws);
    free(t->kinds);
    free(t);
}

/* Who reads the facts of this model: rebuilt when a law is added. */
static void readers_build(struct law_table *t, struct kind *m) {
    const struct sim_name *facts = m->model->facts;
    m->reader_count = 0;
    for (size_t f = 0; f < m->facts; f++) {
        m->first[f] = (uint32_t)m->reader_count;
        for (size_t i = 0; i < t->count; i++) {
            const char *const *reads = t->laws[i].law->reads;
            for (uint32_t which = 0; reads && reads[which]; which++)
                if (strcmp(reads[which], facts[f].name) == 0) {
                    m->readers = must_grow(m->readers, &m->reader_capacity, m->reader_count + 1,
                                           sizeof *m->readers);
                    m->readers[m->reader_count++] = (struct reader_of_fact){&t->laws[i], which};
                }
        }
    }
    m->first[m->facts] = (uint32_t)m->reader_count;
}

void world_add_law(struct world *w, const struct sim_law *law) {
    struct law_table *t = w->laws;
    for (size_t i = 0; i < t->count; i++)
        if (t->laws[i].law == law) return;
    t->laws = must_grow(t->laws, &t->capacity, t->count + 1, sizeof *t->laws);
    t->laws[t->count] = (struct law){
        .law = law, .status.law = law, .stride = (law->state_bytes + 15) & ~(size_t)15};
    if (!law->per_group && law->state_bytes)
        t->laws[t->count].state = memory_take(t->memory, law->state_bytes);
    t->count++;
    for (size_t i = 0; i < t->kind_count; i++) readers_build(t, t->kinds[i]);
}

static struct kind *kind_make(const struct sim_model *model) {
    struct kind *k = must_calloc(1, sizeof *k);
    k->model = model;
    while (model->facts && model->facts[k->facts].name) k->facts++;
    k->first = must_calloc(k->facts + 1, sizeof *k->first);
    for (const struct sim_channel *c = model->channels; c && c[k->channels].name; k->channels++) {
        assert(k->channels < 64);
        if (c[k->channels].stream) k->stream_channels |= UINT64_C(1) << k->channels;
    }
    return k;
}

const struct kind *kind_of(struct world *w, const struct sim_model *model) {
    struct law_table *t = w->laws;
    for (size_t i = 0; i < t->kind_count; i++)
        if (t->kinds[i]->model == model) return t->kinds[i];
    t->kinds = must_grow(t->kinds, &t->kind_capacity, t->kind_count + 1, sizeof *t->kinds);
    struct kind *k = t->kinds[t->kind_count++] = kind_make(model);
    readers_build(t, k);
    for (size_t i = 0; model->laws && model->laws[i]; i++) world_add_law(w, model->laws[i]);
    return k;
}

static __attribute__((noinline)) void *group_state_far(struct law_table *t, struct law *law,
                                                       int64_t group) {
    uint32_t at = map_get(&law->group_of, (uint64_t)group);
    if (at == MAP_NONE) {
        at = (uint32_t)law->group_count;
        law->groups = must_grow(law->groups, &law->group_capacity, at + 1u, sizeof *law->groups);
        law->groups[at].group = group;
        law->groups[at].state = memory_take(t->memory, law->law->state_bytes);
        law->group_count++;
        map_set(&law->group_of, (uint64_t)group, at);
    }
    return law->groups[at].state;
}

static __attribute__((noinline)) struct law_block *block_add(struct law_table *t, struct law *law,
                                                             size_t block) {
    if (block >= law->blocks_count) {
        law->blocks = must_grow(law->blocks, &law->blocks_capacity, block + 1, sizeof *law->blocks);
        while (law->blocks_count <= block) law->blocks[law->blocks_count++] = NULL;
    }
    law->blocks[block] = memory_take(t->memory, sizeof **law->blocks + BLOCK_GROUPS * law->stride);
    return law->blocks[block];
}

static inline void *group_state(struct law_table *t, struct law *law, int64_t group) {
    const size_t block = (size_t)group / BLOCK_GROUPS, place = (size_t)group % BLOCK_GROUPS;
    if (block >= BLOCKS_MAX || law->stride > BLOCK_STATE_BYTES_MAX)
        return group_state_far(t, law, group);
    struct law_block *b = block < law->blocks_count ? law->blocks[block] : NULL;
    if (!b) b = block_add(t, law, block);
    b->present |= UINT64_C(1) << place;
    return b->states + place * law->stride;
}

/* Laws know nodes by number, {3}; people by name. */
static void name_nodes(const struct world *w, struct text *why) {
    struct text named = {0};
    for (const char *at = text_string(why); *at;) {
        char *end = NULL;
        const unsigned long node = *at == '{' ? strtoul(at + 1, &end, 10) : 0;
        if (end && end > at + 1 && *end == '}' && node < world_nodes(w)) {
            text_add(&named, "%s", world_node_name(w, (sim_node)node));
            at = end + 1;
        } else {
            text_add_char(&named, *at++);
        }
    }
    text_free(why);
    *why = named;
}

static void judged(struct world *w, struct law *law, enum sim_judgement judgement, int64_t seq,
                   sim_node node) {
    struct law_status *status = &law->status;
    if (judgement == SIM_HELD || judgement == SIM_BROKEN) status->judged++;
    if (judgement == SIM_HELD) status->held++;
    if (judgement == SIM_FORGOTTEN) status->forgotten++;
    if (judgement != SIM_BROKEN) return;
    if (status->broken++ == 0) {
        name_nodes(w, &law->why);
        status->at_ns = w->now;
        status->seq = seq;
        status->why = text_string(&law->why);
        const struct record r = {.seq = seq,
                                 .cause = seq,
                                 .t = w->now,
                                 .kind = RECORD_LAW,
                                 .node = node,
                                 .peer = SIM_NOBODY,
                                 .type = (uint32_t)(law - w->laws->laws),
                                 .text = status->why};
        for (const struct trace_sink *sink = w->sinks; sink; sink = sink->next)
            sink->record(sink->context, &r);
    }
    if (!w->options.go_on && !law->goes_on)
        world_fail(w, WORLD_LAW_BROKEN, "%s: %s", law->law->name, status->why ? status->why : "");
}

/* Where a law writes why it broke: what it says of later breaches is not kept. */
static struct text *why_of(struct law_table *t, struct law *law) {
    if (!law->status.broken) return &law->why;
    text_clear(&t->later);
    return &t->later;
}

static inline void fold(struct world *w, struct law *law, const struct sim_fact *fact) {
    struct sim_fold f = {.state = law->state,
                         .context = law->law->context,
                         .memory = w->laws->memory,
                         .why = why_of(w->laws, law)};
    if (law->law->per_group) f.state = group_state(w->laws, law, fact->group);
    const enum sim_judgement judgement = law->law->fold(&f, fact);
    if (__builtin_expect(judgement == SIM_HELD, 1)) {
        law->status.judged++;
        law->status.held++;
    } else {
        judged(w, law, judgement, fact->seq, fact->node);
    }
}

void world_laws_off(struct world *w) { w->laws->off = true; }

void facts_fold(struct world *w, struct sim_fact *fact) {
    if (w->laws->off) return;
    const struct kind *m = w->nodes[fact->node].kind;
    const size_t which = fact->which;
    assert(which < m->facts);
    for (uint32_t i = m->first[which]; i < m->first[which + 1]; i++) {
        const struct reader_of_fact reader = m->readers[i]; /* rebuilt whenever a law is added */
        fact->which = reader.which;
        fold(w, reader.law, fact);
    }
}

static int by_group(const void *a, const void *b) {
    const struct law_group *x = a, *y = b;
    return x->group < y->group ? -1 : x->group > y->group;
}

/* All groups that a law has folded, by number. */
static struct law_group *groups_in_order(const struct law *law, size_t *count) {
    struct law_group *groups = NULL;
    size_t n = 0, capacity = 0;
    for (size_t block = 0; block < law->blocks_count; block++)
        for (size_t i = 0; law->blocks[block] && i < BLOCK_GROUPS; i++) {
            if (!(law->blocks[block]->present >> i & 1)) continue;
            groups = must_grow(groups, &capacity, n + 1, sizeof *groups);
            groups[n++] = (struct law_group){(int64_t)(block * BLOCK_GROUPS + i),
                                             law->blocks[block]->states + i * law->stride};
        }
    for (size_t i = 0; i < law->group_count; i++) {
        groups = must_grow(groups, &capacity, n + 1, sizeof *groups);
        groups[n++] = law->groups[i];
    }
    if (n) qsort(groups, n, sizeof *groups, by_group);
    *count = n;
    return groups;
}

static void finish(struct world *w, struct law *law, void *state) {
    struct sim_fold f = {.state = state,
                         .context = law->law->context,
                         .memory = w->laws->memory,
                         .why = why_of(w->laws, law)};
    judged(w, law, law->law->finish(&f), w->seq, SIM_NOBODY);
}

void world_finish_laws(struct world *w) {
    for (size_t i = 0; i < w->laws->count; i++) {
        struct law *law = &w->laws->laws[i];
        if (!law->law->finish) continue;
        if (!law->law->per_group) {
            finish(w, law, law->state);
            continue;
        }
        size_t count;
        struct law_group *groups = groups_in_order(law, &count);
        for (size_t g = 0; g < count; g++) finish(w, law, groups[g].state);
        free(groups);
    }
}

size_t world_laws(const struct world *w) { return w->laws->count; }
void world_law_goes_on(struct world *w, size_t index) { w->laws->laws[index].goes_on = true; }

struct law_status world_law(const struct world *w, size_t index) {
    assert(index < w->laws->count);
    return w->laws->laws[index].status;
}
