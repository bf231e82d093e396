/* The annotation file says what the program has, name by name: no more, no less. */
#include "script_fixture.h"

#include "script/internal.h"
#include "script/lua_node.h"

enum { NAMES_MAX = 256 };
struct name_list {
    char names[NAMES_MAX][64];
    size_t count;
};

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static void add_name(struct name_list *list, const char *name, size_t size) {
    assert_true(list->count < NAMES_MAX && size < 64);
    memcpy(list->names[list->count], name, size);
    list->names[list->count++][size] = '\0';
}

/* `function PREFIX.name(` and `---@field name` of `class` alone. */
static void read_annotations(struct name_list *list, const char *prefix, bool fields) {
    FILE *file = fopen(ORRERY_TESTS "/../scenarios/lib/orrery.lua", "r");
    assert_non_null(file);
    char line[512], class[64] = "";
    while (fgets(line, sizeof line, file)) {
        char name[64];
        int at = 0;
        if (sscanf(line, "---@class %63[a-z_]", class) == 1) continue;
        if (fields && strcmp(class, prefix) == 0 && sscanf(line, "---@field %63[a-z_]", name) == 1)
            add_name(list, name, strlen(name));
        if (sscanf(line, "function %63[a-z_]%*1[.:]%n", name, &at) == 1 && at > 0 &&
            strcmp(name, prefix) == 0)
            add_name(list, line + at, strcspn(line + at, "("));
    }
    fclose(file);
    qsort(list->names, list->count, sizeof *list->names, by_name);
}

/* The string keys of the table on top, which is popped. */
static void read_table(lua_State *L, struct name_list *list) {
    assert_true(lua_istable(L, -1));
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        add_name(list, lua_tostring(L, -2), lua_rawlen(L, -2));
    lua_pop(L, 1);
    qsort(list->names, list->count, sizeof *list->names, by_name);
}

static void assert_same(const struct name_list *said, const struct name_list *there) {
    for (size_t i = 0; i < said->count || i < there->count; i++) {
        const char *a = i < said->count ? said->names[i] : "(end)";
        const char *b = i < there->count ? there->names[i] : "(end)";
        if (strcmp(a, b) != 0)
            fail_msg("the annotations have \"%s\", the program has \"%s\"", a, b);
    }
}

static void sim_is_annotated(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, "for name in pairs(sim) do print(name) end");
    static struct name_list said, there;
    read_annotations(&said, "sim", true);
    for (const char *at = text_string(&s.printed); *at; at += strcspn(at, "\n") + 1)
        add_name(&there, at, strcspn(at, "\n"));
    qsort(there.names, there.count, sizeof *there.names, by_name);
    assert_true(there.count > 50);
    assert_same(&said, &there);
    scenario_close(&s);
}

static void class_is_annotated(const char *class, const char *prefix) {
    struct scenario s = {0};
    struct name_list said = {.count = 0}, there = {.count = 0};
    scenario_open(&s, "");
    lua_State *L = s.script->lua;
    luaL_getmetatable(L, class);
    lua_getfield(L, -1, "__index");
    read_table(L, &there);
    read_annotations(&said, prefix, false);
    assert_true(there.count > 0);
    assert_same(&said, &there);
    scenario_close(&s);
}

static void the_node_of_a_scenario_is_annotated(void **state) {
    (void)state;
    class_is_annotated("node", "node");
}
static void the_handle_of_a_fault_is_annotated(void **state) {
    (void)state;
    class_is_annotated("fault", "fault");
}
static void the_handle_of_a_timer_is_annotated(void **state) {
    (void)state;
    class_is_annotated("timer", "timer");
}
static void the_generator_of_numbers_is_annotated(void **state) {
    (void)state;
    class_is_annotated("rng", "rng");
}

static void the_node_of_a_model_is_annotated(void **state) {
    (void)state;
    struct scenario s = {0};
    struct name_list said = {.count = 0}, there = {.count = 0};
    scenario_open(&s, "");
    lua_State *L = s.script->lua;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s.script->nodes->node_class);
    lua_getfield(L, -1, "__index");
    read_table(L, &there);
    read_annotations(&said, "lua_node", false);
    assert_same(&said, &there);
    scenario_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sim_is_annotated),
        cmocka_unit_test(the_node_of_a_scenario_is_annotated),
        cmocka_unit_test(the_handle_of_a_fault_is_annotated),
        cmocka_unit_test(the_handle_of_a_timer_is_annotated),
        cmocka_unit_test(the_generator_of_numbers_is_annotated),
        cmocka_unit_test(the_node_of_a_model_is_annotated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
