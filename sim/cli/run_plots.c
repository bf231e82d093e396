/* The plots of one run. A plot that fails is a warning, never the run's failure. */
#include "run_plots.h"

#include <string.h>

#include "home.h"
#include "interrupt.h"
#include "options.h"

void plot_places(const char *scenario, const char **places) {
    const char *slash = scenario ? strrchr(scenario, '/') : NULL;
    static struct text beside; /* lives as long as the program, which makes the plots of one run */
    text_clear(&beside);
    if (slash)
        text_add_bytes(&beside, scenario, (size_t)(slash - scenario));
    else
        text_add(&beside, ".");
    places[0] = text_string(&beside);
    places[1] = home_path("plots");
    places[2] = NULL;
}

size_t make_plots(const struct plot_request *request, struct report_plot *plots, size_t count) {
    size_t made = 0;
    struct text error = {0};
    for (size_t i = 0; i < count && !interrupted(); i++) {
        text_clear(&error);
        const enum plot_result result = plot_make(request, &plots[i], &error);
        if (result == PLOT_MADE) {
            const struct report_plot plot = plots[i];
            plots[i] = plots[made];
            plots[made++] = plot;
        } else if (!interrupted()) {
            complain("warning: no plot %s: %s", plots[i].file, text_string(&error));
        }
        if (result == PLOT_NO_GNUPLOT) break;
    }
    text_free(&error);
    return made;
}

void plot_subtitle(struct text *out, const char *scenario, const char *seed,
                   const struct report_parameter *parameters, size_t count) {
    enum { ROOM = 100 };
    text_add(out, "%s, seed %s", scenario, seed);
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(parameters[i].name) + strlen(parameters[i].value) + 3;
        if (out->size + size > ROOM) {
            text_add(out, ", ...");
            return;
        }
        text_add(out, ", %s=%s", parameters[i].name, parameters[i].value);
    }
}
