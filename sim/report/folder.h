/* What output.c asks of the folder; nobody else includes this. */
#ifndef REPORT_FOLDER_H
#define REPORT_FOLDER_H

#include "report/output.h"

/* Appends to the output's partial file, unless something went wrong before. */
void folder_append(struct output *, const void *bytes, size_t size);

#endif
