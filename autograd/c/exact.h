/* Correctly rounded sums: equal to math.fsum to the last bit, at the cost of a few additions a term.

Every addition is followed by the computation of its own rounding error, which is exact (Knuth's TwoSum). These errors are added
up in the same way, so that nearly always nothing is lost: then the total is the sum of two doubles, and to add them rounds it
correctly. If something is lost there, it is known how much at most; if the total rounds to the same number at either end of that
interval, it is right. Otherwise, which is rare, Python's fsum is asked. */

#ifndef STEPGRAD_EXACT_H
#define STEPGRAD_EXACT_H

#include <math.h>

typedef struct {
    double sum, error, lost; /* the rounded sum, that of its errors, and how far that one is off at most */
} Sum;

/* The rounded sum of two doubles; what is missing to the exact one is put into *error, exactly. */
static inline double two_sum(double a, double b, double *error) {
    double s = a + b, z = s - a;
    *error = (a - (s - z)) + (b - z);
    return s;
}

static inline void add_term(Sum *t, double x) {
    double error, lost;
    t->sum = two_sum(t->sum, x, &error);
    t->error = two_sum(t->error, error, &lost);
    t->lost += fabs(lost);
}

/* Whether the sum is known to the last bit; then it is put into *out. */
static inline int rounded(const Sum *t, double *out) {
    double left, r = two_sum(t->sum, t->error, &left);
    *out = r;
    if (r - r != 0.0)
        return 0;
    if (t->lost == 0.0)
        return 1;
    double bound = 1.000001 * t->lost + 2.3e-16 * (fabs(left) + t->lost);
    return r + (left + bound) == r && r + (left - bound) == r;
}

#endif
