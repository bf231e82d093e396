/*
 * Laws: folds over the cluster's facts.
 *
 * A law names the facts it reads; whichever model states a fact of that name feeds it. What reads a
 * model's fact is looked up once, when a node or a law is added, so that a fact nobody reads costs a
 * comparison. A law's state is its own, one or one a group, and no crash touches it. Laws observe:
 * their breaches are shown to sinks and may end the run, but take no seq and are in no digest.
 */
#include <stdlib.h>

#include "world/world.h"

struct law_group { int64_t group; void *state; };
struct law {
    const struct sim_law *law;
    struct law_status status;
    void *state;         /* of a law without groups */
    struct map group_of; /* group -> index in groups */
    struct law_group *groups;
    size_t group_count, group_capacity;
    struct text why;
};
struct reader_of_fact { uint32_t law, which; };
struct model_readers { /* of one model: per fact the index of its first reader; a sentinel ends */
    const struct sim_model *model;
    uint32_t *first;
    size_t facts;
    struct reader_of_fact *readers;
    size_t count, capacity;
};
struct law_table {
    struct law *laws;
    size_t count, capacity;
    struct model_readers **models; /* each allocated alone: nodes point to them */
    size_t model_count, model_capacity;
    struct memory *memory;
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
        free(t->laws[i].groups);
        text_free(&t->laws[i].why);
    }
    for (size_t i = 0; i < t->model_count; i++) {
        free(t->models[i]->first);
        free(t->models[i]->readers);
        free(t->models[i]);
    }
    memory_destroy(t->memory);
    free(t->laws);
    free(t->models);
    free(t);
}

/* Who reads the facts of this model: rebuilt when a law is added. */
static void readers_build(struct law_table *t, struct model_readers *m) {
    const struct sim_name *facts = m->model->facts;
    m->count = 0;
    for (size_t f = 0; f < m->facts; f++) {
        m->first[f] = (uint32_t)m->count;
        for (size_t i = 0; i < t->count; i++) {
            const char *const *reads = t->laws[i].law->reads;
            for (uint32_t which = 0; reads && reads[which]; which++)
                if (strcmp(reads[which], facts[f].name) == 0) {
                    m->readers = must_grow(m->readers, &m->capacity, m->count + 1, sizeof *m->readers);
                    m->readers[m->count++] = (struct reader_of_fact){(uint32_t)i, which};
                }
        }
    }
    m->first[m->facts] = (uint32_t)m->count;
}

void world_add_law(struct world *w, const struct sim_law *law) {
    struct law_table *t = w->laws;
    for (size_t i = 0; i < t->count; i++)
        if (t->laws[i].law == law) return;
    t->laws = must_grow(t->laws, &t->capacity, t->count + 1, sizeof *t->laws);
    t->laws[t->count] = (struct law){.law = law, .status.law = law};
    if (!law->per_group && law->state_bytes)
        t->laws[t->count].state = memory_take(t->memory, law->state_bytes);
    t->count++;
    for (size_t i = 0; i < t->model_count; i++) readers_build(t, t->models[i]);
}

void laws_of_model(struct world *w, sim_node node) {
    struct law_table *t = w->laws;
    struct node *n = &w->nodes[node];
    size_t at = 0;
    while (at < t->model_count && t->models[at]->model != n->model) at++;
    if (at == t->model_count) {
        size_t facts = 0;
        while (n->model->facts && n->model->facts[facts].name) facts++;
        t->models = must_grow(t->models, &t->model_capacity, at + 1, sizeof *t->models);
        struct model_readers *m = t->models[at] = must_calloc(1, sizeof *m);
        *m = (struct model_readers){.model = n->model, .facts = facts,
                                    .first = must_calloc(facts + 1, sizeof *m->first)};
        t->model_count++;
        readers_build(t, m);
    }
    for (size_t i = 0; n->model->laws && n->model->laws[i]; i++) world_add_law(w, n->model->laws[i]);
    n->readers = t->models[at];
}

static void *group_state(struct law_table *t, struct law *law, int64_t group) {
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

static void judged(struct world *w, struct law *law, enum sim_judgement judgement, int64_t seq,
                   sim_node node) {
    struct law_status *status = &law->status;
    if (judgement == SIM_HELD || judgement == SIM_BROKEN) status->judged++;
    if (judgement == SIM_HELD) status->held++;
    if (judgement == SIM_FORGOTTEN) status->forgotten++;
    if (judgement != SIM_BROKEN) return;
    if (status->broken++ == 0) {
        status->at_ns = w->now;
        status->seq = seq;
        status->why = text_string(&law->why);
        const struct record r = {.seq = seq, .cause = seq, .t = w->now, .kind = RECORD_LAW, .node = node,
                                 .peer = SIM_NOBODY, .type = (uint32_t)(law - w->laws->laws),
                                 .text = status->why};
        for (const struct trace_sink *sink = w->sinks; sink; sink = sink->next)
            sink->record(sink->context, &r);
    }
    if (!w->options.go_on)
        world_fail(w, WORLD_LAW_BROKEN, "%s: %s", law->law->name, status->why ? status->why : "");
}

static struct text *why_of(struct law *law, struct text *later) {
    return law->status.broken ? later : &law->why;
}

static __attribute__((noinline)) void fold(struct world *w, struct law *law, const struct sim_fact *fact) {
    struct text later = {0};
    struct sim_fold f = {.state = law->state, .context = law->law->context, .memory = w->laws->memory,
                         .why = why_of(law, &later)};
    if (law->law->per_group) f.state = group_state(w->laws, law, fact->group);
    const enum sim_judgement judgement = law->law->fold(&f, fact);
    if (__builtin_expect(judgement == SIM_HELD, 1)) {
        law->status.judged++;
        law->status.held++;
    } else {
        judged(w, law, judgement, fact->seq, fact->node);
    }
    text_free(&later);
}

void facts_fold(struct world *w, sim_node node, uint32_t which, const int64_t *values, int64_t seq) {
    const struct model_readers *m = w->nodes[node].readers;
    assert(which < m->facts);
    for (uint32_t i = m->first[which]; i < m->first[which + 1]; i++) {
        const struct reader_of_fact reader = m->readers[i];
        const struct sim_fact fact = {.which = reader.which, .node = node, .group = values[0],
                                      .a = values[1], .b = values[2], .c = values[3],
                                      .true_ns = w->now, .seq = seq};
        fold(w, &w->laws->laws[reader.law], &fact);
    }
}

static int by_group(const void *a, const void *b) {
    const struct law_group *x = a, *y = b;
    return x->group < y->group ? -1 : x->group > y->group;
}

void world_finish_laws(struct world *w) {
    struct law_table *t = w->laws;
    for (size_t i = 0; i < t->count; i++) {
        struct law *law = &t->laws[i];
        if (!law->law->finish) continue;
        if (law->group_count) {
            qsort(law->groups, law->group_count, sizeof *law->groups, by_group);
            for (size_t g = 0; g < law->group_count; g++)
                map_set(&law->group_of, (uint64_t)law->groups[g].group, (uint32_t)g);
        }
        for (size_t g = 0; g < (law->law->per_group ? law->group_count : 1); g++) {
            struct text later = {0};
            struct sim_fold f = {.state = law->law->per_group ? law->groups[g].state : law->state,
                                 .context = law->law->context, .memory = t->memory,
                                 .why = why_of(law, &later)};
            judged(w, law, law->law->finish(&f), w->seq, SIM_NOBODY);
            text_free(&later);
        }
    }
}

size_t world_laws(const struct world *w) { return w->laws->count; }
struct law_status world_law(const struct world *w, size_t index) {
    assert(index < w->laws->count);
    return w->laws->laws[index].status;
}
