/*
 * Nodes whose model is written in Lua: what the lua_*.c files share.
 *
 * lua_model    a Lua table becomes a struct sim_model: its knobs, messages, facts, views...
 * lua_names    names for numbers: message types of the script, timers, files, lanes of a model
 * lua_node     a node's life: init, fini, an event becomes a call of a handler
 * lua_wait     handlers are coroutines; what they wait for, and who wakes them
 * lua_effects  what a node can do in an event; lua_disk: with its files; lua_rpc: calls between
 * nodes lua_look     what observers see: describe, encode, probes, views
 *
 * All Lua nodes of a world share one Lua state. The chunk of a model is compiled once, and loaded
 * for each START into an environment of its own over frozen libraries, so that no upvalue or global
 * carries anything across a crash or from node to node.
 */
#ifndef SCRIPT_LUA_NODE_H
#define SCRIPT_LUA_NODE_H

#include <lua.h>

#include "base/codec.h"
#include "script/internal.h"
#include "script/lua_message.h"

enum {
    TYPES_MAX = 1024, /* message types of a script */
    NOTES_MAX = 4096, /* of a model */
    TYPE_CACHE_SLOTS = 64,
    RPC_HEADER_BYTES = 8,
};
#define LUA_WAIT_BIT (UINT64_C(1) << 63) /* a timer or tag of ours, not the model's */

enum type_kind { TYPE_PLAIN, TYPE_CALL, TYPE_REPLY };
struct message_type {
    const char *name;
    enum type_kind kind;
    uint32_t plain, call, reply; /* of a type that is called: its two others, or 0 */
    struct layout *layout;       /* or NULL: any value */
};

/* A table of names in both directions: name -> number and number -> name, by first use. */
struct names {
    int table;
    uint64_t count;
};

struct lua_model {
    struct sim_model model; /* first: a model's context is this struct */
    struct script *script;
    struct lua_model *next;
    const char *name, *file;
    const char *where; /* FILE:LINE, for messages */
    char *code;        /* compiled, as lua_dump gave it */
    size_t code_size;
    int note_numbers, fact_numbers; /* references: text or name -> index */
    struct sim_name *notes;
    uint8_t *note_places;
    size_t note_count;
    struct names timers, files, lanes;
};

/* One coroutine. Idle ones wait in a pool. */
struct thread {
    lua_State *lua;
    int reference;
    struct thread *next, *previous; /* in the pool, or among those of its node that wait */
    struct lua_node *node;
    uint64_t wait; /* what it waits for; 0: nothing */
};

struct wait {
    struct thread *thread;
    uint32_t generation, next_free;
};

struct lua_node {
    struct lua_model *model;
    struct lua_runtime *runtime;
    const struct sim_config *config;
    sim_node self;
    int dispatch; /* reference: list of self, model, and handlers by event and type */
    struct wait *waits;
    size_t wait_count;
    uint32_t wait_free; /* index + 1; 0: none */
    struct thread *waiting;
    uint64_t rpc_base; /* where its call ids begin: random */
    bool rpc_begun;
    int64_t operations;
};

/* Places in the dispatch list; then one a message type. */
enum dispatch { DISPATCH_SELF = 1, DISPATCH_MODEL, DISPATCH_MESSAGE, DISPATCH_TYPES };

struct lua_runtime {
    struct script *script;
    struct lua_model *models;
    struct message_type types[TYPES_MAX];
    struct sim_name
        messages[TYPES_MAX + 1]; /* the same, for the engine: shared by all Lua models */
    uint32_t type_count;
    int type_numbers; /* reference: name -> number */
    struct {
        const char *name;
        uint32_t type;
    } type_cache[TYPE_CACHE_SLOTS];
    struct shapes *shapes;
    struct writer body;
    int node_class; /* reference: the metatable of `node` */
    struct thread *idle;

    /* the event that is handled now; out NULL: none */
    struct lua_node *node;
    const struct sim_event *event;
    struct sim_out *out;
    struct thread *thread;
};

/* ---- lua_names.c [raises] ---- */
uint32_t type_number(lua_State *, const char *name); /* by first use */
uint32_t type_at(lua_State *, int index);            /* of the name there; fast */
uint32_t type_of_call(lua_State *, uint32_t plain);  /* "name.call"; makes "name.reply" too */
uint64_t name_number(lua_State *, struct names *, int index, const char *what);
void push_name(lua_State *, const struct names *, uint64_t number);
bool is_lua_node(const struct script *, sim_node);

/* ---- lua_model.c ---- */
/* Loads the model's chunk into a fresh environment and runs it: its table is pushed [raises]. */
void lua_model_load(lua_State *, const struct lua_model *);

/* ---- lua_node.c ---- */
extern const struct luaL_Reg lua_effect_functions[], lua_disk_functions[], lua_rpc_functions[],
    lua_wait_functions[];
void *lua_node_init(const struct sim_config *, struct text *refusal);
void lua_node_step(void *state, const struct sim_event *, struct sim_out *);
void lua_node_fini(void *state);
void lua_node_failed(struct lua_runtime *, const struct sandbox_error *);
/* In an event, of its own handler: raises otherwise. `call` is the function's name. */
struct lua_runtime *in_event(lua_State *, const char *call);
void push_dispatch(lua_State *, const struct lua_node *, int which); /* one entry */

/* ---- lua_wait.c ---- */
struct thread *thread_take(struct lua_runtime *);
/* Runs or goes on with a thread of the current node; it goes back to the pool when it is through.
 */
void thread_run(struct lua_runtime *, struct thread *, int values);
void thread_forget(struct lua_runtime *, struct thread *);
/* Registers a wait of this handler [raises when it cannot wait]; its id. */
uint64_t wait_begin(lua_State *, const char *call);
/* Ends a wait and goes on with its thread; false: nobody waits for that (any more). */
bool wait_wake(struct lua_runtime *, uint64_t id);

/* ---- lua_rpc.c ---- */
struct asked {
    sim_node from;
    uint64_t id;
    uint32_t type;
}; /* a call that wants an answer */
void rpc_answer(lua_State *, struct lua_runtime *, const struct asked *, int index); /* [raises] */
/* Sends what is in runtime->body, and charges for its bytes [raises]. */
void body_send(lua_State *, struct lua_runtime *, struct sim_message);
/* Writes the value at index as the body of that type: into runtime->body, from its end [raises]. */
void body_encode(lua_State *, struct lua_runtime *, int index, uint32_t type);
bool body_decode(lua_State *, struct lua_runtime *, struct sim_bytes, uint32_t type);

/* ---- lua_effects.c [raises] ---- */
sim_node to_peer(lua_State *, int index, const char *what);
void lua_reply(lua_State *, struct lua_runtime *, uint64_t request, int index);

/* ---- lua_look.c ---- */
void lua_node_encode(const void *state, struct writer *);
void lua_node_describe(const void *state, struct text *);
void lua_node_describe_message(const struct sim_message *, struct text *);
int64_t lua_node_probe(const void *state, size_t probe, const struct sim_clocks *);
void lua_node_view(const void *state, size_t view, const struct sim_clocks *, struct sim_rows *);

#endif
