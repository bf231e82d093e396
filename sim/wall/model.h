/*
 * THE WALL between a node model and the world: events in, effects out.
 *
 * step(state, event) may change its state and append effects; the world applies them, in order,
 * after step returns. A model has no clock and no randomness but those in its event, so a recorded
 * list of events replays a node. Pointers in an event live until step returns; effects copy what
 * they are given. Times are ns. Numbers are int64_t, only bit patterns (hashes, tags) are uint64_t.
 * Ids of timers, files, lanes, channels, tags and operations are the model's own choice.
 */
#ifndef SIM_WALL_MODEL_H
#define SIM_WALL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory; /* base/memory.h: a node's own allocator, freed whole at a crash */
struct random; /* base/random.h: a counter-based stream; two draws never go in one expression */
struct text;   /* base/text.h: builds a line for people */
struct writer; /* base/codec.h: builds canonical bytes */

typedef uint32_t sim_node; /* 0, 1, ... in the order the scenario made them */
struct sim_bytes { const uint8_t *data; size_t size; };

/* As read when handling starts, not when the event was due: after a pause these differ. */
struct sim_clocks {
    int64_t mono_ns;       /* drifts, never jumps; one per host, so it survives a process */
    int64_t wall_ns;       /* offset, drift, jumps both ways */
    int64_t wall_error_ns; /* bound stated by the time service; < 0: none is stated */
};

/* ---- in events and effects alike: the answer is the question, completed ---- */

struct sim_message {
    sim_node peer; /* to, in an effect; from, in an event */
    uint32_t channel, type;
    struct sim_bytes body;
    int64_t modelled_bytes; /* what the network carries; 0: the body's size */
};

enum sim_disk_op { SIM_READ, SIM_WRITE, SIM_SYNC, SIM_TRUNCATE, SIM_REMOVE, SIM_RENAME };
enum sim_disk_error { SIM_OK, SIM_EIO, SIM_ENOSPC, SIM_ECHECKSUM, SIM_ENOENT };
#define SIM_DIRECTORY UINT64_C(0) /* a file: its SYNC makes create, REMOVE and RENAME durable */
#define SIM_APPEND INT64_C(-1)    /* an offset: the file's end; the answer says where that was */

/* Operations on one file take effect, and are answered, in order of issue. SYNC covers those issued
 * before it; until then a crash may lose any of them, or tear a WRITE. READ past the end: short. */
struct sim_disk {
    enum sim_disk_op op;
    enum sim_disk_error error; /* in the answer */
    bool quiet;                /* answered only on failure; a failed WRITE fails the next SYNC */
    uint64_t file, to_file;    /* to_file: RENAME's new name, replaced if it exists */
    int64_t offset, size;      /* of real bytes. size: wanted by READ, left by TRUNCATE */
    struct sim_bytes bytes;    /* to WRITE; in READ's answer, what is there */
    int64_t modelled_bytes;    /* what the disk is charged, in time and space; 0: the real bytes */
    uint64_t tag;              /* returned */
};

/* ---- events ---- */

enum sim_event_kind {
    SIM_START,   /* power on or restart: state is fresh from init; these files are what survived */
    SIM_MESSAGE, /* a datagram may have been sent to an earlier incarnation; a stream's never */
    SIM_PEER,    /* a stream is up, or down: refused or reset; nothing more of it will arrive */
    SIM_TIMER,   /* its clock reads at least what it was armed for; it is disarmed */
    SIM_DISK,    /* the answer to sim_disk */
    SIM_WORK,    /* a lane has finished a piece of work */
    SIM_COMMAND, /* the scenario or an operator asks: sim_reply, now or later */
};

struct sim_file { uint64_t file; int64_t size; };
struct sim_value { int64_t number; struct sim_bytes text; const sim_node *nodes; size_t count; };

struct sim_event {
    enum sim_event_kind kind;
    struct sim_clocks now;
    struct random *random; /* this event's own */
    union {
        struct { const struct sim_file *files; size_t count; } start; /* in order of file */
        struct sim_message message;
        struct { sim_node node; uint32_t channel; bool up; } peer;
        struct { uint64_t id; } timer;
        struct sim_disk disk;
        struct { uint32_t lane; uint64_t tag; } work;
        struct { size_t which; uint64_t request; const struct sim_value *args; } command;
    };
};

/* ---- effects ---- */

struct sim_out; /* this step's list of effects; of no use after it */

void sim_send(struct sim_out *, struct sim_message); /* on a stream that is down: dropped */
void sim_connect(struct sim_out *, sim_node, uint32_t channel); /* streams; both get PEER */
void sim_close(struct sim_out *, sim_node, uint32_t channel);

/* At a reading of a clock, not after a delay. A past one fires next. Arming replaces. */
void sim_arm(struct sim_out *, uint64_t timer, int64_t mono_ns);
void sim_arm_wall(struct sim_out *, uint64_t timer, int64_t wall_ns);
void sim_disarm(struct sim_out *, uint64_t timer);

void sim_disk(struct sim_out *, struct sim_disk);

/* busy: this step takes so long; all its effects, facts too, leave together when that ends, and the
 * node's next event waits. work: a lane computes beside the steps, answered by WORK. Work of one
 * lane queues; lanes share the host's cores in time slices. cancel drops it, queued or running. */
void sim_busy(struct sim_out *, int64_t cpu_ns);
void sim_work(struct sim_out *, uint32_t lane, int64_t cpu_ns, uint64_t tag);
void sim_cancel(struct sim_out *, uint32_t lane, uint64_t tag);

/* What a time daemon tells its host's wall clock (adjtimex), for every node on that host. */
struct sim_discipline { int64_t step_ns, rate_ppb, error_ns, error_growth_ppb; };
void sim_discipline(struct sim_out *, struct sim_discipline);

/* A client's operation, for the history, which numbers processes itself (a new one after UNKNOWN).
 * A crash leaves open ones UNKNOWN. key, value: base/value.h, or empty. f, error: literals. */
enum sim_outcome { SIM_DONE, SIM_FAILED, SIM_UNKNOWN }; /* ok, fail, info */
void sim_invoke(struct sim_out *, int64_t operation, const char *f, struct sim_bytes key,
                struct sim_bytes value);
void sim_return(struct sim_out *, int64_t operation, enum sim_outcome, struct sim_bytes value,
                const char *error);
/* The same, of a user: `client` is the node's own number for whoever asks, and has one operation
 * open at most; another is its author's mistake. It keeps its process until UNKNOWN or a crash.
 * version: what DONE has written or read, in the order of the system's writes (an LSN); 0: none. */
void sim_invoke_for(struct sim_out *, int64_t client, int64_t operation, const char *f,
                    struct sim_bytes key, struct sim_bytes value);
void sim_return_version(struct sim_out *, int64_t operation, enum sim_outcome,
                        struct sim_bytes value, int64_t version, const char *error);

void sim_reply(struct sim_out *, uint64_t request, bool ok, struct sim_bytes);
void sim_halt(struct sim_out *, const char *reason);  /* the process ends itself: PANIC */
void sim_error(struct sim_out *, const char *reason); /* the model's author erred: the run ends */

/* sim_note(out, NOTE, values...): cause -> decision. sim_fact(out, FACT, group, a, b, c): what
 * became true; trailing zeros may be left out. NOTE and FACT index the model's tables, whose texts
 * name a place for each value, in order, and how to print it: {} an integer, {node}, {lsn}, {ns} a
 * duration, {bytes}, {hex}, or {no|yes|...} the word at that index. A note has at most
 * SIM_NOTE_VALUES values, its index aside. */
enum { SIM_NOTE_VALUES = 12 };
#define sim_note(out, ...)                                                                         \
    sim_note_values((out), (const int64_t[]){__VA_ARGS__},                                         \
                    sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
#define sim_fact(out, ...)                                                                         \
    ((void)sizeof((const int64_t[5]){__VA_ARGS__}) /* no more than five */,                        \
     sim_fact_first((out), __VA_ARGS__, 0, 0, 0, 0, 0))
#define sim_fact_first(out, which, group, a, b, c, ...)                                            \
    sim_fact_values((out), (which), (group), (a), (b), (c))
void sim_note_values(struct sim_out *, const int64_t *values, size_t count);
void sim_fact_values(struct sim_out *, int64_t which, int64_t group, int64_t a, int64_t b,
                     int64_t c);

/* ---- laws ---- */

struct sim_fact {
    size_t which; /* index into the law's reads */
    sim_node node;
    int64_t group, a, b, c;
    int64_t true_ns, seq; /* the world's time, which no node knows; the fact's record */
};

enum sim_judgement {
    SIM_NOTHING,   /* remembered, not judged */
    SIM_HELD,      /* judged, and true: the law is not vacuous */
    SIM_FORGOTTEN, /* not judged: what it needs was dropped to bound memory */
    SIM_BROKEN,    /* why says how, with the values; {3} in it is node 3, by its name */
};

struct sim_fold {
    void *state; /* state_bytes, zeroed: one, or one a group. Survives every crash */
    const void *context;
    struct memory *memory;
    struct text *why;
};

struct sim_law {
    const char *name, *says, *source; /* "Election Safety", its sentence, the paper's section */
    const char *const *reads;         /* facts by name, whoever states them; NULL at the end */
    size_t state_bytes;
    bool per_group;
    enum sim_judgement (*fold)(struct sim_fold *, const struct sim_fact *);
    enum sim_judgement (*finish)(struct sim_fold *); /* at the end of the run; or NULL */
    const void *context;
};

/* ---- a model: each table ends with an entry that has no name; unused ones are NULL ---- */

enum sim_unit { SIM_COUNT, SIM_NS, SIM_BYTES, SIM_BYTES_PER_S, SIM_PPM, SIM_BOOL, SIM_CHOICE,
                SIM_TEXT, SIM_NODE, SIM_NODES, SIM_LSN /* a log's byte position, hi/lo in hex */ };
#define SIM_NONE INT64_MIN /* no value: NULL in a view, a gap in a probe's series, no node given */
struct sim_param { const char *name; enum sim_unit unit; int64_t usual, min, max;
                   const char *choices, *doc; }; /* choices: "primary|standby"; number indexes it */
struct sim_table { const char *name; const struct sim_param *columns; const char *doc; };
struct sim_name { const char *name, *text; }; /* of a note: "log behind ({}^{} < {}^{}) -> no vote"
                                                 of a fact: its group, a, b, c:
                                                 "leads {} in term {}" */
struct sim_channel { const char *name; bool stream; };
struct sim_bug { const char *name, *breaks, *caught_by, *doc; };

struct sim_config {
    const struct sim_model *model;
    sim_node self;
    const struct sim_value *knobs; /* in range, in the order of model->knobs */
    uint64_t bugs;                 /* bit i: model->bugs[i] is on */
    struct memory *memory;
};

struct sim_rows; /* a view's rows, filled cell by cell */
void sim_cell(struct sim_rows *, int64_t); /* SIM_NONE: NULL */
void sim_cell_text(struct sim_rows *, const char *); /* copied; NULL: NULL */

struct sim_model {
    const char *name, *summary;
    /* Before each START, with the same config, so it refuses (NULL) at once or never. */
    void *(*init)(const struct sim_config *, struct text *refusal);
    void (*step)(void *state, const struct sim_event *, struct sim_out *);
    void (*fini)(void *state); /* for what lives outside config->memory; or NULL */

    /* Observers. encode: all of the state, canonical. */
    void (*encode)(const void *state, struct writer *);
    void (*describe)(const void *state, struct text *);
    void (*describe_message)(const struct sim_message *, struct text *);
    int64_t (*probe)(const void *state, size_t probe, const struct sim_clocks *);
    void (*view)(const void *state, size_t view, const struct sim_clocks *, struct sim_rows *);

    const struct sim_param *knobs, *probes;
    const struct sim_table *views, *commands;
    const struct sim_name *messages, *notes, *facts;
    const struct sim_channel *channels;
    const struct sim_law *const *laws; /* NULL at the end */
    const struct sim_bug *bugs;
    const void *context; /* for adapters, such as Lua's */
};

#endif
