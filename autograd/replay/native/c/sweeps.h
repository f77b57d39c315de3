/* The interpreter: the sweeps of program.h over one array of numbers.

The numbers are those of the engine bit for bit. The same rules are applied to the same doubles in the same order; sums are exact
and rounded once; and contributions are added one by one, beginning with 0, in the order of the tape, which is that of the engine.
Nothing here knows Python: where Python has to be asked, the sweep stops and says so, and goes on from there. */

#ifndef STEPGRAD_SWEEPS_H
#define STEPGRAD_SWEEPS_H

#include "../../../c/exact.h"
#include "program.h"

typedef struct {
    double *v, *bar, *kept; /* numbers, gradients, partials */
    const Code *p;          /* the next instruction */
} State;

enum Stop { DONE, LEFT, ASK, PAUSED };

#ifdef __GNUC__
#define DISPATCH goto *labels[p->op];
#define CASE(NAME) L_##NAME
#define NEXT \
    p++;     \
    DISPATCH
#define LABEL(NAME) [NAME] = &&L_##NAME,
#else
#define CASE(NAME) case NAME
#define NEXT \
    p++;     \
    continue;
#endif

/* The number of one row, and with KEEP of a row whose partials are kept. */
#define RUN_1(NAME)                               \
    CASE(F_##NAME) : {                            \
        double d[1];                              \
        v[p->out] = rule_##NAME(&v[p->a], d);     \
        NEXT                                      \
    }
#define RUN_2(NAME)                                       \
    CASE(F_##NAME) : {                                    \
        const double x[2] = {v[p->a], v[p->b]};           \
        double d[2];                                      \
        v[p->out] = rule_##NAME(x, d);                    \
        NEXT                                              \
    }
#define RUN_3(NAME)                                       \
    CASE(F_##NAME) : {                                    \
        const double x[3] = {v[p->a], v[p->b], v[p->d]};  \
        double d[3];                                      \
        v[p->out] = rule_##NAME(x, d);                    \
        NEXT                                              \
    }
#define KEEP_1(NAME)                                          \
    CASE(K_##NAME) : {                                        \
        v[p->out] = rule_##NAME(&v[p->a], &kept[p->d]);       \
        NEXT                                                  \
    }
#define KEEP_2_AS(NAME, SUFFIX, ...)                      \
    CASE(K_##NAME##SUFFIX) : {                            \
        const double x[2] = {v[p->a], v[p->b]};           \
        double d[2];                                      \
        v[p->out] = rule_##NAME(x, d);                    \
        __VA_ARGS__                                       \
        NEXT                                              \
    }
#define KEEP_2(NAME)                                                       \
    KEEP_2_AS(NAME, , kept[p->d] = d[0];)                                  \
    KEEP_2_AS(NAME, _2, kept[p->d] = d[1];)                                \
    KEEP_2_AS(NAME, _12, kept[p->d] = d[0]; kept[p->d + 1] = d[1];)

#define GUARD(NAME, HOLDS)                   \
    CASE(F_##NAME) : {                       \
        double x = v[p->a], y = v[p->b];     \
        (void)x, (void)y;                    \
        if ((HOLDS) != (int)p->n) {          \
            s->p = p;                        \
            return LEFT;                     \
        }                                    \
        NEXT                                 \
    }

static inline int same_bits(double x, double y) { return memcmp(&x, &y, sizeof x) == 0; }

/* max() or min() of many, the first of equals; nan if one is. */
static inline double extremum(const double *v, const int32_t *us, int32_t n, int largest) {
    double best = v[us[0]];
    int bad = best != best;
    for (int32_t k = 1; k < n; k++) {
        double u = v[us[k]];
        bad |= u != u;
        if (largest ? u > best : u < best)
            best = u;
    }
    return bad ? NAN : best;
}

/* logsumexp, and its partials if they are wanted; 0 if the last bit of a sum is not known. */
static int log_sum_exp(const double *v, const int32_t *us, int32_t n, double *out, double *partials) {
    double top = extremum(v, us, n, 1), ones[2], sum;
    Sum total = {0.0, 0.0, 0.0}, whole = {0.0, 0.0, 0.0};
    if (fabs(top) == INFINITY)
        top = 0.0;
    for (int32_t k = 0; k < n; k++) {
        const double x[2] = {v[us[k]], top};
        double e = rule_expdiff(x, ones);
        add_term(&total, e);
        if (partials != NULL) {
            partials[k] = e;
            add_term(&whole, e);
        }
    }
    add_term(&total, -1.0);
    if (!rounded(&total, &sum))
        return 0;
    *out = top + log1p(sum);
    if (partials != NULL) {
        if (!rounded(&whole, &sum))
            return 0;
        for (int32_t k = 0; k < n; k++)
            partials[k] /= sum;
    }
    return 1;
}

/* A sum of many; 0 if its last bit is not known. */
static inline int exact_sum(const double *v, const int32_t *us, int32_t n, double *out) {
    Sum total = {0.0, 0.0, 0.0};
    for (int32_t k = 0; k < n; k++)
        add_term(&total, v[us[k]]);
    return rounded(&total, out);
}

/* w1*x1 + ... + wn*xn + b of the operands w1..wn, x1..xn, b. */
static inline int exact_dot(const double *v, const int32_t *us, int32_t n, double *out) {
    Sum total = {0.0, 0.0, 0.0};
    int32_t half = n / 2;
    add_term(&total, v[us[n - 1]]);
    for (int32_t k = 0; k < half; k++)
        add_term(&total, v[us[k]] * v[us[half + k]]);
    return rounded(&total, out);
}

/* pow(u, 2.0), with the bits of the library's pow, which is not always the product rounded to the nearest. glibc's is off by less
than 0.533 units in the last place of squares from 1e-200 to 1e200 (0.511 of its exp, and its logarithm's error times the size of
the exponent). So where the exact square is not that near to the middle between two doubles, the answer is the nearest, u * u. How
far the product is off is known exactly (Dekker). */
static inline double pow_2(double u) {
#ifdef __GLIBC__
    double size = fabs(u), r = u * u;
    if (size > 1e-100 && size < 1e100) {
        double big = u * 134217729.0, head = big - (big - u), tail = u - head;
        double error = ((head * head - r) + 2.0 * head * tail) + tail * tail;
        uint64_t bits;
        double power;
        memcpy(&bits, &r, sizeof bits);
        bits &= 0x7ff0000000000000u;
        memcpy(&power, &bits, sizeof power);
        if (fabs(error) < power * (0.465 * 0x1p-52))
            return r;
    }
#endif
    volatile double two = 2.0; /* of a constant 2 the compiler makes u * u */
    return pow(u, two);
}

#define ASK_PYTHON  \
    {               \
        s->p = p;   \
        return ASK; \
    }

/* Run a forward sweep from s->p on. After ASK the caller puts in the number (and partials), and goes on with the next. */
static enum Stop run_forward(const Program *program, State *s) {
    double *const v = s->v, *const kept = s->kept;
    const int32_t *const pool = program->pool;
    const Code *p = s->p;
#ifdef __GNUC__
#define L_1(NAME) LABEL(F_##NAME)
#define L_K1(NAME) LABEL(K_##NAME)
#define L_K2(NAME) LABEL(K_##NAME) LABEL(K_##NAME##_2) LABEL(K_##NAME##_12)
    static const void *const labels[FORWARD_COUNT] = {
        LABEL(F_END) LABEL(F_PAUSE) LABEL(F_CALL) LABEL(K_CALL) LABEL(F_LT) LABEL(F_LE) LABEL(F_GT) LABEL(F_GE) LABEL(F_EQ)
        LABEL(F_NE) LABEL(F_IS) LABEL(F_SUM) LABEL(F_MEAN) LABEL(F_DOT) LABEL(F_MAXIMUM) LABEL(F_MINIMUM) LABEL(F_LOGSUMEXP)
        LABEL(K_LOGSUMEXP) LABEL(F_POW_2) LABEL(F_DETACH) CHEAP_1(L_1) DEAR_1(L_1) CHEAP_2(L_1) DEAR_2(L_1) CHEAP_3(L_1) DEAR_1(L_K1) DEAR_2(L_K2)};
    DISPATCH
#else
    for (;;)
        switch (p->op) {
#endif
        CHEAP_1(RUN_1)
        DEAR_1(RUN_1)
        CHEAP_2(RUN_2)
        DEAR_2(RUN_2)
        CHEAP_3(RUN_3)
        DEAR_1(KEEP_1)
        DEAR_2(KEEP_2)
        GUARD(LT, x < y)
        GUARD(LE, x <= y)
        GUARD(GT, x > y)
        GUARD(GE, x >= y)
        GUARD(EQ, x == y)
        GUARD(NE, x != y)
        GUARD(IS, same_bits(x, y))
    CASE(F_SUM) : {
        if (!exact_sum(v, pool + p->a, p->b, &v[p->out]))
            ASK_PYTHON
        NEXT
    }
    CASE(F_MEAN) : {
        double sum;
        if (!exact_sum(v, pool + p->a, p->b, &sum))
            ASK_PYTHON
        v[p->out] = sum / (double)p->b;
        NEXT
    }
    CASE(F_DOT) : {
        if (!exact_dot(v, pool + p->a, p->b, &v[p->out]))
            ASK_PYTHON
        NEXT
    }
    CASE(F_MAXIMUM) : {
        v[p->out] = extremum(v, pool + p->a, p->b, 1);
        NEXT
    }
    CASE(F_MINIMUM) : {
        v[p->out] = extremum(v, pool + p->a, p->b, 0);
        NEXT
    }
    CASE(F_LOGSUMEXP) : {
        if (!log_sum_exp(v, pool + p->a, p->b, &v[p->out], NULL))
            ASK_PYTHON
        NEXT
    }
    CASE(K_LOGSUMEXP) : {
        if (!log_sum_exp(v, pool + p->a, p->b, &v[p->out], kept + p->d))
            ASK_PYTHON
        NEXT
    }
    CASE(F_POW_2) : {
        v[p->out] = pow_2(v[p->a]);
        NEXT
    }
    CASE(F_DETACH) : {
        v[p->out] = v[p->a];
        NEXT
    }
    CASE(F_CALL) : ASK_PYTHON
    CASE(K_CALL) : ASK_PYTHON
    CASE(F_PAUSE) : {
        s->p = p + 1;
        return PAUSED;
    }
    CASE(F_END) : return DONE;
#ifndef __GNUC__
        default: return DONE;
        }
#endif
}

#define BACK_1(NAME)                                        \
    CASE(R_##NAME) : {                                      \
        double d[1];                                        \
        partials_##NAME(&v[p->a], v[p->out], d);            \
        bar[p->a] += bar[p->out] * d[0];                    \
        NEXT                                                \
    }
#define BACK_2_AS(NAME, SUFFIX, ...)                        \
    CASE(R_##NAME##SUFFIX) : {                              \
        const double x[2] = {v[p->a], v[p->b]};             \
        const double of = bar[p->out];                      \
        double d[2];                                        \
        partials_##NAME(x, v[p->out], d);                   \
        __VA_ARGS__                                         \
        NEXT                                                \
    }
#define BACK_2(NAME)                                                            \
    BACK_2_AS(NAME, , bar[p->a] += of * d[0];)                                  \
    BACK_2_AS(NAME, _2, bar[p->b] += of * d[1];)                                \
    BACK_2_AS(NAME, _12, bar[p->a] += of * d[0]; bar[p->b] += of * d[1];)
#define BACK_3(NAME)                                                                        \
    CASE(R_##NAME) : {                                                                      \
        const double x[3] = {v[p->a], v[p->b], v[p->d]};                                    \
        const double of = bar[p->out];                                                      \
        double d[3];                                                                        \
        partials_##NAME(x, v[p->out], d);                                                   \
        bar[p->a] += of * d[0];                                                             \
        bar[p->b] += of * d[1];                                                             \
        bar[p->d] += of * d[2];                                                             \
        NEXT                                                                                \
    }

/* Run a reverse sweep from s->p on. The gradients of constants are written and never read. */
static enum Stop run_reverse(const Program *program, State *s) {
    const double *const v = s->v, *const kept = s->kept;
    double *const bar = s->bar;
    const int32_t *const pool = program->pool;
    const int32_t first = program->first;
    const Code *p = s->p;
#ifdef __GNUC__
#define L_B1(NAME) LABEL(R_##NAME)
#define L_B2(NAME) LABEL(R_##NAME) LABEL(R_##NAME##_2) LABEL(R_##NAME##_12)
    static const void *const labels[REVERSE_COUNT] = {
        LABEL(R_END) LABEL(R_PAUSE) LABEL(R_KEPT_1) LABEL(R_KEPT_2) LABEL(R_KEPT_N) LABEL(R_SUM) LABEL(R_MEAN) LABEL(R_DOT)
        LABEL(R_SHARES) LABEL(R_POW_2) CHEAP_1(L_B1) CHEAP_2(L_B2) CHEAP_3(L_B1)};
    DISPATCH
#else
    for (;;)
        switch (p->op) {
#endif
        CHEAP_1(BACK_1)
        CHEAP_2(BACK_2)
        CHEAP_3(BACK_3)
    CASE(R_KEPT_1) : {
        bar[p->a] += bar[p->out] * kept[p->d];
        NEXT
    }
    CASE(R_KEPT_2) : {
        const double of = bar[p->out];
        bar[p->a] += of * kept[p->d];
        bar[p->b] += of * kept[p->d + 1];
        NEXT
    }
    CASE(R_KEPT_N) : {
        const int32_t *us = pool + p->a;
        const double of = bar[p->out], *d = kept + p->d;
        for (int32_t k = 0; k < p->b; k++)
            if (us[k] >= first)
                bar[us[k]] += of * d[k];
        NEXT
    }
    CASE(R_SUM) : {
        const int32_t *us = pool + p->a;
        const double of = bar[p->out];
        for (int32_t k = 0; k < p->b; k++)
            bar[us[k]] += of;
        NEXT
    }
    CASE(R_MEAN) : {
        const int32_t *us = pool + p->a;
        const double part = bar[p->out] * (1.0 / (double)p->b);
        for (int32_t k = 0; k < p->b; k++)
            bar[us[k]] += part;
        NEXT
    }
    CASE(R_DOT) : {
        const int32_t half = p->b / 2, *ws = pool + p->a, *xs = ws + half;
        const double of = bar[p->out];
        for (int32_t k = 0; k < half; k++)
            if (ws[k] >= first)
                bar[ws[k]] += of * v[xs[k]];
        for (int32_t k = 0; k < half; k++)
            if (xs[k] >= first)
                bar[xs[k]] += of * v[ws[k]];
        bar[ws[p->b - 1]] += of;
        NEXT
    }
    CASE(R_SHARES) : {
        const int32_t *us = pool + p->a;
        const double of = bar[p->out], out = v[p->out];
        double hits = 0.0;
        for (int32_t k = 0; k < p->b; k++)
            hits += v[us[k]] == out ? 1.0 : 0.0;
        for (int32_t k = 0; k < p->b; k++)
            bar[us[k]] += of * ((v[us[k]] == out ? 1.0 : 0.0) / hits);
        NEXT
    }
    CASE(R_POW_2) : {
        bar[p->a] += bar[p->out] * (2.0 * v[p->a]);
        NEXT
    }
    CASE(R_PAUSE) : {
        s->p = p + 1;
        return PAUSED;
    }
    CASE(R_END) : return DONE;
#ifndef __GNUC__
        default: return DONE;
        }
#endif
}

#endif
