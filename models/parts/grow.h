/*
 * Arrays and rings that grow by doubling, in a node's memory. What is not used any more stays for
 * the next time: in steady state nothing allocates.
 */
#ifndef PARTS_GROW_H
#define PARTS_GROW_H

#include <stddef.h>

struct memory;

/* The array with room for one element more than `count`. */
void *array_room(struct memory *, void *array, size_t *capacity, size_t count, size_t element_size);

/* The same of a ring, whose elements stand from `first` on, past the end and on from the
 * beginning. A ring that is made larger begins at 0. */
void *ring_room(struct memory *, void *ring, size_t *capacity, size_t *first, size_t count,
                size_t element_size);

#endif
