/* Written by autograd/replay/native/lane_rows.py from the table of primitives: change that, not this.

lane_NAME(x, d) is the number of a row for vectors of its operands x, and puts its partials into d; again_NAME(x, out, d) puts
them into d, where they are computed again in the reverse sweep. NEEDS_NAME says what again_NAME reads: bit k for operand k,
bit 3 for the result. */

#ifndef STEPGRAD_LANE_ROWS_H
#define STEPGRAD_LANE_ROWS_H

#include "vectors.h"

static inline vec lane_add(const vec *x, vec *d) {
    const vec out = x[0] + x[1];
    d[0] = SPLAT(1.0);
    d[1] = SPLAT(1.0);
    return out;
}

static inline void again_add(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(1.0);
    d[1] = SPLAT(1.0);
}

#define NEEDS_add 0

static inline vec lane_sub(const vec *x, vec *d) {
    const vec out = x[0] - x[1];
    d[0] = SPLAT(1.0);
    d[1] = SPLAT(-1.0);
    return out;
}

static inline void again_sub(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(1.0);
    d[1] = SPLAT(-1.0);
}

#define NEEDS_sub 0

static inline vec lane_mul(const vec *x, vec *d) {
    const vec out = x[0] * x[1];
    d[0] = x[1];
    d[1] = x[0];
    return out;
}

static inline void again_mul(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = x[1];
    d[1] = x[0];
}

#define NEEDS_mul 3

static inline vec lane_div(const vec *x, vec *d) {
    const vec out = x[0] / x[1];
    d[0] = SPLAT(1.0) / x[1];
    d[1] = -(out / x[1]);
    return out;
}

static inline void again_div(const vec *x, vec out, vec *d) {
    d[0] = SPLAT(1.0) / x[1];
    d[1] = -(out / x[1]);
}

#define NEEDS_div 10

static inline vec lane_pow(const vec *x, vec *d) {
    const vec out = v_pow(x[0], x[1]);
    const mask t1 = x[0] == SPLAT(0.0);
    d[0] = sel((x[1] == SPLAT(0.0)), SPLAT(0.0), sel((((((x[1] >= SPLAT(0.5)) & (x[1] < SPLAT(4503599627370496.0))) | t1) | (v_abs(x[0]) == SPLAT(INFINITY))) | (v_abs(x[1]) == SPLAT(INFINITY))), (x[1] * v_pow(x[0], (x[1] - SPLAT(1.0)))), (x[1] * (out / x[0]))));
    const mask t2 = t1 & (x[1] >= SPLAT(0.0));
    d[1] = sel(t2, SPLAT(0.0), (out * v_log(sel(t2, SPLAT(1.0), x[0]))));
    return out;
}

static inline vec lane_neg(const vec *x, vec *d) {
    const vec out = -x[0];
    d[0] = SPLAT(-1.0);
    return out;
}

static inline void again_neg(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(-1.0);
}

#define NEEDS_neg 0

static inline vec lane_abs(const vec *x, vec *d) {
    const vec out = v_abs(x[0]);
    d[0] = v_sign(x[0]);
    return out;
}

static inline void again_abs(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = v_sign(x[0]);
}

#define NEEDS_abs 1

static inline vec lane_floordiv(const vec *x, vec *d) {
    const vec out = v_floordiv(x[0], x[1]);
    d[0] = SPLAT(0.0);
    d[1] = SPLAT(0.0);
    return out;
}

static inline void again_floordiv(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.0);
    d[1] = SPLAT(0.0);
}

#define NEEDS_floordiv 0

static inline vec lane_mod(const vec *x, vec *d) {
    const vec out = v_mod(x[0], x[1]);
    d[0] = SPLAT(1.0);
    d[1] = -v_floordiv(x[0], x[1]);
    return out;
}

static inline vec lane_floor(const vec *x, vec *d) {
    const vec out = v_floor(x[0]);
    d[0] = SPLAT(0.0);
    return out;
}

static inline void again_floor(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.0);
}

#define NEEDS_floor 0

static inline vec lane_ceil(const vec *x, vec *d) {
    const vec out = v_ceil(x[0]);
    d[0] = SPLAT(0.0);
    return out;
}

static inline void again_ceil(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.0);
}

#define NEEDS_ceil 0

static inline vec lane_trunc(const vec *x, vec *d) {
    const vec out = v_trunc(x[0]);
    d[0] = SPLAT(0.0);
    return out;
}

static inline void again_trunc(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.0);
}

#define NEEDS_trunc 0

static inline vec lane_exp(const vec *x, vec *d) {
    const vec out = v_exp(x[0]);
    d[0] = out;
    return out;
}

static inline void again_exp(const vec *x, vec out, vec *d) {
    (void)x;
    d[0] = out;
}

#define NEEDS_exp 8

static inline vec lane_exp2(const vec *x, vec *d) {
    const vec out = v_exp2(x[0]);
    d[0] = out * SPLAT(0.6931471805599453);
    return out;
}

static inline void again_exp2(const vec *x, vec out, vec *d) {
    (void)x;
    d[0] = out * SPLAT(0.6931471805599453);
}

#define NEEDS_exp2 8

static inline vec lane_expm1(const vec *x, vec *d) {
    const vec out = v_expm1(x[0]);
    d[0] = v_exp(x[0]);
    return out;
}

static inline vec lane_log(const vec *x, vec *d) {
    const vec out = v_log(x[0]);
    d[0] = SPLAT(1.0) / x[0];
    return out;
}

static inline void again_log(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(1.0) / x[0];
}

#define NEEDS_log 1

static inline vec lane_log2(const vec *x, vec *d) {
    const vec out = v_log2(x[0]);
    d[0] = (SPLAT(1.0) / x[0]) / SPLAT(0.6931471805599453);
    return out;
}

static inline void again_log2(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = (SPLAT(1.0) / x[0]) / SPLAT(0.6931471805599453);
}

#define NEEDS_log2 1

static inline vec lane_log10(const vec *x, vec *d) {
    const vec out = v_log10(x[0]);
    d[0] = (SPLAT(1.0) / x[0]) / SPLAT(2.302585092994046);
    return out;
}

static inline void again_log10(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = (SPLAT(1.0) / x[0]) / SPLAT(2.302585092994046);
}

#define NEEDS_log10 1

static inline vec lane_log1p(const vec *x, vec *d) {
    const vec out = v_log1p(x[0]);
    d[0] = SPLAT(1.0) / (SPLAT(1.0) + x[0]);
    return out;
}

static inline void again_log1p(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(1.0) / (SPLAT(1.0) + x[0]);
}

#define NEEDS_log1p 1

static inline vec lane_sqrt(const vec *x, vec *d) {
    const vec out = v_sqrt(x[0]);
    d[0] = SPLAT(0.5) / out;
    return out;
}

static inline void again_sqrt(const vec *x, vec out, vec *d) {
    (void)x;
    d[0] = SPLAT(0.5) / out;
}

#define NEEDS_sqrt 8

static inline vec lane_cbrt(const vec *x, vec *d) {
    const vec out = v_cbrt(x[0]);
    d[0] = sel((x[0] == SPLAT(0.0)), SPLAT(INFINITY), sel((v_abs(x[0]) == SPLAT(INFINITY)), SPLAT(0.0), (out / x[0]))) / SPLAT(3.0);
    return out;
}

static inline void again_cbrt(const vec *x, vec out, vec *d) {
    d[0] = sel((x[0] == SPLAT(0.0)), SPLAT(INFINITY), sel((v_abs(x[0]) == SPLAT(INFINITY)), SPLAT(0.0), (out / x[0]))) / SPLAT(3.0);
}

#define NEEDS_cbrt 9

static inline vec lane_square(const vec *x, vec *d) {
    const vec out = x[0] * x[0];
    d[0] = SPLAT(2.0) * x[0];
    return out;
}

static inline void again_square(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(2.0) * x[0];
}

#define NEEDS_square 1

static inline vec lane_sin(const vec *x, vec *d) {
    const vec out = v_sin(x[0]);
    d[0] = v_cos(x[0]);
    return out;
}

static inline vec lane_cos(const vec *x, vec *d) {
    const vec out = v_cos(x[0]);
    d[0] = -v_sin(x[0]);
    return out;
}

static inline vec lane_tan(const vec *x, vec *d) {
    const vec out = v_tan(x[0]);
    d[0] = SPLAT(1.0) + (out * out);
    return out;
}

static inline void again_tan(const vec *x, vec out, vec *d) {
    (void)x;
    d[0] = SPLAT(1.0) + (out * out);
}

#define NEEDS_tan 8

static inline vec lane_asin(const vec *x, vec *d) {
    const vec out = v_asin(x[0]);
    d[0] = SPLAT(1.0) / v_sqrt(((SPLAT(1.0) - x[0]) * (SPLAT(1.0) + x[0])));
    return out;
}

static inline void again_asin(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(1.0) / v_sqrt(((SPLAT(1.0) - x[0]) * (SPLAT(1.0) + x[0])));
}

#define NEEDS_asin 1

static inline vec lane_acos(const vec *x, vec *d) {
    const vec out = v_acos(x[0]);
    d[0] = SPLAT(-1.0) / v_sqrt(((SPLAT(1.0) - x[0]) * (SPLAT(1.0) + x[0])));
    return out;
}

static inline void again_acos(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(-1.0) / v_sqrt(((SPLAT(1.0) - x[0]) * (SPLAT(1.0) + x[0])));
}

#define NEEDS_acos 1

static inline vec lane_atan(const vec *x, vec *d) {
    const vec out = v_atan(x[0]);
    const vec t1 = v_hypot(SPLAT(1.0), x[0]);
    d[0] = (SPLAT(1.0) / t1) / t1;
    return out;
}

static inline vec lane_atan2(const vec *x, vec *d) {
    const vec out = v_atan2(x[0], x[1]);
    const vec t1 = v_hypot(x[0], x[1]);
    const mask t2 = t1 == SPLAT(0.0);
    const mask t3 = ((t1 == SPLAT(INFINITY)) & (x[0] == x[0])) & (x[1] == x[1]);
    d[0] = sel(t2, SPLAT(0.0), sel(t3, SPLAT(0.0), ((x[1] / t1) / t1)));
    d[1] = sel(t2, SPLAT(0.0), sel(t3, SPLAT(0.0), (-((x[0] / t1) / t1))));
    return out;
}

static inline vec lane_sinh(const vec *x, vec *d) {
    const vec out = v_sinh(x[0]);
    d[0] = v_cosh(x[0]);
    return out;
}

static inline vec lane_cosh(const vec *x, vec *d) {
    const vec out = v_cosh(x[0]);
    d[0] = v_sinh(x[0]);
    return out;
}

static inline vec lane_tanh(const vec *x, vec *d) {
    return v_tanh_and_slope(x[0], &d[0]);
}

static inline vec lane_asinh(const vec *x, vec *d) {
    const vec out = v_asinh(x[0]);
    d[0] = SPLAT(1.0) / v_hypot(SPLAT(1.0), x[0]);
    return out;
}

static inline vec lane_acosh(const vec *x, vec *d) {
    const vec out = v_acosh(x[0]);
    d[0] = SPLAT(1.0) / (v_sqrt((x[0] - SPLAT(1.0))) * v_sqrt((x[0] + SPLAT(1.0))));
    return out;
}

static inline void again_acosh(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(1.0) / (v_sqrt((x[0] - SPLAT(1.0))) * v_sqrt((x[0] + SPLAT(1.0))));
}

#define NEEDS_acosh 1

static inline vec lane_atanh(const vec *x, vec *d) {
    const vec out = v_atanh(x[0]);
    d[0] = SPLAT(1.0) / ((SPLAT(1.0) - x[0]) * (SPLAT(1.0) + x[0]));
    return out;
}

static inline void again_atanh(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(1.0) / ((SPLAT(1.0) - x[0]) * (SPLAT(1.0) + x[0]));
}

#define NEEDS_atanh 1

static inline vec lane_hypot(const vec *x, vec *d) {
    const vec out = v_hypot(x[0], x[1]);
    const mask t1 = out == SPLAT(0.0);
    d[0] = sel(t1, SPLAT(0.0), (x[0] / out));
    d[1] = sel(t1, SPLAT(0.0), (x[1] / out));
    return out;
}

static inline void again_hypot(const vec *x, vec out, vec *d) {
    const mask t0 = out == SPLAT(0.0);
    d[0] = sel(t0, SPLAT(0.0), (x[0] / out));
    d[1] = sel(t0, SPLAT(0.0), (x[1] / out));
}

#define NEEDS_hypot 11

static inline vec lane_erf(const vec *x, vec *d) {
    const vec out = v_erf(x[0]);
    const vec t1 = (x[0] + SPLAT(1649267441664.0)) - SPLAT(1649267441664.0);
    const vec t2 = v_exp(((SPLAT(-1.0) * t1) * t1));
    d[0] = SPLAT(1.1283791670955126) * sel((v_abs(x[0]) > SPLAT(64.0)), SPLAT(0.0), (t2 + (t2 * v_expm1(((SPLAT(-1.0) * (x[0] - t1)) * (x[0] + t1))))));
    return out;
}

static inline vec lane_erfc(const vec *x, vec *d) {
    const vec out = v_erfc(x[0]);
    const vec t1 = (x[0] + SPLAT(1649267441664.0)) - SPLAT(1649267441664.0);
    const vec t2 = v_exp(((SPLAT(-1.0) * t1) * t1));
    d[0] = SPLAT(-1.1283791670955126) * sel((v_abs(x[0]) > SPLAT(64.0)), SPLAT(0.0), (t2 + (t2 * v_expm1(((SPLAT(-1.0) * (x[0] - t1)) * (x[0] + t1))))));
    return out;
}

static inline vec lane_normal_cdf(const vec *x, vec *d) {
    const mask t0 = v_abs(x[0]) > SPLAT(64.0);
    const vec t1 = sel(t0, (v_sign(x[0]) * SPLAT(64.0)), x[0]);
    const vec t2 = t1 * SPLAT(0.7071067811865476);
    const vec t3 = -t2;
    const vec t4 = t1 * SPLAT(134217729.0);
    const vec t5 = t4 - (t4 - t1);
    const vec t6 = t1 - t5;
    const vec out = (SPLAT(0.5) * v_erfc(t3)) + ((((((((t5 * SPLAT(0.7071067839860916)) - t2) + (t5 * SPLAT(-2.7995440410322203e-09))) + (t6 * SPLAT(0.7071067839860916))) + (t6 * SPLAT(-2.7995440410322203e-09))) + (t1 * SPLAT(-4.833646656726457e-17))) * v_exp((t3 * t2))) * SPLAT(0.5641895835477563));
    const vec t8 = (x[0] + SPLAT(1649267441664.0)) - SPLAT(1649267441664.0);
    const vec t9 = v_exp(((SPLAT(-0.5) * t8) * t8));
    d[0] = sel(t0, SPLAT(0.0), (t9 + (t9 * v_expm1(((SPLAT(-0.5) * (x[0] - t8)) * (x[0] + t8)))))) / SPLAT(2.5066282746310002);
    return out;
}

static inline vec lane_sigmoid(const vec *x, vec *d) {
    const vec t0 = v_exp((-v_abs(x[0])));
    const vec t1 = SPLAT(1.0) + t0;
    const vec out = sel((x[0] < SPLAT(0.0)), t0, SPLAT(1.0)) / t1;
    d[0] = out * (sel(((-x[0]) < SPLAT(0.0)), t0, SPLAT(1.0)) / t1);
    return out;
}

static inline vec lane_logsigmoid(const vec *x, vec *d) {
    const vec t0 = v_exp((-v_abs(x[0])));
    const vec out = sel((x[0] < SPLAT(0.0)), x[0], SPLAT(0.0)) - v_log1p(t0);
    d[0] = sel(((-x[0]) < SPLAT(0.0)), t0, SPLAT(1.0)) / (SPLAT(1.0) + t0);
    return out;
}

static inline vec lane_softplus(const vec *x, vec *d) {
    const vec t0 = v_exp((-v_abs(x[0])));
    const vec out = sel((x[0] > SPLAT(0.0)), x[0], SPLAT(0.0)) + v_log1p(t0);
    d[0] = sel((x[0] < SPLAT(0.0)), t0, SPLAT(1.0)) / (SPLAT(1.0) + t0);
    return out;
}

static inline vec lane_relu(const vec *x, vec *d) {
    const mask t0 = x[0] <= SPLAT(0.0);
    const vec out = sel(t0, SPLAT(0.0), x[0]);
    d[0] = sel(t0, SPLAT(0.0), SPLAT(1.0));
    return out;
}

static inline void again_relu(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = sel((x[0] <= SPLAT(0.0)), SPLAT(0.0), SPLAT(1.0));
}

#define NEEDS_relu 1

static inline vec lane_leaky_relu(const vec *x, vec *d) {
    const mask t0 = x[0] > SPLAT(0.0);
    const vec out = sel(t0, x[0], (x[1] * x[0]));
    d[0] = sel(t0, SPLAT(1.0), x[1]);
    d[1] = sel(t0, SPLAT(0.0), x[0]);
    return out;
}

static inline void again_leaky_relu(const vec *x, vec out, vec *d) {
    (void)out;
    const mask t0 = x[0] > SPLAT(0.0);
    d[0] = sel(t0, SPLAT(1.0), x[1]);
    d[1] = sel(t0, SPLAT(0.0), x[0]);
}

#define NEEDS_leaky_relu 3

static inline vec lane_elu(const vec *x, vec *d) {
    const mask t0 = x[0] > SPLAT(0.0);
    const vec t1 = v_expm1(x[0]);
    const vec out = sel(t0, x[0], (x[1] * t1));
    d[0] = sel(t0, SPLAT(1.0), (x[1] * v_exp(x[0])));
    d[1] = sel(t0, SPLAT(0.0), t1);
    return out;
}

static inline vec lane_silu(const vec *x, vec *d) {
    const mask t0 = x[0] < SPLAT(0.0);
    const vec t1 = sel((v_abs(x[0]) > SPLAT(800.0)), SPLAT(-800.0), sel(t0, x[0], (-x[0])));
    const vec t2 = v_exp((SPLAT(0.5) * t1));
    const vec out = sel(t0, ((t1 * t2) * t2), x[0]) / (SPLAT(1.0) + (t2 * t2));
    const vec t4 = (sel(t0, t1, SPLAT(0.0)) - SPLAT(-1.2784645427610737)) - SPLAT(-1.0946994183093437e-16);
    const vec t5 = v_expm1(t4);
    const vec t6 = t4 + ((SPLAT(1.0946994183093437e-16) * t5) + (SPLAT(0.2784645427610737) * t5));
    const vec t7 = v_exp(t1);
    const vec t8 = SPLAT(1.0) + t7;
    d[0] = sel(t0, sel((x[0] < SPLAT(-700.0)), ((t2 * t6) * t2), (t7 * t6)), (SPLAT(1.0) + (t7 * (SPLAT(1.0) - t1)))) / (t8 * t8);
    return out;
}

static inline vec lane_sign(const vec *x, vec *d) {
    const vec out = v_sign(x[0]);
    d[0] = SPLAT(0.0);
    return out;
}

static inline void again_sign(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.0);
}

#define NEEDS_sign 0

static inline vec lane_copysign(const vec *x, vec *d) {
    const vec out = v_copysign(x[0], x[1]);
    d[0] = v_sign(x[0]) * v_copysign(SPLAT(1.0), x[1]);
    d[1] = SPLAT(0.0);
    return out;
}

static inline void again_copysign(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = v_sign(x[0]) * v_copysign(SPLAT(1.0), x[1]);
    d[1] = SPLAT(0.0);
}

#define NEEDS_copysign 3

static inline vec lane_where(const vec *x, vec *d) {
    const mask t0 = x[0] != SPLAT(0.0);
    const vec out = sel(t0, x[1], x[2]);
    d[0] = SPLAT(0.0);
    d[1] = sel(t0, SPLAT(1.0), SPLAT(0.0));
    d[2] = sel(t0, SPLAT(0.0), SPLAT(1.0));
    return out;
}

static inline void again_where(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(0.0);
    const mask t0 = x[0] != SPLAT(0.0);
    d[1] = sel(t0, SPLAT(1.0), SPLAT(0.0));
    d[2] = sel(t0, SPLAT(0.0), SPLAT(1.0));
}

#define NEEDS_where 1

static inline vec lane_clamp(const vec *x, vec *d) {
    const mask t0 = x[0] > x[2];
    const mask t1 = x[0] < x[1];
    const vec out = sel(t0, x[2], sel(t1, x[1], x[0]));
    d[0] = sel(((x[0] >= x[1]) & (x[0] <= x[2])), SPLAT(1.0), SPLAT(0.0));
    d[1] = sel(t1, SPLAT(1.0), SPLAT(0.0));
    d[2] = sel(t0, SPLAT(1.0), SPLAT(0.0));
    return out;
}

static inline void again_clamp(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = sel(((x[0] >= x[1]) & (x[0] <= x[2])), SPLAT(1.0), SPLAT(0.0));
    d[1] = sel((x[0] < x[1]), SPLAT(1.0), SPLAT(0.0));
    d[2] = sel((x[0] > x[2]), SPLAT(1.0), SPLAT(0.0));
}

#define NEEDS_clamp 7

static inline vec lane_degrees(const vec *x, vec *d) {
    const vec out = x[0] * SPLAT(57.29577951308232);
    d[0] = SPLAT(57.29577951308232);
    return out;
}

static inline void again_degrees(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(57.29577951308232);
}

#define NEEDS_degrees 0

static inline vec lane_radians(const vec *x, vec *d) {
    const vec out = x[0] * SPLAT(0.017453292519943295);
    d[0] = SPLAT(0.017453292519943295);
    return out;
}

static inline void again_radians(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.017453292519943295);
}

#define NEEDS_radians 0

static inline vec lane_fmod(const vec *x, vec *d) {
    const vec out = v_fmod(x[0], x[1]);
    d[0] = SPLAT(1.0);
    d[1] = -((v_sign(x[0]) * v_sign(x[1])) * v_floordiv(v_abs(x[0]), v_abs(x[1])));
    return out;
}

static inline vec lane_xlogy(const vec *x, vec *d) {
    const mask t0 = x[0] == SPLAT(0.0);
    const vec t1 = v_log(x[1]);
    const vec out = sel((t0 & (x[1] == x[1])), SPLAT(0.0), (x[0] * t1));
    d[0] = t1;
    d[1] = sel((t0 & (x[1] == SPLAT(0.0))), SPLAT(0.0), (x[0] / x[1]));
    return out;
}

static inline vec lane_logaddexp(const vec *x, vec *d) {
    const mask t0 = x[0] < x[1];
    const vec t1 = sel(t0, x[1], x[0]);
    const vec t2 = sel(t0, x[0], x[1]);
    const vec t3 = t2 - t1;
    const vec t4 = t3 + t1;
    const vec t5 = (t2 - t4) + ((t4 - t3) - t1);
    const vec t6 = v_exp(t3);
    const vec t7 = sel((t5 == t5), (t6 * (SPLAT(1.0) + t5)), t6);
    const vec out = sel((x[0] == x[1]), (x[0] + SPLAT(0.6931471805599453)), (t1 + v_log1p(t7)));
    const vec t9 = SPLAT(1.0) + t7;
    d[0] = sel(t0, t7, SPLAT(1.0)) / t9;
    d[1] = sel(t0, SPLAT(1.0), t7) / t9;
    return out;
}

static inline vec lane_identity(const vec *x, vec *d) {
    d[0] = SPLAT(1.0);
    return x[0];
}

static inline void again_identity(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(1.0);
}

#define NEEDS_identity 0

static inline vec lane_step(const vec *x, vec *d) {
    const vec out = sel((x[0] <= SPLAT(0.0)), SPLAT(0.0), SPLAT(1.0));
    d[0] = SPLAT(0.0);
    return out;
}

static inline void again_step(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.0);
}

#define NEEDS_step 0

static inline vec lane_expdiff(const vec *x, vec *d) {
    const vec t0 = x[0] - x[1];
    const vec t1 = t0 + x[1];
    const vec t2 = (x[0] - t1) + ((t1 - t0) - x[1]);
    const vec t3 = v_exp(t0);
    const vec out = sel((t2 == t2), (t3 * (SPLAT(1.0) + t2)), t3);
    d[0] = out;
    d[1] = -out;
    return out;
}

static inline void again_expdiff(const vec *x, vec out, vec *d) {
    (void)x;
    d[0] = out;
    d[1] = -out;
}

#define NEEDS_expdiff 8

static inline vec lane_gauss(const vec *x, vec *d) {
    const mask t0 = v_abs(x[0]) > SPLAT(64.0);
    const vec t1 = -x[1];
    const vec t2 = (x[0] + SPLAT(1649267441664.0)) - SPLAT(1649267441664.0);
    const vec t3 = v_exp(((t1 * t2) * t2));
    const vec out = sel(t0, SPLAT(0.0), (t3 + (t3 * v_expm1(((t1 * (x[0] - t2)) * (x[0] + t2))))));
    d[0] = sel(t0, SPLAT(0.0), (((SPLAT(-2.0) * x[1]) * x[0]) * out));
    d[1] = sel(t0, SPLAT(0.0), (((-x[0]) * x[0]) * out));
    return out;
}

static inline void again_gauss(const vec *x, vec out, vec *d) {
    const mask t0 = v_abs(x[0]) > SPLAT(64.0);
    d[0] = sel(t0, SPLAT(0.0), (((SPLAT(-2.0) * x[1]) * x[0]) * out));
    d[1] = sel(t0, SPLAT(0.0), (((-x[0]) * x[0]) * out));
}

#define NEEDS_gauss 11

static inline vec lane_one_minus_square(const vec *x, vec *d) {
    const vec out = (SPLAT(1.0) - x[0]) * (SPLAT(1.0) + x[0]);
    d[0] = SPLAT(-2.0) * x[0];
    return out;
}

static inline void again_one_minus_square(const vec *x, vec out, vec *d) {
    (void)out;
    d[0] = SPLAT(-2.0) * x[0];
}

#define NEEDS_one_minus_square 1

static inline vec lane_pinned(const vec *x, vec *d) {
    const vec out = sel((x[0] != SPLAT(0.0)), x[1], x[2]);
    d[0] = SPLAT(0.0);
    d[1] = SPLAT(1.0);
    d[2] = SPLAT(0.0);
    return out;
}

static inline void again_pinned(const vec *x, vec out, vec *d) {
    (void)x;
    (void)out;
    d[0] = SPLAT(0.0);
    d[1] = SPLAT(1.0);
    d[2] = SPLAT(0.0);
}

#define NEEDS_pinned 0

#define LANE_CHEAP_1(_) _(neg) _(abs) _(floor) _(ceil) _(trunc) _(exp) _(exp2) _(log) _(log2) _(log10) _(log1p) _(sqrt) _(cbrt) _(square) _(tan) _(asin) _(acos) _(acosh) _(atanh) _(relu) _(sign) _(degrees) _(radians) _(identity) _(step) _(one_minus_square)
#define LANE_DEAR_1(_) _(expm1) _(sin) _(cos) _(atan) _(sinh) _(cosh) _(tanh) _(asinh) _(erf) _(erfc) _(normal_cdf) _(sigmoid) _(logsigmoid) _(softplus) _(silu)
#define LANE_CHEAP_2(_) _(add) _(sub) _(mul) _(div) _(floordiv) _(hypot) _(leaky_relu) _(copysign) _(expdiff) _(gauss)
#define LANE_DEAR_2(_) _(pow) _(mod) _(atan2) _(elu) _(fmod) _(xlogy) _(logaddexp)
#define LANE_CHEAP_3(_) _(where) _(clamp) _(pinned)
#define LANE_DEAR_3(_)

#endif
