/* What explains a timeline: its axis of time, and its legend. */
#include "base/units.h"
#include "base/wide.h"
#include "check/timeline_draw.h"

struct unit {
    int64_t ns;
    const char *name;
};

static struct unit unit_for(int64_t span) {
    static const struct unit units[] = {
        {1000000000, "s"}, {1000000, "ms"}, {1000, "µs"}, {1, "ns"}};
    size_t i = 0;
    while (i < 3 && span < 2 * units[i].ns) i++;
    return units[i];
}

void draw_axis(struct drawing *d) {
    enum { LABEL_WIDTH = 44 };
    const struct timeline *t = d->t;
    const int64_t first = t->moments[0].ns,
                  span = sub_sat(t->moments[t->moment_count - 1].ns, first);
    const int64_t base = first > span ? first
                                      : 0; /* far from the beginning: from the first event on */
    const struct unit unit = unit_for(base || first < 0 ? span : add_sat(span, first));
    double free_from = 0;
    text_add(d->svg, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#444444\"/>\n",
             TIMELINE_LEFT, d->axis, timeline_right(t), d->axis);
    for (size_t i = 0; i < t->moment_count; i++) {
        const double x = timeline_x(t, i),
                     value = (double)(t->moments[i].ns - base) / (double)unit.ns;
        text_add(d->svg,
                 "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#444444\"/>", x,
                 d->axis, x, d->axis + 5);
        if (x < free_from) continue;
        text_add(d->svg, "<text x=\"%.1f\" y=\"%.1f\" class=\"tick\">%.*f</text>\n", x,
                 d->axis + 20,
                 unit.ns == 1 || value >= 1000 ? 0
                 : value >= 100                ? 1
                                               : 2,
                 value);
        free_from = x + LABEL_WIDTH;
    }
    struct text title = {0};
    text_add(&title, "time [%s]", unit.name);
    if (base) {
        text_add(&title, " after ");
        text_add_ns(&title, base);
    }
    text_add(&title, ", events evenly spaced");
    text_add(d->svg,
             "<text x=\"%.1f\" y=\"%.1f\" class=\"small\" text-anchor=\"middle\">%s</text>\n",
             (TIMELINE_LEFT + timeline_right(t)) / 2, d->axis + 38, text_string(&title));
    text_free(&title);
}

static void draw_number_legend(struct drawing *d, double y) {
    const struct check_explanation *e = d->t->explanation;
    if (!e || !e->step_count) return;
    text_add(d->svg,
             "<circle cx=\"38\" cy=\"%.1f\" r=\"10\"/><text x=\"38\" y=\"%.1f\" "
             "class=\"number\">1</text><text x=\"58\" y=\"%.1f\" class=\"small\">the longest "
             "order that was found: each takes effect at its number",
             y, y + 5, y + 5);
    if (e->steps_before)
        text_add(d->svg, "; before 1 came %llu more", (unsigned long long)e->steps_before);
    text_add(d->svg, "</text>\n");
}

static void draw_left_out(struct drawing *d, double y) {
    const struct timeline *t = d->t;
    if (!t->left_out && !t->faults_left_out) return;
    text_add(d->svg, "<text x=\"24\" y=\"%.1f\" class=\"small\">not drawn: ", y);
    if (t->left_out)
        text_add(d->svg, "%llu more operation%s%s", (unsigned long long)t->left_out,
                 t->left_out == 1 ? "" : "s", t->faults_left_out ? ", " : "");
    if (t->faults_left_out)
        text_add(d->svg, "%zu more fault%s", t->faults_left_out,
                 t->faults_left_out == 1 ? "" : "s");
    text_add(d->svg, "</text>\n");
}

void draw_legend(struct drawing *d) {
    static const struct {
        const char *fill, *class, *words;
        double width;
    } entries[] = {
        {"#0072B2", "bar", "reads", 92},
        {"#E69F00", "bar", "writes", 96},
        {"#009E73", "bar", "both", 84},
        {"url(#hatched)", "stuck\" stroke=\"#D55E00", "fits nowhere", 140},
        {"#999999", "open\" stroke=\"#666666", "? outcome unknown", 182},
        {"#888888", "fault", "fault", 84},
    };
    const double y = d->height - 76;
    double x = 24;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        text_add(d->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"28\" height=\"16\" fill=\"%s\" class=\"%s\"/>"
                 "<text x=\"%.1f\" y=\"%.1f\" class=\"small\">%s</text>\n",
                 x, y, entries[i].fill, entries[i].class, x + 34, y + 13, entries[i].words);
        x += entries[i].width;
    }
    draw_number_legend(d, y + 34);
    draw_left_out(d, y + 62);
}
