/*
 * A random value is one, whether a history has it as JSON or as EDN with all that may stand between
 * its parts: commas, comments, discarded values, tags, ends of lines; with the elements of a set
 * and the members of a map in another order. A failure names its seed. ORRERY_SEEDS says how many.
 */
#include "check_test.h"

#include "base/random.h"

struct pair {
    struct random random;
    struct text *json, *edn;
};

static int below(struct pair *p, int bound) { return (int)draw_below(&p->random, bound); }

static void add_space(struct pair *p) {
    static const char *const spaces[] = {
        " ", ",", "\n", " ; ]}\"\n", "\r\n\t", " #_ [1 {:a \"]\"}] ", "\n#_#_:a b ", " #_\\} "};
    for (int i = below(p, 4) == 0 ? 2 : 1; i > 0; i--) text_add(p->edn, "%s", spaces[below(p, 8)]);
}

static void add_scalar(struct pair *p) {
    static const char *const scalars[][2] = {
        {"null", "nil"},
        {"true", "true"},
        {"\"a/b\"", ":a/b"},
        {"\"sym\"", "sym"},
        {"12", "+12N"},
        {"-0.5", "-5e-1M"},
        {"1e40", "10000000000000000000000000000000000000000"},
        {"\"\"", "\"\""},
        {"\"x\\ny\"", "\"x\ny\""},
        {"\"\\\"\\\\\"", "\"\\\"\\\\\""},
        {"\"\xc3\xa9\"", "\"\\u00e9\""},
        {"\"2/3\"", "2/3"},
        {"\"\\\\(\"", "\\("},
        {"\"1985\"", "#inst \"1985\""},
        {"\"##Inf\"", "##Inf"},
        {"\"\\u0009\"", "\"\t\""},
    };
    const int which = below(p, (int)(sizeof scalars / sizeof *scalars));
    text_add(p->json, "%s", scalars[which][0]);
    text_add(p->edn, "%s", scalars[which][1]);
}

static void add_value(struct pair *p, int depth);

/* Numbers, from the last to the first: no set has one twice, and JSON has them in the order of
 * their bytes. */
static void add_set(struct pair *p) {
    const int count = below(p, 9);
    text_add(p->json, "[");
    text_add(p->edn, "#{");
    for (int i = 0; i < count; i++) {
        text_add(p->json, "%s%d", i ? "," : "", i);
        add_space(p);
        text_add(p->edn, "%d.0", count - 1 - i);
    }
    text_add(p->json, "]");
    text_add(p->edn, "}");
}

static void add_list(struct pair *p, int depth) {
    const int count = below(p, 4);
    const bool is_vector = below(p, 2);
    text_add(p->json, "[");
    text_add(p->edn, is_vector ? "[" : "(");
    for (int i = 0; i < count; i++) {
        if (i) text_add(p->json, ",");
        add_space(p);
        add_value(p, depth - 1);
    }
    text_add(p->json, "]");
    add_space(p);
    text_add(p->edn, is_vector ? "]" : ")");
}

static void add_map(struct pair *p, int depth) {
    const int count = below(p, 4);
    text_add(p->json, "{");
    text_add(p->edn, below(p, 3) ? "{" : "#my/tag{");
    for (int i = 0; i < count; i++) {
        text_add(p->json, "%s\"k%d\":", i ? "," : "", i);
        add_space(p);
        text_add(p->edn, i == 1 ? "\"k%d\"" : ":k%d", i);
        add_space(p);
        add_value(p, depth - 1);
    }
    text_add(p->json, "}");
    add_space(p);
    text_add(p->edn, "}");
}

static void add_value(struct pair *p, int depth) {
    const int kind = depth == 0 ? 0 : below(p, 6);
    if (kind == 3)
        add_list(p, depth);
    else if (kind == 4)
        add_map(p, depth);
    else if (kind == 5)
        add_set(p);
    else
        add_scalar(p);
}

static void write_histories(struct pair *p) {
    text_add(p->json, "{\"index\":0,\"time\":1,\"process\":1,\"type\":\"invoke\",\"f\":\"write\","
                      "\"key\":0,\"value\":");
    text_add(p->edn, below(p, 2) ? "[{:process" : "#a.b/Op{:process");
    const bool around = p->edn->data[0] == '[';
    add_space(p);
    text_add(p->edn, "1 :type :invoke :f :write :key 0");
    add_space(p);
    text_add(p->edn, ":value");
    add_space(p);
    add_value(p, 4);
    text_add(p->json, "}\n");
    add_space(p);
    text_add(p->edn, around ? "}]\n" : "}\n");
}

static bool values_are_one(uint64_t seed, struct story *json, struct story *edn) {
    struct pair p = {.random = {seed, 0}, .json = &json->lines, .edn = &edn->lines};
    write_histories(&p);
    read_story(json);
    read_story(edn);
    if (json->read != HISTORY_READ || edn->read != HISTORY_READ) return false;
    return strcmp(names_string(&json->history.values, json->history.operations[0].asked),
                  names_string(&edn->history.values, edn->history.operations[0].asked)) == 0;
}

static void a_value_is_one_in_json_and_in_edn(void **state) {
    const char *seeds = getenv("ORRERY_SEEDS");
    const uint64_t count = seeds ? strtoull(seeds, NULL, 10) : 2000;
    for (uint64_t seed = 1; seed <= count; seed++) {
        struct story json = {.events = 0}, edn = {.events = 0};
        if (!values_are_one(seed, &json, &edn))
            fail_msg("seed %llu: %s%s\n%s%s", (unsigned long long)seed, text_string(&json.lines),
                     text_string(&edn.lines), text_string(&json.error), text_string(&edn.error));
        end_story(&json);
        end_story(&edn);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_value_is_one_in_json_and_in_edn)};
    return cmocka_run_group_tests_name("check edn random", tests, NULL, NULL);
}
