/*
 * The verdict of a run: pass, fail, or inconclusive; and why.
 *
 * First what ended the run before its time: a mistake in the script, an interrupt. Then what
 * failed: a law that nobody wanted broken, an expectation. Then what could not be judged: a limit,
 * a fault of the script that never did anything, an expectation never evaluated, nothing at all to
 * judge. A law that judged nothing is no verdict on one run (only a sweep can say that it never
 * does), unless there is nothing else. What is left has passed.
 */
#include "report/faults.h"
#include "report/summary.h"

const char *verdict_name(enum verdict verdict) {
    static const char *const names[] = {"pass", "fail", "inconclusive"};
    return (unsigned)verdict < 3 ? names[verdict] : "?";
}

static bool is_wanted(const struct run_report *run, const char *law) {
    return run->law_is_wanted_broken && run->law_is_wanted_broken(run->context, law);
}

static void add_reason(struct run_report *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_reason(struct run_report *run, const char *format, ...) {
    if (run->why.size > 0) text_add(&run->why, "; ");
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&run->why, format, arguments);
    va_end(arguments);
}

static void find_failures(struct run_report *run) {
    for (size_t i = 0; i < world_laws(run->world); i++) {
        const struct law_status status = world_law(run->world, i);
        if (status.broken == 0 || is_wanted(run, status.law->name)) continue;
        add_reason(run, "%s was broken: %s", status.law->name, status.why ? status.why : "");
    }
    for (size_t i = 0; i < run->check_count; i++) {
        const struct report_check *check = &run->checks[i];
        if (check->verdict != RUN_FAILED) continue;
        add_reason(run, "%s%s%s", check->name, check->why[0] ? ": " : "", check->why);
    }
}

/* Either way of a cut that cuts both may have had nothing to stop; when neither had, one is told.
 */
static bool was_idle(const struct world *world, size_t index) {
    if (world_fault_entry(world, index)->effective > 0) return false;
    for (size_t i = 0; i < world_faults(world); i++) {
        if (!fault_is_other_way(world, i, index)) continue;
        if (i < index || world_fault_entry(world, i)->effective > 0) return false;
    }
    return true;
}

static void find_idle_faults(struct run_report *run) {
    enum { TOLD_MAX = 3 };
    int told = 0, idle = 0;
    struct text says = {0};
    for (size_t i = 0; i < world_faults(run->world); i++) {
        const struct fault_entry *entry = world_fault_entry(run->world, i);
        if (entry->generated || !was_idle(run->world, i)) continue;
        if (++idle > TOLD_MAX) continue;
        told++;
        text_clear(&says);
        fault_label(run->world, i, &says);
        text_add(&says, " at ");
        text_add_ns(&says, entry->t);
        add_reason(run, "the fault %s never had an effect", text_string(&says));
    }
    text_free(&says);
    if (idle > told) add_reason(run, "so %d more faults", idle - told);
}

static bool was_anything_judged(const struct run_report *run) {
    if (run->check_count > 0) return true;
    for (size_t i = 0; i < world_laws(run->world); i++) {
        const struct law_status status = world_law(run->world, i);
        if (status.held > 0 || status.broken > 0) return true;
    }
    return false;
}

static void find_gaps(struct run_report *run) {
    if (run->limit) add_reason(run, "a limit was reached: %s", run->limit);
    for (size_t i = 0; i < run->check_count; i++) {
        const struct report_check *check = &run->checks[i];
        if (check->verdict != RUN_INCONCLUSIVE) continue;
        add_reason(run, "%s%s%s", check->name, check->why[0] ? ": " : " was never evaluated",
                   check->why);
    }
    find_idle_faults(run);
    if (!was_anything_judged(run)) {
        add_reason(run,
                   "nothing was there to judge: no expectation, and no law that judged a fact");
    }
}

enum exit_code summary_judge(struct run_report *run) {
    run->verdict = RUN_INCONCLUSIVE;
    text_clear(&run->why);
    if (run->mistake) {
        add_reason(run, "%s", run->mistake);
        return EXIT_WRONG_USE;
    }
    find_failures(run);
    if (run->why.size > 0) {
        run->verdict = RUN_FAILED;
        return run->interrupted ? EXIT_INTERRUPTED : EXIT_FAILED;
    }
    if (run->interrupted) {
        struct text at = {0};
        text_add_ns(&at, world_now(run->world));
        add_reason(run, "interrupted at %s of virtual time", text_string(&at));
        text_free(&at);
        return EXIT_INTERRUPTED;
    }
    find_gaps(run);
    if (run->why.size > 0) return EXIT_INCONCLUSIVE;
    run->verdict = RUN_PASSED;
    return EXIT_PASSED;
}
