/* Written by autograd/primitives/c_header.py from the table of primitives: change that, not this.

rule_NAME(x, d) is the number of a row for the numbers x of its operands, and puts its partials into d. */

#ifndef STEPGRAD_RULES_H
#define STEPGRAD_RULES_H

#include <math.h>
#include <stddef.h>

typedef double (*Rule)(const double *x, double *d);
typedef double (*ManyRule)(const double *x, ptrdiff_t n, double *d);

/* The results are Python's: primitives/ieee.py. */
static inline double ieee_sign(double u) { return u > 0.0 ? 1.0 : u < 0.0 ? -1.0 : u * 0.0; }

static inline double ieee_pow(double u, double v) { return v == 1.0 ? u : pow(u, v); }

static inline double ieee_mod(double u, double v) {
    double mod = fmod(u, v);
    if (mod != 0.0)
        return (v < 0.0) != (mod < 0.0) ? mod + v : mod;
    return copysign(0.0, v);
}

static inline double ieee_floordiv(double u, double v) {
    if (v == 0.0)
        return u / v;
    double mod = fmod(u, v), quotient = (u - mod) / v;
    if (mod != 0.0 && (v < 0.0) != (mod < 0.0))
        quotient -= 1.0;
    if (quotient == 0.0)
        return copysign(0.0, u / v);
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

static inline double rule_add(const double *x, double *d) {
    const double out = x[0] + x[1];
    d[0] = 1.0;
    d[1] = 1.0;
    return out;
}

static inline double rule_sub(const double *x, double *d) {
    const double out = x[0] - x[1];
    d[0] = 1.0;
    d[1] = -1.0;
    return out;
}

static inline double rule_mul(const double *x, double *d) {
    const double out = x[0] * x[1];
    d[0] = x[1];
    d[1] = x[0];
    return out;
}

static inline double rule_div(const double *x, double *d) {
    const double out = x[0] / x[1];
    d[0] = 1.0 / x[1];
    d[1] = -(out / x[1]);
    return out;
}

static inline double rule_pow(const double *x, double *d) {
    const double out = ieee_pow(x[0], x[1]);
    const int t1 = x[0] == 0.0;
    d[0] = (x[1] == 0.0) ? 0.0 : ((((((x[1] >= 0.5) && (x[1] < 4503599627370496.0)) || t1) || (fabs(x[0]) == INFINITY)) || (fabs(x[1]) == INFINITY)) ? (x[1] * ieee_pow(x[0], (x[1] - 1.0))) : (x[1] * (out / x[0])));
    const int t2 = t1 && (x[1] >= 0.0);
    d[1] = t2 ? 0.0 : (out * log((t2 ? 1.0 : x[0])));
    return out;
}

static inline double rule_neg(const double *x, double *d) {
    const double out = -x[0];
    d[0] = -1.0;
    return out;
}

static inline double rule_abs(const double *x, double *d) {
    const double out = fabs(x[0]);
    d[0] = ieee_sign(x[0]);
    return out;
}

static inline double rule_floordiv(const double *x, double *d) {
    const double out = ieee_floordiv(x[0], x[1]);
    d[0] = 0.0;
    d[1] = 0.0;
    return out;
}

static inline double rule_mod(const double *x, double *d) {
    const double out = ieee_mod(x[0], x[1]);
    d[0] = 1.0;
    d[1] = -ieee_floordiv(x[0], x[1]);
    return out;
}

static inline double rule_floor(const double *x, double *d) {
    const double out = floor(x[0]);
    d[0] = 0.0;
    return out;
}

static inline double rule_ceil(const double *x, double *d) {
    const double out = ceil(x[0]);
    d[0] = 0.0;
    return out;
}

static inline double rule_trunc(const double *x, double *d) {
    const double out = trunc(x[0]);
    d[0] = 0.0;
    return out;
}

static inline double rule_exp(const double *x, double *d) {
    const double out = exp(x[0]);
    d[0] = out;
    return out;
}

static inline double rule_exp2(const double *x, double *d) {
    const double out = exp2(x[0]);
    d[0] = out * 0.6931471805599453;
    return out;
}

static inline double rule_expm1(const double *x, double *d) {
    const double out = expm1(x[0]);
    d[0] = exp(x[0]);
    return out;
}

static inline double rule_log(const double *x, double *d) {
    const double out = log(x[0]);
    d[0] = 1.0 / x[0];
    return out;
}

static inline double rule_log2(const double *x, double *d) {
    const double out = log2(x[0]);
    d[0] = (1.0 / x[0]) / 0.6931471805599453;
    return out;
}

static inline double rule_log10(const double *x, double *d) {
    const double out = log10(x[0]);
    d[0] = (1.0 / x[0]) / 2.302585092994046;
    return out;
}

static inline double rule_log1p(const double *x, double *d) {
    const double out = log1p(x[0]);
    d[0] = 1.0 / (1.0 + x[0]);
    return out;
}

static inline double rule_sqrt(const double *x, double *d) {
    const double out = sqrt(x[0]);
    d[0] = 0.5 / out;
    return out;
}

static inline double rule_cbrt(const double *x, double *d) {
    const double out = cbrt(x[0]);
    d[0] = ((x[0] == 0.0) ? INFINITY : ((fabs(x[0]) == INFINITY) ? 0.0 : (out / x[0]))) / 3.0;
    return out;
}

static inline double rule_square(const double *x, double *d) {
    const double out = x[0] * x[0];
    d[0] = 2.0 * x[0];
    return out;
}

static inline double rule_sin(const double *x, double *d) {
    const double out = sin(x[0]);
    d[0] = cos(x[0]);
    return out;
}

static inline double rule_cos(const double *x, double *d) {
    const double out = cos(x[0]);
    d[0] = -sin(x[0]);
    return out;
}

static inline double rule_tan(const double *x, double *d) {
    const double out = tan(x[0]);
    d[0] = 1.0 + (out * out);
    return out;
}

static inline double rule_asin(const double *x, double *d) {
    const double out = asin(x[0]);
    d[0] = 1.0 / sqrt(((1.0 - x[0]) * (1.0 + x[0])));
    return out;
}

static inline double rule_acos(const double *x, double *d) {
    const double out = acos(x[0]);
    d[0] = -1.0 / sqrt(((1.0 - x[0]) * (1.0 + x[0])));
    return out;
}

static inline double rule_sinh(const double *x, double *d) {
    const double out = sinh(x[0]);
    d[0] = cosh(x[0]);
    return out;
}

static inline double rule_cosh(const double *x, double *d) {
    const double out = cosh(x[0]);
    d[0] = sinh(x[0]);
    return out;
}

static inline double rule_tanh(const double *x, double *d) {
    const double out = tanh(x[0]);
    const double t1 = 2.0 * x[0];
    const double t2 = exp((-fabs(t1)));
    const double t3 = -2.0 * x[0];
    const double t4 = exp((-fabs(t3)));
    d[0] = (4.0 * (((t1 < 0.0) ? t2 : 1.0) / (1.0 + t2))) * (((t3 < 0.0) ? t4 : 1.0) / (1.0 + t4));
    return out;
}

static inline double rule_acosh(const double *x, double *d) {
    const double out = acosh(x[0]);
    d[0] = 1.0 / (sqrt((x[0] - 1.0)) * sqrt((x[0] + 1.0)));
    return out;
}

static inline double rule_atanh(const double *x, double *d) {
    const double out = atanh(x[0]);
    d[0] = 1.0 / ((1.0 - x[0]) * (1.0 + x[0]));
    return out;
}

static inline double rule_erf(const double *x, double *d) {
    const double out = erf(x[0]);
    const double t1 = (x[0] + 1649267441664.0) - 1649267441664.0;
    const double t2 = exp(((-1.0 * t1) * t1));
    d[0] = 1.1283791670955126 * ((fabs(x[0]) > 64.0) ? 0.0 : (t2 + (t2 * expm1(((-1.0 * (x[0] - t1)) * (x[0] + t1))))));
    return out;
}

static inline double rule_erfc(const double *x, double *d) {
    const double out = erfc(x[0]);
    const double t1 = (x[0] + 1649267441664.0) - 1649267441664.0;
    const double t2 = exp(((-1.0 * t1) * t1));
    d[0] = -1.1283791670955126 * ((fabs(x[0]) > 64.0) ? 0.0 : (t2 + (t2 * expm1(((-1.0 * (x[0] - t1)) * (x[0] + t1))))));
    return out;
}

static inline double rule_normal_cdf(const double *x, double *d) {
    const int t0 = fabs(x[0]) > 64.0;
    const double t1 = t0 ? (ieee_sign(x[0]) * 64.0) : x[0];
    const double t2 = t1 * 0.7071067811865476;
    const double t3 = -t2;
    const double t4 = t1 * 134217729.0;
    const double t5 = t4 - (t4 - t1);
    const double t6 = t1 - t5;
    const double out = (0.5 * erfc(t3)) + ((((((((t5 * 0.7071067839860916) - t2) + (t5 * -2.7995440410322203e-09)) + (t6 * 0.7071067839860916)) + (t6 * -2.7995440410322203e-09)) + (t1 * -4.833646656726457e-17)) * exp((t3 * t2))) * 0.5641895835477563);
    const double t8 = (x[0] + 1649267441664.0) - 1649267441664.0;
    const double t9 = exp(((-0.5 * t8) * t8));
    d[0] = (t0 ? 0.0 : (t9 + (t9 * expm1(((-0.5 * (x[0] - t8)) * (x[0] + t8)))))) / 2.5066282746310002;
    return out;
}

static inline double rule_sigmoid(const double *x, double *d) {
    const double t0 = exp((-fabs(x[0])));
    const double out = ((x[0] < 0.0) ? t0 : 1.0) / (1.0 + t0);
    const double t2 = -x[0];
    const double t3 = exp((-fabs(t2)));
    d[0] = out * (((t2 < 0.0) ? t3 : 1.0) / (1.0 + t3));
    return out;
}

static inline double rule_logsigmoid(const double *x, double *d) {
    const double out = ((x[0] < 0.0) ? x[0] : 0.0) - log1p(exp((-fabs(x[0]))));
    const double t1 = -x[0];
    const double t2 = exp((-fabs(t1)));
    d[0] = ((t1 < 0.0) ? t2 : 1.0) / (1.0 + t2);
    return out;
}

static inline double rule_softplus(const double *x, double *d) {
    const double t0 = exp((-fabs(x[0])));
    const double out = ((x[0] > 0.0) ? x[0] : 0.0) + log1p(t0);
    d[0] = ((x[0] < 0.0) ? t0 : 1.0) / (1.0 + t0);
    return out;
}

static inline double rule_relu(const double *x, double *d) {
    const int t0 = x[0] <= 0.0;
    const double out = t0 ? 0.0 : x[0];
    d[0] = t0 ? 0.0 : 1.0;
    return out;
}

static inline double rule_leaky_relu(const double *x, double *d) {
    const int t0 = x[0] > 0.0;
    const double out = t0 ? x[0] : (x[1] * x[0]);
    d[0] = t0 ? 1.0 : x[1];
    d[1] = t0 ? 0.0 : x[0];
    return out;
}

static inline double rule_elu(const double *x, double *d) {
    const int t0 = x[0] > 0.0;
    const double t1 = expm1(x[0]);
    const double out = t0 ? x[0] : (x[1] * t1);
    d[0] = t0 ? 1.0 : (x[1] * exp(x[0]));
    d[1] = t0 ? 0.0 : t1;
    return out;
}

static inline double rule_silu(const double *x, double *d) {
    const int t0 = x[0] < 0.0;
    const double t1 = (fabs(x[0]) > 800.0) ? -800.0 : (t0 ? x[0] : (-x[0]));
    const double t2 = exp((0.5 * t1));
    const double out = (t0 ? ((t1 * t2) * t2) : x[0]) / (1.0 + (t2 * t2));
    const double t4 = ((t0 ? t1 : 0.0) - -1.2784645427610737) - -1.0946994183093437e-16;
    const double t5 = expm1(t4);
    const double t6 = t4 + ((1.0946994183093437e-16 * t5) + (0.2784645427610737 * t5));
    const double t7 = exp(t1);
    const double t8 = 1.0 + t7;
    d[0] = (t0 ? ((x[0] < -700.0) ? ((t2 * t6) * t2) : (t7 * t6)) : (1.0 + (t7 * (1.0 - t1)))) / (t8 * t8);
    return out;
}

static inline double rule_sign(const double *x, double *d) {
    const double out = ieee_sign(x[0]);
    d[0] = 0.0;
    return out;
}

static inline double rule_copysign(const double *x, double *d) {
    const double out = copysign(x[0], x[1]);
    d[0] = ieee_sign(x[0]) * copysign(1.0, x[1]);
    d[1] = 0.0;
    return out;
}

static inline double rule_where(const double *x, double *d) {
    const int t0 = x[0] != 0.0;
    const double out = t0 ? x[1] : x[2];
    d[0] = 0.0;
    d[1] = t0 ? 1.0 : 0.0;
    d[2] = t0 ? 0.0 : 1.0;
    return out;
}

static inline double rule_clamp(const double *x, double *d) {
    const int t0 = x[0] > x[2];
    const int t1 = x[0] < x[1];
    const double out = t0 ? x[2] : (t1 ? x[1] : x[0]);
    d[0] = ((x[0] >= x[1]) && (x[0] <= x[2])) ? 1.0 : 0.0;
    d[1] = t1 ? 1.0 : 0.0;
    d[2] = t0 ? 1.0 : 0.0;
    return out;
}

static inline double rule_degrees(const double *x, double *d) {
    const double out = x[0] * 57.29577951308232;
    d[0] = 57.29577951308232;
    return out;
}

static inline double rule_radians(const double *x, double *d) {
    const double out = x[0] * 0.017453292519943295;
    d[0] = 0.017453292519943295;
    return out;
}

static inline double rule_fmod(const double *x, double *d) {
    const double out = fmod(x[0], x[1]);
    d[0] = 1.0;
    d[1] = -((ieee_sign(x[0]) * ieee_sign(x[1])) * ieee_floordiv(fabs(x[0]), fabs(x[1])));
    return out;
}

static inline double rule_xlogy(const double *x, double *d) {
    const int t0 = x[0] == 0.0;
    const double t1 = log(x[1]);
    const double out = (t0 && (x[1] == x[1])) ? 0.0 : (x[0] * t1);
    d[0] = t1;
    d[1] = (t0 && (x[1] == 0.0)) ? 0.0 : (x[0] / x[1]);
    return out;
}

static inline double rule_logaddexp(const double *x, double *d) {
    const int t0 = x[0] < x[1];
    const double t1 = t0 ? x[1] : x[0];
    const double t2 = t0 ? x[0] : x[1];
    const double t3 = t2 - t1;
    const double t4 = t3 + t1;
    const double t5 = (t2 - t4) + ((t4 - t3) - t1);
    const double t6 = exp(t3);
    const double t7 = (t5 == t5) ? (t6 * (1.0 + t5)) : t6;
    const double out = (x[0] == x[1]) ? (x[0] + 0.6931471805599453) : (t1 + log1p(t7));
    const double t9 = 1.0 + t7;
    d[0] = (t0 ? t7 : 1.0) / t9;
    d[1] = (t0 ? 1.0 : t7) / t9;
    return out;
}

static inline double rule_identity(const double *x, double *d) {
    d[0] = 1.0;
    return x[0];
}

static inline double rule_step(const double *x, double *d) {
    const double out = (x[0] <= 0.0) ? 0.0 : 1.0;
    d[0] = 0.0;
    return out;
}

static inline double rule_expdiff(const double *x, double *d) {
    const double t0 = x[0] - x[1];
    const double t1 = t0 + x[1];
    const double t2 = (x[0] - t1) + ((t1 - t0) - x[1]);
    const double t3 = exp(t0);
    const double out = (t2 == t2) ? (t3 * (1.0 + t2)) : t3;
    d[0] = out;
    d[1] = -out;
    return out;
}

static inline double rule_gauss(const double *x, double *d) {
    const int t0 = fabs(x[0]) > 64.0;
    const double t1 = -x[1];
    const double t2 = (x[0] + 1649267441664.0) - 1649267441664.0;
    const double t3 = exp(((t1 * t2) * t2));
    const double out = t0 ? 0.0 : (t3 + (t3 * expm1(((t1 * (x[0] - t2)) * (x[0] + t2)))));
    d[0] = t0 ? 0.0 : (((-2.0 * x[1]) * x[0]) * out);
    d[1] = t0 ? 0.0 : (((-x[0]) * x[0]) * out);
    return out;
}

static inline double rule_one_minus_square(const double *x, double *d) {
    const double out = (1.0 - x[0]) * (1.0 + x[0]);
    d[0] = -2.0 * x[0];
    return out;
}

static inline double rule_pinned(const double *x, double *d) {
    const double out = (x[0] != 0.0) ? x[1] : x[2];
    d[0] = 0.0;
    d[1] = 1.0;
    d[2] = 0.0;
    return out;
}

#ifdef FOR_NODES /* operators.h, which has python_hypot and so on, and sums */

static inline double rule_atan(const double *x, double *d) {
    const double out = atan(x[0]);
    const double t1 = python_hypot(1.0, x[0]);
    d[0] = (1.0 / t1) / t1;
    return out;
}

static inline double rule_atan2(const double *x, double *d) {
    const double out = atan2(x[0], x[1]);
    const double t1 = python_hypot(x[0], x[1]);
    const int t2 = t1 == 0.0;
    const int t3 = ((t1 == INFINITY) && (x[0] == x[0])) && (x[1] == x[1]);
    d[0] = t2 ? 0.0 : (t3 ? 0.0 : ((x[1] / t1) / t1));
    d[1] = t2 ? 0.0 : (t3 ? 0.0 : (-((x[0] / t1) / t1)));
    return out;
}

static inline double rule_asinh(const double *x, double *d) {
    const double out = asinh(x[0]);
    d[0] = 1.0 / python_hypot(1.0, x[0]);
    return out;
}

static inline double rule_hypot(const double *x, double *d) {
    const double out = python_hypot(x[0], x[1]);
    const int t1 = out == 0.0;
    d[0] = t1 ? 0.0 : (x[0] / out);
    d[1] = t1 ? 0.0 : (x[1] / out);
    return out;
}

static inline double rule_gelu(const double *x, double *d) {
    const double t0 = python_unary(py_gelu_apart, x[0]);
    const int t1 = fabs(x[0]) > 64.0;
    const double t2 = t1 ? (ieee_sign(x[0]) * 64.0) : x[0];
    const double t3 = t2 * 0.7071067811865476;
    const double t4 = -t3;
    const double t5 = t2 * 134217729.0;
    const double t6 = t5 - (t5 - t2);
    const double t7 = t2 - t6;
    const double t8 = (0.5 * erfc(t4)) + ((((((((t6 * 0.7071067839860916) - t3) + (t6 * -2.7995440410322203e-09)) + (t7 * 0.7071067839860916)) + (t7 * -2.7995440410322203e-09)) + (t2 * -4.833646656726457e-17)) * exp((t4 * t3))) * 0.5641895835477563);
    const double out = (t0 == t0) ? t0 : (x[0] * t8);
    const double t10 = python_unary(py_gelu_slope_apart, x[0]);
    const double t11 = (x[0] + 1649267441664.0) - 1649267441664.0;
    const double t12 = exp(((-0.5 * t11) * t11));
    d[0] = (t10 == t10) ? t10 : (t8 + (x[0] * ((t1 ? 0.0 : (t12 + (t12 * expm1(((-0.5 * (x[0] - t11)) * (x[0] + t11)))))) / 2.5066282746310002)));
    return out;
}

static double rule_maximum(const double *x, ptrdiff_t n, double *d) {
    double t0 = x[0];
    for (ptrdiff_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            return NAN;
        if (x[i] > t0)
            t0 = x[i];
    }
    Sum s_t1 = {0.0, 0.0, 0.0};
    for (ptrdiff_t i = 0; i < n; i++) {
        const int u0 = x[i] == t0;
        const double u1 = u0 ? 1.0 : 0.0;
        add_term(&s_t1, u1);
    }
    double t1;
    if (!rounded(&s_t1, &t1))
        return NAN;
    for (ptrdiff_t i = 0; i < n; i++) {
        const int u0 = x[i] == t0;
        const double u1 = u0 ? 1.0 : 0.0;
        const double u2 = u1 / t1;
        d[i] = u2;
    }
    return t0;
}

static double rule_minimum(const double *x, ptrdiff_t n, double *d) {
    double t0 = x[0];
    for (ptrdiff_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            return NAN;
        if (x[i] < t0)
            t0 = x[i];
    }
    Sum s_t1 = {0.0, 0.0, 0.0};
    for (ptrdiff_t i = 0; i < n; i++) {
        const int u0 = x[i] == t0;
        const double u1 = u0 ? 1.0 : 0.0;
        add_term(&s_t1, u1);
    }
    double t1;
    if (!rounded(&s_t1, &t1))
        return NAN;
    for (ptrdiff_t i = 0; i < n; i++) {
        const int u0 = x[i] == t0;
        const double u1 = u0 ? 1.0 : 0.0;
        const double u2 = u1 / t1;
        d[i] = u2;
    }
    return t0;
}

static double rule_sum(const double *x, ptrdiff_t n, double *d) {
    Sum s_t0 = {0.0, 0.0, 0.0};
    for (ptrdiff_t i = 0; i < n; i++) {
        add_term(&s_t0, x[i]);
    }
    double t0;
    if (!rounded(&s_t0, &t0))
        return NAN;
    for (ptrdiff_t i = 0; i < n; i++) {
        d[i] = 1.0;
    }
    return t0;
}

static double rule_mean(const double *x, ptrdiff_t n, double *d) {
    Sum s_t0 = {0.0, 0.0, 0.0};
    for (ptrdiff_t i = 0; i < n; i++) {
        add_term(&s_t0, x[i]);
    }
    double t0;
    if (!rounded(&s_t0, &t0))
        return NAN;
    const double t1 = t0 / (double)n;
    const double t2 = 1.0 / (double)n;
    for (ptrdiff_t i = 0; i < n; i++) {
        d[i] = t2;
    }
    return t1;
}

static double rule_norm(const double *x, ptrdiff_t n, double *d) {
    const double t0 = python_norm(x, n);
    const int t1 = t0 == 0.0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const double u0 = x[i] / t0;
        const double u1 = t1 ? 0.0 : u0;
        d[i] = u1;
    }
    return t0;
}

static double rule_logsumexp(const double *x, ptrdiff_t n, double *d) {
    double t0 = x[0];
    for (ptrdiff_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            return NAN;
        if (x[i] > t0)
            t0 = x[i];
    }
    const double t1 = fabs(t0);
    const int t2 = t1 == INFINITY;
    const double t3 = t2 ? 0.0 : t0;
    Sum s_t4 = {0.0, 0.0, 0.0};
    for (ptrdiff_t i = 0; i < n; i++) {
        const double u0 = x[i] - t3;
        const double u1 = u0 + t3;
        const double u2 = x[i] - u1;
        const double u3 = u1 - u0;
        const double u4 = u3 - t3;
        const double u5 = u2 + u4;
        const int u6 = u5 == u5;
        const double u7 = exp(u0);
        const double u8 = 1.0 + u5;
        const double u9 = u7 * u8;
        const double u10 = u6 ? u9 : u7;
        add_term(&s_t4, u10);
    }
    add_term(&s_t4, -1.0);
    double t4;
    if (!rounded(&s_t4, &t4))
        return NAN;
    const double t5 = log1p(t4);
    const double t6 = t3 + t5;
    Sum s_t7 = {0.0, 0.0, 0.0};
    for (ptrdiff_t i = 0; i < n; i++) {
        const double u0 = x[i] - t3;
        const double u1 = u0 + t3;
        const double u2 = x[i] - u1;
        const double u3 = u1 - u0;
        const double u4 = u3 - t3;
        const double u5 = u2 + u4;
        const int u6 = u5 == u5;
        const double u7 = exp(u0);
        const double u8 = 1.0 + u5;
        const double u9 = u7 * u8;
        const double u10 = u6 ? u9 : u7;
        add_term(&s_t7, u10);
    }
    double t7;
    if (!rounded(&s_t7, &t7))
        return NAN;
    for (ptrdiff_t i = 0; i < n; i++) {
        const double u0 = x[i] - t3;
        const double u1 = u0 + t3;
        const double u2 = x[i] - u1;
        const double u3 = u1 - u0;
        const double u4 = u3 - t3;
        const double u5 = u2 + u4;
        const int u6 = u5 == u5;
        const double u7 = exp(u0);
        const double u8 = 1.0 + u5;
        const double u9 = u7 * u8;
        const double u10 = u6 ? u9 : u7;
        const double u11 = u10 / t7;
        d[i] = u11;
    }
    return t6;
}

static inline double rule_gelu_slope(const double *x, double *d) {
    const double t0 = python_unary(py_gelu_slope_apart, x[0]);
    const int t1 = fabs(x[0]) > 64.0;
    const double t2 = t1 ? (ieee_sign(x[0]) * 64.0) : x[0];
    const double t3 = t2 * 0.7071067811865476;
    const double t4 = -t3;
    const double t5 = t2 * 134217729.0;
    const double t6 = t5 - (t5 - t2);
    const double t7 = t2 - t6;
    const double t8 = (x[0] + 1649267441664.0) - 1649267441664.0;
    const double t9 = exp(((-0.5 * t8) * t8));
    const double t10 = (t1 ? 0.0 : (t9 + (t9 * expm1(((-0.5 * (x[0] - t8)) * (x[0] + t8)))))) / 2.5066282746310002;
    const double out = (t0 == t0) ? t0 : (((0.5 * erfc(t4)) + ((((((((t6 * 0.7071067839860916) - t3) + (t6 * -2.7995440410322203e-09)) + (t7 * 0.7071067839860916)) + (t7 * -2.7995440410322203e-09)) + (t2 * -4.833646656726457e-17)) * exp((t4 * t3))) * 0.5641895835477563)) + (x[0] * t10));
    d[0] = t1 ? 0.0 : ((t10 * ((1.4142135623730951 - x[0]) + -9.667293313452913e-17)) * ((1.4142135623730951 + x[0]) + -9.667293313452913e-17));
    return out;
}

#endif

enum {
    OP_NONE,
    OP_add,
    OP_sub,
    OP_mul,
    OP_div,
    OP_pow,
    OP_neg,
    OP_abs,
    OP_floordiv,
    OP_mod,
    OP_round,
    OP_floor,
    OP_ceil,
    OP_trunc,
    OP_exp,
    OP_exp2,
    OP_expm1,
    OP_log,
    OP_log2,
    OP_log10,
    OP_log1p,
    OP_sqrt,
    OP_cbrt,
    OP_square,
    OP_sin,
    OP_cos,
    OP_tan,
    OP_asin,
    OP_acos,
    OP_atan,
    OP_atan2,
    OP_sinh,
    OP_cosh,
    OP_tanh,
    OP_asinh,
    OP_acosh,
    OP_atanh,
    OP_hypot,
    OP_erf,
    OP_erfc,
    OP_normal_cdf,
    OP_sigmoid,
    OP_logsigmoid,
    OP_softplus,
    OP_relu,
    OP_leaky_relu,
    OP_elu,
    OP_gelu,
    OP_silu,
    OP_sign,
    OP_copysign,
    OP_maximum,
    OP_minimum,
    OP_where,
    OP_clamp,
    OP_sum,
    OP_mean,
    OP_dot,
    OP_norm,
    OP_logsumexp,
    OP_degrees,
    OP_radians,
    OP_fmod,
    OP_remainder,
    OP_sinc,
    OP_xlogy,
    OP_logaddexp,
    OP_prod,
    OP_gamma,
    OP_lgamma,
    OP_digamma,
    OP_polygamma,
    OP_identity,
    OP_step,
    OP_expdiff,
    OP_gauss,
    OP_gelu_slope,
    OP_sinc_derivative,
    OP_one_minus_square,
    OP_pow_derivative,
    OP_pinned,
    OP_END
};

#define ROW_COUNT 80
static const char *const row_names[ROW_COUNT] = {
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "neg",
    "abs",
    "floordiv",
    "mod",
    "round",
    "floor",
    "ceil",
    "trunc",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "cbrt",
    "square",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "hypot",
    "erf",
    "erfc",
    "normal_cdf",
    "sigmoid",
    "logsigmoid",
    "softplus",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "sign",
    "copysign",
    "maximum",
    "minimum",
    "where",
    "clamp",
    "sum",
    "mean",
    "dot",
    "norm",
    "logsumexp",
    "degrees",
    "radians",
    "fmod",
    "remainder",
    "sinc",
    "xlogy",
    "logaddexp",
    "prod",
    "gamma",
    "lgamma",
    "digamma",
    "polygamma",
    "identity",
    "step",
    "expdiff",
    "gauss",
    "gelu_slope",
    "sinc_derivative",
    "one_minus_square",
    "pow_derivative",
    "pinned",
};
#ifdef FOR_NODES
static const Rule rules[ROW_COUNT] = {
    rule_add,
    rule_sub,
    rule_mul,
    rule_div,
    rule_pow,
    rule_neg,
    rule_abs,
    rule_floordiv,
    rule_mod,
    NULL,
    rule_floor,
    rule_ceil,
    rule_trunc,
    rule_exp,
    rule_exp2,
    rule_expm1,
    rule_log,
    rule_log2,
    rule_log10,
    rule_log1p,
    rule_sqrt,
    rule_cbrt,
    rule_square,
    rule_sin,
    rule_cos,
    rule_tan,
    rule_asin,
    rule_acos,
    rule_atan,
    rule_atan2,
    rule_sinh,
    rule_cosh,
    rule_tanh,
    rule_asinh,
    rule_acosh,
    rule_atanh,
    rule_hypot,
    rule_erf,
    rule_erfc,
    rule_normal_cdf,
    rule_sigmoid,
    rule_logsigmoid,
    rule_softplus,
    rule_relu,
    rule_leaky_relu,
    rule_elu,
    rule_gelu,
    rule_silu,
    rule_sign,
    rule_copysign,
    NULL,
    NULL,
    rule_where,
    rule_clamp,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    rule_degrees,
    rule_radians,
    rule_fmod,
    NULL,
    NULL,
    rule_xlogy,
    rule_logaddexp,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    rule_identity,
    rule_step,
    rule_expdiff,
    rule_gauss,
    rule_gelu_slope,
    NULL,
    rule_one_minus_square,
    NULL,
    rule_pinned,
};
static const ManyRule many_rules[ROW_COUNT] = {
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    rule_maximum,
    rule_minimum,
    NULL,
    NULL,
    rule_sum,
    rule_mean,
    NULL,
    rule_norm,
    rule_logsumexp,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
};
#endif
static const int arities[ROW_COUNT] = {
    2,
    2,
    2,
    2,
    2,
    1,
    1,
    2,
    2,
    2,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    2,
    1,
    1,
    1,
    1,
    1,
    1,
    2,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    2,
    2,
    1,
    1,
    1,
    2,
    0,
    0,
    3,
    3,
    0,
    0,
    0,
    0,
    0,
    1,
    1,
    2,
    2,
    1,
    2,
    2,
    0,
    1,
    1,
    1,
    2,
    1,
    1,
    2,
    2,
    1,
    2,
    1,
    4,
    3,
};

/* The methods of one operand: name, row. */
#define UNARY_METHODS(_) \
    _(abs, abs) \
    _(fabs, abs) \
    _(floor, floor) \
    _(ceil, ceil) \
    _(trunc, trunc) \
    _(exp, exp) \
    _(exp2, exp2) \
    _(expm1, expm1) \
    _(log, log) \
    _(log2, log2) \
    _(log10, log10) \
    _(log1p, log1p) \
    _(sqrt, sqrt) \
    _(cbrt, cbrt) \
    _(square, square) \
    _(sin, sin) \
    _(cos, cos) \
    _(tan, tan) \
    _(asin, asin) \
    _(arcsin, asin) \
    _(acos, acos) \
    _(arccos, acos) \
    _(atan, atan) \
    _(arctan, atan) \
    _(sinh, sinh) \
    _(cosh, cosh) \
    _(tanh, tanh) \
    _(asinh, asinh) \
    _(arcsinh, asinh) \
    _(acosh, acosh) \
    _(arccosh, acosh) \
    _(atanh, atanh) \
    _(arctanh, atanh) \
    _(erf, erf) \
    _(erfc, erfc) \
    _(normal_cdf, normal_cdf) \
    _(sigmoid, sigmoid) \
    _(logsigmoid, logsigmoid) \
    _(softplus, softplus) \
    _(relu, relu) \
    _(gelu, gelu) \
    _(silu, silu) \
    _(sign, sign) \
    _(degrees, degrees) \
    _(rad2deg, degrees) \
    _(radians, radians) \
    _(deg2rad, radians)

/* The functions of one operand: row, operand. */
#define UNARY_FUNCTIONS(_) \
    _(abs, u) \
    _(floor, u) \
    _(ceil, u) \
    _(trunc, u) \
    _(exp, u) \
    _(exp2, u) \
    _(expm1, u) \
    _(log, u) \
    _(log2, u) \
    _(log10, u) \
    _(log1p, u) \
    _(sqrt, u) \
    _(cbrt, u) \
    _(square, u) \
    _(sin, u) \
    _(cos, u) \
    _(tan, u) \
    _(asin, u) \
    _(acos, u) \
    _(atan, u) \
    _(sinh, u) \
    _(cosh, u) \
    _(tanh, u) \
    _(asinh, u) \
    _(acosh, u) \
    _(atanh, u) \
    _(erf, u) \
    _(erfc, u) \
    _(normal_cdf, u) \
    _(sigmoid, u) \
    _(logsigmoid, u) \
    _(softplus, u) \
    _(relu, u) \
    _(gelu, u) \
    _(silu, u) \
    _(sign, u) \
    _(degrees, u) \
    _(radians, u)

#define DOC_abs "abs(u): |u|. Takes numbers and `Value`s."
#define DOC_floor "floor(u): the largest whole number not above u. Takes numbers and `Value`s."
#define DOC_ceil "ceil(u): the smallest whole number not below u. Takes numbers and `Value`s."
#define DOC_trunc "trunc(u): u rounded towards 0. Takes numbers and `Value`s."
#define DOC_exp "exp(u): e to the power u. Takes numbers and `Value`s."
#define DOC_exp2 "exp2(u): 2 to the power u. Takes numbers and `Value`s."
#define DOC_expm1 "expm1(u): exp(u) - 1, accurate near 0. Takes numbers and `Value`s."
#define DOC_log "log(u): the natural logarithm. Takes numbers and `Value`s."
#define DOC_log2 "log2(u): the logarithm to base 2. Takes numbers and `Value`s."
#define DOC_log10 "log10(u): the logarithm to base 10. Takes numbers and `Value`s."
#define DOC_log1p "log1p(u): log(1 + u), accurate near 0. Takes numbers and `Value`s."
#define DOC_sqrt "sqrt(u): the square root. Takes numbers and `Value`s."
#define DOC_cbrt "cbrt(u): the real cube root. Takes numbers and `Value`s."
#define DOC_square "square(u): u * u. Takes numbers and `Value`s."
#define DOC_sin "sin(u): sine. Takes numbers and `Value`s."
#define DOC_cos "cos(u): cosine. Takes numbers and `Value`s."
#define DOC_tan "tan(u): tangent. Takes numbers and `Value`s."
#define DOC_asin "asin(u): arc sine. Takes numbers and `Value`s."
#define DOC_acos "acos(u): arc cosine. Takes numbers and `Value`s."
#define DOC_atan "atan(u): arc tangent. Takes numbers and `Value`s."
#define DOC_sinh "sinh(u): hyperbolic sine. Takes numbers and `Value`s."
#define DOC_cosh "cosh(u): hyperbolic cosine. Takes numbers and `Value`s."
#define DOC_tanh "tanh(u): hyperbolic tangent. Takes numbers and `Value`s."
#define DOC_asinh "asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s."
#define DOC_acosh "acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s."
#define DOC_atanh "atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s."
#define DOC_erf "erf(u): the error function. Takes numbers and `Value`s."
#define DOC_erfc "erfc(u): 1 - erf(u), accurate in the tail. Takes numbers and `Value`s."
#define DOC_normal_cdf "normal_cdf(u): the standard normal distribution function. Takes numbers and `Value`s."
#define DOC_sigmoid "sigmoid(u): 1 / (1 + exp(-u)). Takes numbers and `Value`s."
#define DOC_logsigmoid "logsigmoid(u): log(sigmoid(u)). Takes numbers and `Value`s."
#define DOC_softplus "softplus(u): log(1 + exp(u)). Takes numbers and `Value`s."
#define DOC_relu "relu(u): max(u, 0). Takes numbers and `Value`s."
#define DOC_gelu "gelu(u): u * normal_cdf(u), the exact form. Takes numbers and `Value`s."
#define DOC_silu "silu(u): u * sigmoid(u). Takes numbers and `Value`s."
#define DOC_sign "sign(u): -1, 0 or 1. Takes numbers and `Value`s."
#define DOC_degrees "degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s."
#define DOC_radians "radians(u): an angle in radians, from degrees. Takes numbers and `Value`s."

#endif
