/*
 * A pack: one run in one file, to attach to a ticket. The scenario and every file it read, its
 * seed, parameters and faults, the version that ran it, and what came of it: the digest of all
 * records, and marks on the way (witness.h).
 *
 * JSON: "orrery_pack" (1: this form), version, scenario, path, seed, until_ns, records as text (a
 * double would round them), params, digest, verdict, why, script, files, faults, marks. Keys may be
 * added.
 */
#ifndef CLI_PACK_H
#define CLI_PACK_H

#include "run_one.h"
#include "witness.h"

struct pack {
    const char *name;  /* the file it was read from */
    void *document;    /* the strings below point into it */
    const char *version, *path, *faults;
    uint64_t seed;
    int64_t until_ns;
    struct script_setting *settings;
    size_t setting_count;
    struct script_file *files; /* the scenario first, as "" */
    size_t file_count;
    struct witness expected;
};

bool is_pack(const char *path); /* by what is in it: no scenario begins with a brace; no pipe is
                                   a pack */
/* False with `FILE: what is wrong; what was expected`. */
bool pack_read(struct pack *, const char *path, struct text *error);
bool pack_parse(struct pack *, const char *name, const struct text *content, struct text *error);
void pack_free(struct pack *);

/* Runs a pack and says on stdout (with --json on stderr) whether the same happens again. The
 * request has only what a pack leaves open: where to, how much to trace. */
enum exit_code run_pack(const struct run_request *);

#endif
