/* Written by autograd/replay/native/c_rows.py from the table of primitives: change that, not this.

partials_NAME(x, out, d) puts the partials of a row into d, from its operands x and its number. The lists name the rows that
have a rule in C, by how many operands they have and by whether their partials are computed again (CHEAP) or kept (DEAR). */

#ifndef STEPGRAD_ROWS_H
#define STEPGRAD_ROWS_H

#include "../../../c/rules.h"

static inline void partials_add(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 1.0;
    d[1] = 1.0;
}

static inline void partials_sub(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 1.0;
    d[1] = -1.0;
}

static inline void partials_mul(const double *x, double out, double *d) {
    (void)out;
    d[0] = x[1];
    d[1] = x[0];
}

static inline void partials_div(const double *x, double out, double *d) {
    d[0] = 1.0 / x[1];
    d[1] = -(out / x[1]);
}

static inline void partials_neg(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = -1.0;
}

static inline void partials_abs(const double *x, double out, double *d) {
    (void)out;
    d[0] = ieee_sign(x[0]);
}

static inline void partials_floordiv(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.0;
    d[1] = 0.0;
}

static inline void partials_floor(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.0;
}

static inline void partials_ceil(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.0;
}

static inline void partials_trunc(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.0;
}

static inline void partials_exp(const double *x, double out, double *d) {
    (void)x;
    d[0] = out;
}

static inline void partials_exp2(const double *x, double out, double *d) {
    (void)x;
    d[0] = out * 0.6931471805599453;
}

static inline void partials_log(const double *x, double out, double *d) {
    (void)out;
    d[0] = 1.0 / x[0];
}

static inline void partials_log2(const double *x, double out, double *d) {
    (void)out;
    d[0] = (1.0 / x[0]) / 0.6931471805599453;
}

static inline void partials_log10(const double *x, double out, double *d) {
    (void)out;
    d[0] = (1.0 / x[0]) / 2.302585092994046;
}

static inline void partials_log1p(const double *x, double out, double *d) {
    (void)out;
    d[0] = 1.0 / (1.0 + x[0]);
}

static inline void partials_sqrt(const double *x, double out, double *d) {
    (void)x;
    d[0] = 0.5 / out;
}

static inline void partials_cbrt(const double *x, double out, double *d) {
    d[0] = ((x[0] == 0.0) ? INFINITY : ((fabs(x[0]) == INFINITY) ? 0.0 : (out / x[0]))) / 3.0;
}

static inline void partials_square(const double *x, double out, double *d) {
    (void)out;
    d[0] = 2.0 * x[0];
}

static inline void partials_tan(const double *x, double out, double *d) {
    (void)x;
    d[0] = 1.0 + (out * out);
}

static inline void partials_asin(const double *x, double out, double *d) {
    (void)out;
    d[0] = 1.0 / sqrt(((1.0 - x[0]) * (1.0 + x[0])));
}

static inline void partials_acos(const double *x, double out, double *d) {
    (void)out;
    d[0] = -1.0 / sqrt(((1.0 - x[0]) * (1.0 + x[0])));
}

static inline void partials_acosh(const double *x, double out, double *d) {
    (void)out;
    d[0] = 1.0 / (sqrt((x[0] - 1.0)) * sqrt((x[0] + 1.0)));
}

static inline void partials_atanh(const double *x, double out, double *d) {
    (void)out;
    d[0] = 1.0 / ((1.0 - x[0]) * (1.0 + x[0]));
}

static inline void partials_relu(const double *x, double out, double *d) {
    (void)out;
    d[0] = (x[0] <= 0.0) ? 0.0 : 1.0;
}

static inline void partials_leaky_relu(const double *x, double out, double *d) {
    (void)out;
    const int t0 = x[0] > 0.0;
    d[0] = t0 ? 1.0 : x[1];
    d[1] = t0 ? 0.0 : x[0];
}

static inline void partials_sign(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.0;
}

static inline void partials_copysign(const double *x, double out, double *d) {
    (void)out;
    d[0] = ieee_sign(x[0]) * copysign(1.0, x[1]);
    d[1] = 0.0;
}

static inline void partials_where(const double *x, double out, double *d) {
    (void)out;
    d[0] = 0.0;
    const int t0 = x[0] != 0.0;
    d[1] = t0 ? 1.0 : 0.0;
    d[2] = t0 ? 0.0 : 1.0;
}

static inline void partials_clamp(const double *x, double out, double *d) {
    (void)out;
    d[0] = ((x[0] >= x[1]) && (x[0] <= x[2])) ? 1.0 : 0.0;
    d[1] = (x[0] < x[1]) ? 1.0 : 0.0;
    d[2] = (x[0] > x[2]) ? 1.0 : 0.0;
}

static inline void partials_degrees(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 57.29577951308232;
}

static inline void partials_radians(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.017453292519943295;
}

static inline void partials_identity(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 1.0;
}

static inline void partials_step(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.0;
}

static inline void partials_expdiff(const double *x, double out, double *d) {
    (void)x;
    d[0] = out;
    d[1] = -out;
}

static inline void partials_gauss(const double *x, double out, double *d) {
    const int t0 = fabs(x[0]) > 64.0;
    d[0] = t0 ? 0.0 : (((-2.0 * x[1]) * x[0]) * out);
    d[1] = t0 ? 0.0 : (((-x[0]) * x[0]) * out);
}

static inline void partials_one_minus_square(const double *x, double out, double *d) {
    (void)out;
    d[0] = -2.0 * x[0];
}

static inline void partials_pinned(const double *x, double out, double *d) {
    (void)x; (void)out;
    d[0] = 0.0;
    d[1] = 1.0;
    d[2] = 0.0;
}

#define CHEAP_1(_) _(neg) _(abs) _(floor) _(ceil) _(trunc) _(exp) _(exp2) _(log) _(log2) _(log10) _(log1p) _(sqrt) _(cbrt) _(square) _(tan) _(asin) _(acos) _(acosh) _(atanh) _(relu) _(sign) _(degrees) _(radians) _(identity) _(step) _(one_minus_square)
#define DEAR_1(_) _(expm1) _(sin) _(cos) _(sinh) _(cosh) _(tanh) _(erf) _(erfc) _(normal_cdf) _(sigmoid) _(logsigmoid) _(softplus) _(silu)
#define CHEAP_2(_) _(add) _(sub) _(mul) _(div) _(floordiv) _(leaky_relu) _(copysign) _(expdiff) _(gauss)
#define DEAR_2(_) _(pow) _(mod) _(elu) _(fmod) _(xlogy) _(logaddexp)
#define CHEAP_3(_) _(where) _(clamp) _(pinned)
#define DEAR_3(_)

#endif
