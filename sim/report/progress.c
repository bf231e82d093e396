/* The progress bar. What does not fit is left out from the right: the estimate last of all. */
#include "report/progress.h"

#include <stdio.h>
#include <time.h>

#include "base/wide.h"
#include "report/terminal.h"

enum { REDRAW_MS = 100, LINE_EVERY_MS = 10000, BAR_MAX = 30 };

int64_t wall_clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, bool on, int64_t total_ns) {
    *progress = (struct progress){.on = on,
                                  .terminal = terminal_draws(stderr),
                                  .utf8 = terminal_speaks_utf8(),
                                  .begun_ms = wall_clock_ms(),
                                  .total_ns = total_ns > 0 ? total_ns : 1};
    progress->drawn_ms = progress->begun_ms;
}

/* 1234567 -> 1.23M */
void progress_add_rate(struct text *text, int64_t rate) {
    static const char units[] = " kMG";
    int64_t size = 1;
    int unit = 0;
    while (unit < 3 && rate / size >= 1000) size *= 1000, unit++;
    const int64_t whole = rate / size, hundredths = rate % size * 100 / size;
    if (unit == 0)
        text_add(text, "%lld", (long long)whole);
    else if (whole < 10)
        text_add(text, "%lld.%02lld%c", (long long)whole, (long long)hundredths, units[unit]);
    else if (whole < 100)
        text_add(text, "%lld.%lld%c", (long long)whole, (long long)hundredths / 10, units[unit]);
    else
        text_add(text, "%lld%c", (long long)whole, units[unit]);
}

void progress_add_seconds(struct text *text, int64_t ms) {
    const int64_t s = (ms + 500) / 1000;
    if (s >= 3600)
        text_add(text, "%lldh%02lldm", (long long)(s / 3600), (long long)(s / 60 % 60));
    else if (s >= 60)
        text_add(text, "%lldm%02llds", (long long)(s / 60), (long long)(s % 60));
    else
        text_add(text, "%llds", (long long)s);
}

static int64_t ms_left(int64_t now_ns, int64_t total_ns, int64_t wall_ms) {
    return now_ns > 0 ? mul_div(wall_ms, total_ns - now_ns, now_ns) : 0;
}

void progress_add_bar(struct text *text, int width, bool utf8, int64_t done, int64_t total) {
    const int64_t full = mul_div(done, width, total > 0 ? total : 1);
    for (int i = 0; i < width; i++) {
        if (utf8)
            text_add(text, i < full ? "█" : "░");
        else
            text_add_char(text, i < full ? '#' : '.');
    }
}

void progress_line(struct text *line, int width, bool utf8, int64_t now_ns, int64_t total_ns,
                   int64_t wall_ms, int64_t events) {
    if (now_ns > total_ns) now_ns = total_ns;
    struct text tail[4] = {{0}};
    text_add(&tail[0], "  %lld%%", (long long)mul_div(now_ns, 100, total_ns));
    if (now_ns > 0 && now_ns < total_ns && wall_ms > 500) {
        text_add(&tail[0], "  ");
        progress_add_seconds(&tail[0], ms_left(now_ns, total_ns, wall_ms));
        text_add(&tail[0], " left");
    }
    text_add(&tail[1], "  ");
    text_add_ns(&tail[1], now_ns / 1000000 * 1000000);
    text_add(&tail[1], " of ");
    text_add_ns(&tail[1], total_ns);
    text_add(&tail[2], "  wall ");
    progress_add_seconds(&tail[2], wall_ms);
    text_add(&tail[3], "  ");
    progress_add_rate(&tail[3], mul_div(events, 1000, wall_ms > 0 ? wall_ms : 1));
    text_add(&tail[3], " events/s");
    int used = 0, parts = 0;
    for (; parts < 4 && used + (int)tail[parts].size <= width - 1; parts++)
        used += (int)tail[parts].size;
    int bar = width - 1 - used;
    if (bar > BAR_MAX) bar = BAR_MAX;
    if (bar >= 5) progress_add_bar(line, bar, utf8, now_ns, total_ns);
    for (int i = 0; i < parts; i++) text_add(line, "%s", text_string(&tail[i]));
    for (int i = 0; i < 4; i++) text_free(&tail[i]);
}

static void print_line(const struct progress *progress, int64_t now_ns, int64_t events,
                       int64_t wall) {
    struct text line = {0};
    text_add(&line, "orrery: ");
    text_add_ns(&line, now_ns / 1000000 * 1000000);
    text_add(&line, " of ");
    text_add_ns(&line, progress->total_ns);
    text_add(&line, " after ");
    progress_add_seconds(&line, wall);
    text_add(&line, ", ");
    progress_add_rate(&line, mul_div(events, 1000, wall));
    text_add(&line, " events/s, about ");
    progress_add_seconds(&line, ms_left(now_ns, progress->total_ns, wall));
    text_add(&line, " left\n");
    fputs(text_string(&line), stderr);
    text_free(&line);
}

void progress_update(struct progress *progress, int64_t now_ns, int64_t events) {
    if (!progress->on) return;
    const int64_t clock = wall_clock_ms();
    if (clock - progress->drawn_ms < (progress->terminal ? REDRAW_MS : LINE_EVERY_MS)) return;
    progress->drawn_ms = clock;
    const int64_t wall = clock - progress->begun_ms;
    if (!progress->terminal) {
        print_line(progress, now_ns, events, wall);
        return;
    }
    struct text line = {0};
    progress_line(&line, terminal_width(stderr), progress->utf8, now_ns, progress->total_ns, wall,
                  events);
    fprintf(stderr, "\r%s\033[K", text_string(&line));
    fflush(stderr);
    progress->shown = true;
    text_free(&line);
}

void progress_hide(struct progress *progress) {
    if (!progress->shown) return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
}
