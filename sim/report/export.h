/*
 * Windows to other tools: a run's trace for Perfetto and ShiViz, its history for Jepsen.
 *
 * Each reads files of a run's folder and writes one file in the tool's documented format. False
 * with a sentence in `error`: a file that is not there (a trace is written with --trace full), or a
 * line in it that is not what it should be.
 */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

#include "report/output.h"

/* "Trace Event Format", JSON object form (Google, 2016), as ui.perfetto.dev and chrome://tracing
 * read it: a process a node, a slice a step, an arrow a message, spans for operations and
 * faults. */
bool export_perfetto(const char *folder, struct output *, struct text *error);
/* ShiViz's default log: "host {clock}" and the event below it, with vector clocks (Beschastnikh
 * et al., "Debugging distributed systems", CACM 2016). */
bool export_shiviz(const char *folder, struct output *, struct text *error);
/* history.edn, as Jepsen's checkers and Elle read it; a key becomes the tuple [k v] of
   jepsen.independent. */
bool export_jepsen(const char *folder, struct output *, struct text *error);

/* ---- reading a run's lines of JSON ---- */

struct past_record { /* of trace.jsonl; strings live until the callback returns, "" when there
                        are none */
    int64_t seq, cause, t;
    const char *kind, *node, *peer, *type, *note;
    int64_t msg, size; /* -1: none */
};
typedef bool trace_reader(void *context, const struct past_record *, struct text *error);
bool trace_read(const char *folder, trace_reader *, void *context, struct text *error);

struct cJSON;
typedef bool line_reader(void *context, const struct cJSON *, struct text *error);
/* Each line of folder/name that is not empty; the callback's error gets file and line in front. */
bool lines_read(const char *folder, const char *name, line_reader *, void *context,
                struct text *error);

#endif
