/*
 * The inside of a script: what the files of this folder share, and nobody else sees.
 *
 * One idea a file: script (opening, running, accessors), module (where files are found), raise
 * (errors that name a line), convert (units, options tables), knob (model parameters), api_* (the
 * `sim` table by topic), lua_model (a Lua table as a struct sim_model), lua_node (its life and
 * events), lua_effects, lua_wait, lua_disk (what a Lua node can do), lua_message (values as bytes),
 * lua_law.
 *
 * Functions marked [raises] raise a Lua error and must run inside a protected call. Lua is entered
 * from C only through script_run(); C memory that a raise could lose lives in userdata or in the
 * script's own list (script_live).
 */
#ifndef SCRIPT_INTERNAL_H
#define SCRIPT_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>

#include "base/memory.h"
#include "base/units.h"
#include "base/wide.h"
#include "script/chaos.h"
#include "script/nearest.h"
#include "script/sandbox.h"
#include "script/script.h"

struct lua_runtime; /* lua_node.h */

/* What must be freed when the script closes, if it was not dropped before. */
struct live {
    struct live *next, **link;
};

struct check_spec;

struct check {
    struct live live;
    struct script *script;
    struct check *later; /* in order of the script */
    char *name;
    const char *kind;
    int function; /* registry reference; of an expectation */
    enum {
        CHECK_AT_END, CHECK_AT, CHECK_BY, CHECK_ALWAYS, CHECK_LAW, CHECK_HISTORY,
        CHECK_HISTORY_FAILS
    } mode;
    int64_t when_ns, period_ns, from_ns;
    int64_t evaluated;
    bool decided;
    bool goes_on; /* of a law: past its breach */
    enum script_verdict verdict;
    struct kept_history *history; /* of sim.check */
    struct text why;
    const struct check_spec *spec; /* of a history */
    struct text svg;               /* why the history fails, drawn; or empty */
    int64_t at_ns;
    char *where; /* FILE:LINE of the sim.expect */
};

/* Tables kept in Lua's registry. By reference, not by a C address: that would hash differently in
 * every process. */
enum registry_table {
    TABLE_HANDLES,
    TABLE_HOSTS,
    TABLE_STREAMS,
    TABLE_QUANTITY, /* one for each enum quantity */
    REGISTRY_TABLES = TABLE_QUANTITY + QUANTITY_COUNT + 1,
};

struct literal {
    struct literal *next;
    const char *string;
};

struct script {
    struct sandbox *sandbox;
    lua_State *lua;     /* the main thread */
    lua_State *running; /* the thread that runs now */
    struct world *world;
    int environment; /* registry reference: the scenario's globals */
    int tables[REGISTRY_TABLES];
    struct row_class {
        const struct sim_table *table;
        int reference;
    } * row_classes;
    size_t row_class_count, row_class_capacity;

    /* what it was opened with, copied */
    char *path, *folder, *library, *handed_in;
    const struct sim_model *const *models;
    struct script_setting *settings;
    bool *setting_used;
    size_t setting_count;
    void (*print)(void *context, const char *bytes, size_t size);
    void (*tell_lab)(void *context, const struct script_lab *);
    void (*tell_read)(void *context, const char *name, const char *data, size_t size);
    const struct script_file *files; /* given with the run; NULL: they are in folders */
    size_t file_count;
    void *print_context;
    char *module_source; /* of the module that was found last */
    struct text module_searched, module_file;

    /* what it said */
    struct text description;
    int64_t run_for_ns, sample_ns;
    struct script_parameter *parameters;
    size_t parameter_count, parameter_capacity;
    struct script_plot *plots;
    size_t plot_count, plot_capacity;
    struct script_result *figures; /* sim.result */
    size_t figure_count, figure_capacity;
    struct script_result *trials; /* sim.trial; without labels */
    size_t trial_count, trial_capacity;
    struct script_mark *marks;
    size_t mark_count, mark_capacity;
    struct script_lab *lab; /* NULL: none */
    const struct chaos_request **storms;
    size_t storm_count, storm_capacity;
    struct check *checks, **checks_end;
    struct script_check *results;
    size_t result_count, result_capacity;

    /* where it is */
    bool building;        /* the file itself is running; nothing has happened yet */
    const char *observer; /* what runs may only look: its name; or NULL */
    struct text error;
    bool failed, failed_by_limit, finished;
    struct live *live;
    struct literal *literals; /* of histories */
    struct task *task;        /* the sim.spawn that runs now */
    struct lua_runtime *nodes;
};

static inline struct script *script_of(lua_State *L) {
    return *(struct script **)lua_getextraspace(L);
}

/* ---- script.c ---- */
void *script_live(struct script *, size_t size); /* zeroed; its first member is a struct live */
void script_drop(void *);                        /* unlinks and frees */
char *script_keep(struct script *, const char *, size_t); /* a copy for the script's life */
void *script_keep_zeroed(struct script *, size_t);
/* Calls f(context) protected on the running thread; false when it failed: the script has failed
 * then, and the world is stopped. what: for a traceback, or NULL. */
bool script_run(struct script *, lua_CFunction f, void *context);
/* The same, but an error is handed back instead of failing the script (a limit still fails it). */
bool script_try(struct script *, lua_CFunction f, void *context, struct sandbox_error *);
void script_fail(struct script *, const struct sandbox_error *);

/* ---- module.c ---- */
bool script_find_module(void *context, const char *name, struct sandbox_module *);
/* A model's or module's file, relative to the scenario's folder or the library's: its text
 * (malloc'ed) and the name that messages show. False: not there. */
bool script_read_file(struct script *, const char *name, char **source, size_t *size,
                      struct text *shown);
char *script_load_text(const char *path, size_t *size); /* NULL, with errno */
/* the same, of a given file */
char *script_given_text(const struct script *, const char *name, size_t *size);

/* ---- raise.c [raises] ---- */
/* An error at the line of Lua that called: "FILE:LINE: ...". */
int raise(lua_State *, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
/* The same, taking the text over. */
int raise_text(lua_State *, const char *prefix, struct text *) __attribute__((noreturn));
/* "found X" for messages: a string in quotes, a number, or the type's name. Pushed on the stack. */
const char *shown(lua_State *, int index);
/* FILE:LINE of the caller, into a text. */
void where_called(lua_State *, struct text *);
/* `no WHAT "found"; did you mean "x"? (there are: ...)` */
int raise_unknown(lua_State *, const char *call, const char *what, const char *found,
                  const char *const *names, size_t count) __attribute__((noreturn));
const char *probably_meant(const char *found, const char *const *names, size_t count);
void add_unknown(struct text *, const char *what, const char *found, const char *const *names,
                 size_t count);

/* ---- convert.c [raises] ---- */
void push_registry_table(lua_State *, int which); /* made on first use */
int64_t to_quantity(lua_State *, int index, enum quantity, const char *what);
int64_t to_signed(lua_State *, int index, enum quantity, const char *what); /* "-5ms" too */
int64_t to_duration(lua_State *, int index, const char *what);
int64_t to_integer(lua_State *, int index, const char *what);
bool to_boolean(lua_State *, int index, const char *what);
const char *to_string(lua_State *, int index, const char *what);
void check_function(lua_State *, int index, const char *what);
void *scratch(lua_State *, size_t size); /* zeroed memory in a userdata, pushed on the stack */

enum { OPTIONS_MAX = 96 };
struct options {
    lua_State *lua;
    int index; /* 0: none were given */
    const char *what;
    const char *names[OPTIONS_MAX]; /* asked for so far */
    size_t count;
};
/* nil is no options. */
void options_open(struct options *, lua_State *, int index, const char *what);
bool options_push(struct options *, const char *name); /* pushes the value when it is there */
bool options_has(struct options *, const char *name);
bool options_quantity(struct options *, const char *name, enum quantity, int64_t *);
bool options_duration(struct options *, const char *name, int64_t *);
bool options_signed(struct options *, const char *name, enum quantity, int64_t *);
bool options_integer(struct options *, const char *name, int64_t *);
bool options_bool(struct options *, const char *name, bool *);
bool options_string(struct options *, const char *name, const char **); /* leaves it on the stack */
bool options_distribution(struct options *, const char *name, struct distribution *);
size_t options_choice(struct options *, const char *name, const char *const *choices, size_t usual);
void options_close(struct options *); /* raises at a name that nobody asked for */

/* ---- knob.c [raises] ---- */
/* The value at index as a parameter's. Texts and node lists live as long as the script. */
struct sim_value to_parameter(lua_State *, int index, const struct sim_param *, const char *what);
void push_parameter(lua_State *, const struct sim_param *, const struct sim_value *);
/* One cell or probe: SIM_NONE is nil; by unit a boolean, a choice, a node's name, a number. */
void push_number(lua_State *, const struct sim_param *, int64_t);
size_t parameter_count(const struct sim_param *);
size_t parameter_names(const struct sim_param *, const char **names, size_t max);
void choice_at(const char *choices, int64_t index, const char **start, size_t *size);
/* A declaration in Lua ("10ms", 5, true, {unit = "node", ...}) as a parameter. */
struct sim_param to_declaration(lua_State *, int index, const char *name, const char *what);

/* ---- api.c [raises] ---- */
void api_open(lua_State *);                        /* leaves the scenario's `sim` on the stack */
void api_open_for_nodes(lua_State *);              /* and the smaller one that a node's code sees */
void api_functions(lua_State *, const luaL_Reg *); /* into the table on top */
/* Replaces the table on top by a frozen one in which an unknown name is an error. */
void api_seal(lua_State *, const char *name);
/* The same for the table below the top, with the keys of the top one as its names; pops that. */
void api_seal_names(lua_State *, const char *name);
void acting(lua_State *, const char *what); /* raises inside an observer */
/* A metatable whose methods are these; unknown ones raise with the nearest name. */
void api_class(lua_State *, const char *name, const luaL_Reg *methods);
void api_values(lua_State *);
void api_pure_values(lua_State *); /* those without a world */
void api_params(lua_State *);
void api_build(lua_State *);
void api_link(lua_State *);
void api_workload(lua_State *);
void api_time(lua_State *);
void api_task(lua_State *);
void api_fault(lua_State *);
void api_chaos(lua_State *);
void api_check(lua_State *);
void api_lab(lua_State *);
void api_handle(lua_State *);
void api_observe(lua_State *);
void api_rng(lua_State *);
extern const luaL_Reg node_fault_methods[], node_task_methods[];

/* ---- api_fault.c [raises] ---- */
void fault_on_node(lua_State *, struct fault, int64_t for_ns); /* pushes its handle */
void fault_now(lua_State *, const struct fault *);              /* charges for it */

/* ---- api_values.c [raises] ---- */
struct distribution to_distribution(lua_State *, int index, const char *what);

/* ---- api_handle.c [raises] ---- */
void push_node(lua_State *, sim_node); /* the scenario's handle of it */
sim_node to_node(lua_State *, int index, const char *what);
sim_node self_node(lua_State *); /* of a method */
struct nodes {
    sim_node *nodes;
    size_t count;
};
struct nodes to_nodes(lua_State *, int index, const char *what); /* one or a list; pushes scratch */
int64_t to_host(lua_State *, int index); /* of a host handle or name; -1: no such */
void push_host(lua_State *, sim_host, const char *name);
void push_reply(lua_State *, sim_node, bool ok, struct sim_bytes); /* value, or nil and why */
size_t find_command(lua_State *, sim_node, const char *name, const char *call);
/* Asks; args at `args` (or none). */
void ask_node(lua_State *, sim_node, const char *command, int args, world_reply *, void *context,
              const char *call);
/* Runs code of a Lua node that only looks, on this thread. */
struct looking {
    struct script *script;
    lua_State *running;
};
struct looking look_begin(lua_State *);
void look_end(struct looking);

/* ---- api_build.c [raises] ---- */
/* Makes a node from a model and options; skip: names of options the caller takes itself. */
sim_node build_node(lua_State *, const char *name, const struct sim_model *, struct options *);
const struct sim_model *find_model(lua_State *, int index, const char *call);

/* ---- api_check.c ---- */
void check_history(struct check *); /* at the end of the run */
void kept_history_free(struct kept_history *);

/* ---- api_observe.c ---- */
/* one more, in its place in the list */
struct check *check_make(lua_State *, const char *name, const char *kind);
void check_decide(struct check *, enum script_verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void checks_finish(struct script *);

/* ---- lua_law.c [raises] ---- */
const struct sim_law *law_from_table(lua_State *, int index, const char *what);

/* ---- lua_model.c [raises] ---- */
const struct sim_model *lua_model_find(lua_State *,
                                       const char *name); /* NULL: no file, no sim.model */
void lua_model_define(lua_State *, const char *name, int function);
size_t lua_model_names(struct script *, const char **names, size_t max);
bool is_lua_model(const struct sim_model *);

/* ---- lua_node.c ---- */
struct lua_runtime *lua_nodes_open(lua_State *); /* [raises] */
void lua_nodes_close(struct script *);
bool lua_node_push_state(lua_State *, sim_node); /* [raises] a copy of its fields */

#endif
