/* What every test in this folder includes first: cmocka, and what cmocka needs before it. */
#ifndef TESTS_BASE_TEST_H
#define TESTS_BASE_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
