/* Looks at everything, keeps nothing. */
#include "observe.h"

#include "base/codec.h"

static void look_at_node(struct world *world, sim_node node) {
    const struct sim_model *model = world_node_model(world, node);
    for (size_t i = 0; model->probes && model->probes[i].name; i++) world_probe(world, node, i);
    for (size_t i = 0; model->views && model->views[i].name; i++) {
        struct view view;
        if (world_view(world, node, i, &view)) view_free(&view);
    }
    for (const char *const *what = world_measures(); *what; what++) {
        world_measure(world, *what, node, SIM_NOBODY);
    }
    struct text text = {0};
    world_node_describe(world, node, &text);
    text_free(&text);
    const void *state = world_node_state(world, node);
    if (!state || !model->encode) return;
    struct writer writer = writer_growing();
    model->encode(state, &writer);
    writer_free(&writer);
}

static void look(struct world *world, void *context) {
    (void)context;
    for (size_t i = 0; i < world_nodes(world); i++) look_at_node(world, (sim_node)i);
}

void observe_everything(struct world *world, int64_t period_ns) {
    world_watch(world, period_ns, look, NULL);
}
