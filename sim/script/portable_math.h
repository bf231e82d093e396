/*
 * exp, log, pow and the trigonometric functions with the same bits on every machine.
 *
 * C libraries round these differently, and one library rounds them differently on different CPUs.
 * Ours use basic IEEE operations alone, in about 100 bits inside (double_double.h), so the results
 * are nearly always the correctly rounded ones (the tests bound the error by one unit in the last
 * place). About a microsecond each. Special values are those of C, Annex F; a nan has no sign.
 */
#ifndef ORRERY_SCRIPT_PORTABLE_MATH_H
#define ORRERY_SCRIPT_PORTABLE_MATH_H

double portable_exp(double x);
double portable_log(double x);
double portable_log_base(double x, double base);
double portable_pow(double x, double y);
double portable_sin(double x);
double portable_cos(double x);
double portable_tan(double x);
double portable_asin(double x);
double portable_acos(double x);
double portable_atan2(double y, double x);

#endif
