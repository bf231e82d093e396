/* The one table of models. To add a model: its folder, its `extern`, its line in registry.c. */
#ifndef MODELS_REGISTRY_H
#define MODELS_REGISTRY_H

#include "wall/model.h"

/* All models, in order of name; NULL at the end. */
extern const struct sim_model *const model_registry[];
const struct sim_model *model_find(const char *name); /* NULL: there is none */

#endif
