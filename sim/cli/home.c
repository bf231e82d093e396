/* The folder of the program's own files: its parents are asked, one by one. */
#include "home.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

const char *own_program(void) {
    static char path[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    path[size > 0 ? size : 0] = '\0';
    return path;
}

static bool has_plots(const char *folder, const char *below) {
    struct text path = {0};
    text_add(&path, "%s%s/plots/style.gp", folder, below);
    const bool found = access(text_string(&path), R_OK) == 0;
    text_free(&path);
    return found;
}

const char *home_folder(void) {
    static char folder[PATH_MAX + 16];
    if (folder[0]) return folder;
    const char *told = getenv("ORRERY_HOME");
    if (told && told[0] && strlen(told) < PATH_MAX) return strcpy(folder, told);
    strcpy(folder, own_program());
    for (char *slash = strrchr(folder, '/'); slash; slash = strrchr(folder, '/')) {
        *slash = '\0';
        if (has_plots(folder, "")) return folder;
        if (has_plots(folder, "/share/orrery")) return strcat(folder, "/share/orrery");
    }
    return strcpy(folder, ".");
}

const char *home_path(const char *below) {
    enum { PATHS_MAX = 16 }; /* the program's own files: a few, each asked for by the same words */
    static struct text paths[PATHS_MAX], asked[PATHS_MAX];
    static size_t count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text_string(&asked[i]), below) == 0) return text_string(&paths[i]);
    assert(count < PATHS_MAX);
    text_add(&asked[count], "%s", below);
    text_add(&paths[count], "%s/%s", home_folder(), below);
    return text_string(&paths[count++]);
}
