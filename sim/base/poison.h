/*
 * Memory that nobody may touch for now, told to AddressSanitizer: who reads or writes it is
 * reported at the place that does. For what is used again and again without going back to malloc.
 * Nothing in other builds.
 */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#endif

#if defined(HAS_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
static inline void poison(const void *p, size_t bytes) { ASAN_POISON_MEMORY_REGION(p, bytes); }
static inline void unpoison(const void *p, size_t bytes) { ASAN_UNPOISON_MEMORY_REGION(p, bytes); }
#else
static inline void poison(const void *p, size_t bytes) { (void)p, (void)bytes; }
static inline void unpoison(const void *p, size_t bytes) { (void)p, (void)bytes; }
#endif

#endif
