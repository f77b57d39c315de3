/* Vectors of W doubles, for the one instruction set that a file is compiled for, and the elementary functions on them.

W is set by the file that includes this: 1 for plain C, 2 for SSE2 and NEON, 4 for AVX2, 8 for AVX-512. It is never wider than
the machine's own: gcc would send such vectors through memory. The operations are the same on the same doubles in the same order
for every W, so the numbers are the same bit for bit; those of `v_fused` alone are not.

The functions are within 2 units in the last place of the exact ones, over the whole domain, with the infinities, nans, zeros and
subnormal numbers of IEEE 754. What is not here is the C library's, one lane after the other. */

#ifndef STEPGRAD_VECTORS_H
#define STEPGRAD_VECTORS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __GNUC__
#define UNROLLED _Pragma("GCC unroll 8") /* or what is in arrays would not stay in registers */
#else
#define UNROLLED
#endif

#define PER_GROUP (8 / W) /* sums over lanes have 8 parts on every machine; lanes come in groups of 8 */

#if W == 1
typedef double vec;
typedef uint64_t ivec; /* shifts and sums of signed numbers must not overflow */
typedef int mask;
#define SPLAT(x) ((double)(x))
#define LANE(v, i) (v)
static inline ivec bits_of(vec x) {
    ivec i;
    memcpy(&i, &x, sizeof i);
    return i;
}
static inline vec of_bits(ivec i) {
    vec x;
    memcpy(&x, &i, sizeof x);
    return x;
}
static inline vec sel(mask c, vec a, vec b) { return c ? a : b; }
static inline int any(mask m) { return m; }
static inline int holds(mask m, int i) { return (void)i, m; }
static inline vec v_sqrt(vec x) { return sqrt(x); }
#else
typedef double vec __attribute__((vector_size(8 * W)));
typedef uint64_t ivec __attribute__((vector_size(8 * W)));
typedef int64_t mask __attribute__((vector_size(8 * W)));
#define SPLAT(x) ((vec){0} + (double)(x))
#define LANE(v, i) ((v)[i])
static inline ivec bits_of(vec x) { return (ivec)x; }
static inline vec of_bits(ivec i) { return (vec)i; }
static inline vec sel(mask c, vec a, vec b) { return (vec)(((ivec)c & (ivec)a) | (~(ivec)c & (ivec)b)); }
static inline int any(mask m) {
    int64_t all = 0;
    for (int i = 0; i < W; i++)
        all |= m[i];
    return all != 0;
}
static inline int holds(mask m, int i) { return m[i] != 0; }
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
static inline vec v_sqrt(vec x) {
#if W == 2
    return (vec)_mm_sqrt_pd((__m128d)x);
#elif W == 4
    return (vec)_mm256_sqrt_pd((__m256d)x);
#else
    return (vec)_mm512_sqrt_pd((__m512d)x);
#endif
}
#elif defined(__aarch64__)
#include <arm_neon.h>
static inline vec v_sqrt(vec x) { return (vec)vsqrtq_f64((float64x2_t)x); }
#endif
#endif

/* a * b + c, rounded once where the machine can: for sums that may have other bits on each machine. */
static inline vec v_fused(vec a, vec b, vec c) {
#if W == 8
    return (vec)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif W == 4
    return (vec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif W == 2 && defined(__aarch64__)
    return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
    return a * b + c;
#endif
}

/* a + b, by the unit for products where that has one of its own: half of many additions are quicker so. */
static inline vec v_plus(vec a, vec b) {
#if W == 4 || W == 8
    return v_fused(a, SPLAT(1.0), b);
#else
    return a + b;
#endif
}

#define BITS(x) ((ivec){0} + (uint64_t)(x))
#if W == 1
#undef BITS
#define BITS(x) ((uint64_t)(x))
#endif

#define SIGN_BIT BITS(INT64_MIN)

static inline vec v_abs(vec x) { return of_bits(bits_of(x) & ~SIGN_BIT); }
static inline vec v_copysign(vec x, vec sign) { return of_bits((bits_of(x) & ~SIGN_BIT) | (bits_of(sign) & SIGN_BIT)); }
static inline vec v_sign(vec u) { return sel(u > SPLAT(0.0), SPLAT(1.0), sel(u < SPLAT(0.0), SPLAT(-1.0), u * SPLAT(0.0))); }

/* --- the C library, lane by lane ---------------------------------------------------------------------------------- */

#if W == 1
#define LIBRARY_1(NAME, FUNCTION) \
    static inline vec v_##NAME(vec x) { return FUNCTION(x); }
#define LIBRARY_2(NAME, FUNCTION) \
    static inline vec v_##NAME(vec x, vec y) { return FUNCTION(x, y); }
#else
#define LIBRARY_1(NAME, FUNCTION)       \
    static inline vec v_##NAME(vec x) { \
        vec r;                          \
        for (int i = 0; i < W; i++)     \
            r[i] = FUNCTION(x[i]);      \
        return r;                       \
    }
#define LIBRARY_2(NAME, FUNCTION)              \
    static inline vec v_##NAME(vec x, vec y) { \
        vec r;                                 \
        for (int i = 0; i < W; i++)            \
            r[i] = FUNCTION(x[i], y[i]);       \
        return r;                              \
    }
#endif

LIBRARY_1(exp2, exp2)
LIBRARY_1(log2, log2)
LIBRARY_1(log10, log10)
LIBRARY_1(cbrt, cbrt)
LIBRARY_1(tan, tan)
LIBRARY_1(asin, asin)
LIBRARY_1(acos, acos)
LIBRARY_1(atan, atan)
LIBRARY_1(sinh, sinh)
LIBRARY_1(cosh, cosh)
LIBRARY_1(asinh, asinh)
LIBRARY_1(acosh, acosh)
LIBRARY_1(atanh, atanh)
LIBRARY_1(erf, erf)
LIBRARY_1(erfc, erfc)
LIBRARY_1(floor, floor)
LIBRARY_1(ceil, ceil)
LIBRARY_1(trunc, trunc)
LIBRARY_1(library_sin, sin)
LIBRARY_1(library_cos, cos)
LIBRARY_2(atan2, atan2)
LIBRARY_2(hypot, hypot)
LIBRARY_2(fmod, fmod)
LIBRARY_2(pow, ieee_pow)
LIBRARY_2(floordiv, ieee_floordiv)
LIBRARY_2(mod, ieee_mod)

/* --- exponentials ------------------------------------------------------------------------------------------------- */

#define TO_WHOLE SPLAT(0x1.8p52) /* a number plus this has its whole part in its last bits */

/* exp(x) = (1 + p) * up * down: p in about (-0.3, 0.42), two powers of 2. For |x| below 1076. */
typedef struct {
    vec p, n, up, down;
} Parts;

static inline vec power_of_2(vec shifted) { return of_bits((bits_of(shifted) << 52) + BITS(0x3ff0000000000000)); }

static inline Parts parts_of_exp(vec x) {
    Parts e;
    vec n = (x * SPLAT(0x1.71547652b82fep+0) + TO_WHOLE) - TO_WHOLE;
    vec hi = x - n * SPLAT(6.93147180369123816490e-01), lo = n * SPLAT(1.90821492927058770002e-10); /* log(2), the first part short */
    vec r = hi - lo, left = (hi - r) - lo, r2 = r * r, r4 = r2 * r2;
    vec q0 = SPLAT(0x1.0000000000000p-1) + r * SPLAT(0x1.5555555555557p-3);
    vec q2 = SPLAT(0x1.5555555555556p-5) + r * SPLAT(0x1.11111111100cep-7);
    vec q4 = SPLAT(0x1.6c16c16c162ccp-10) + r * SPLAT(0x1.a01a01abef415p-13);
    vec q6 = SPLAT(0x1.a01a01a6dcaffp-16) + r * SPLAT(0x1.71de021a90822p-19);
    vec q8 = (SPLAT(0x1.27e4db57442fbp-22) + r * SPLAT(0x1.af4e196027428p-26)) + r2 * SPLAT(0x1.1f731ea5352cap-29);
    vec q = (q0 + r2 * q2) + r4 * ((q4 + r2 * q6) + r4 * q8);
    e.p = r + (r2 * q + left);
    e.n = n;
    vec half = n * SPLAT(0.5) + TO_WHOLE; /* in two steps: 2**n may be subnormal, or too large, where the result is not */
    e.up = power_of_2(half);
    e.down = power_of_2((n - (half - TO_WHOLE)) + TO_WHOLE);
    return e;
}

static inline vec v_exp(vec x) {
    Parts e = parts_of_exp(x);
    vec y = (SPLAT(1.0) + e.p) * e.up * e.down;
    return sel(x > SPLAT(709.782712893384), SPLAT(INFINITY), sel(x < SPLAT(-745.1332191019412), SPLAT(0.0), y));
}

static inline vec v_expm1(vec x) {
    vec low = sel(x < SPLAT(-50.0), SPLAT(-50.0), x);
    Parts e = parts_of_exp(low);
    vec back = sel(e.n > SPLAT(60.0), SPLAT(0.0), power_of_2(TO_WHOLE - e.n)); /* 2**-n */
    vec y = (e.p + (SPLAT(1.0) - back)) * e.up * e.down;
    y = sel(e.n == SPLAT(0.0), e.p, y);
    y = sel(x > SPLAT(709.782712893384), SPLAT(INFINITY), y);
    return sel(x == SPLAT(0.0), x, y);
}

/* tanh, and its slope 4 * sigmoid(2x) * sigmoid(-2x), by one exponential: with e = exp(-2|x|) they are (1 - e) / (1 + e) and
4e / (1 + e)**2, and 1 - e is computed as -expm1. */
static inline vec v_tanh_and_slope(vec x, vec *slope) {
    vec far = SPLAT(-2.0) * v_abs(x), low = sel(far < SPLAT(-746.0), SPLAT(-746.0), far);
    Parts e = parts_of_exp(low);
    vec scale = e.up * e.down, less = e.p * scale + (scale - SPLAT(1.0)), more = SPLAT(2.0) + less;
    vec small = ((SPLAT(1.0) + e.p) * e.up) * e.down, part = SPLAT(2.0) / more;
    vec off = SPLAT(0.5) * (less - (more - SPLAT(2.0))); /* half of what the rounding of `more` has lost */
    part = part - part * (part * off);
    *slope = small * part * part;
    vec near = -less / more, size = near - near * (part * off);
    return v_copysign(sel(far < SPLAT(-2.0), SPLAT(1.0) - small * part, size), x);
}

static inline vec v_tanh(vec x) {
    vec slope;
    return v_tanh_and_slope(x, &slope);
}

/* --- logarithms --------------------------------------------------------------------------------------------------- */

/* log(x) + c for a small correction c, of a normal or subnormal x above 0. */
static inline vec log_with(vec x, vec c) {
    mask tiny = x < SPLAT(0x1p-1022);
    vec y = sel(tiny, x * SPLAT(0x1p54), x);
    ivec at = bits_of(y) - BITS(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    ivec raised = at + BITS(0x4000000000000000);
    vec k = of_bits(((raised >> 52) & BITS(0x7ff)) | BITS(0x4330000000000000)) - SPLAT(0x1p52 + 1024.0);
    k = k - sel(tiny, SPLAT(54.0), SPLAT(0.0));
    vec m = of_bits(bits_of(y) - (at & BITS((int64_t)0xfff0000000000000))), f = m - SPLAT(1.0); /* m in [sqrt(1/2), sqrt(2)) */
    vec s = f / (SPLAT(2.0) + f), z = s * s, w = z * z, half = SPLAT(0.5) * f * f;
    vec odd = w * (SPLAT(3.999999999940941908e-01) + w * (SPLAT(2.222219843214978396e-01) + w * SPLAT(1.531383769920937332e-01)));
    vec even = z * (SPLAT(6.666666666666735130e-01) +
                    w * (SPLAT(2.857142874366239149e-01) + w * (SPLAT(1.818357216161805012e-01) + w * SPLAT(1.479819860511658591e-01))));
    vec small = s * (half + (odd + even)) + (k * SPLAT(1.90821492927058770002e-10) + c);
    return k * SPLAT(6.93147180369123816490e-01) - ((half - small) - f);
}

static inline vec log_edges(vec x, vec y) {
    y = sel(x == SPLAT(0.0), SPLAT(-INFINITY), sel(x < SPLAT(0.0), SPLAT(NAN), y));
    return sel(x == SPLAT(INFINITY), x, sel(x == x, y, x));
}

static inline vec v_log(vec x) { return log_edges(x, log_with(x, SPLAT(0.0))); }

static inline vec v_log1p(vec x) {
    vec u = SPLAT(1.0) + x, c = sel(u < SPLAT(2.0), x - (u - SPLAT(1.0)), SPLAT(1.0) - (u - x)) / u;
    vec y = log_edges(u, log_with(u, c));
    return sel(v_abs(x) < SPLAT(0x1p-53), x, y);
}

/* --- sine and cosine ---------------------------------------------------------------------------------------------- */

/* x less the nearest multiple of pi/2, as a sum of two numbers; n is that multiple, moved up by TO_WHOLE. For |x| below 1e6. */
static inline vec reduced(vec x, vec *tail, ivec *n) {
    vec moved = x * SPLAT(0x1.45f306dc9c883p-1) + TO_WHOLE, k = moved - TO_WHOLE;
    *n = bits_of(moved);
    vec a = x - k * SPLAT(0x1.921fb544p+0); /* pi/2 in four parts; the products with the first three are exact */
    vec b = k * SPLAT(0x1.0b4611a6p-34), c = a - b, lost = (a - c) - b;
    vec d = k * SPLAT(0x1.3198a2ep-69), e = c - d;
    lost = lost + ((c - e) - d);
    lost = lost - k * SPLAT(0x1.b839a252049c1p-104);
    vec r = e + lost;
    *tail = (e - r) + lost;
    return r;
}

static inline vec sine_near_0(vec x, vec y) {
    vec z = x * x, v = z * x;
    vec r = SPLAT(8.33333333332248946124e-03) +
            z * (SPLAT(-1.98412698298579493134e-04) +
                 z * (SPLAT(2.75573137070700676789e-06) +
                      z * (SPLAT(-2.50507602534068634195e-08) + z * SPLAT(1.58969099521155010221e-10))));
    return x - ((z * (SPLAT(0.5) * y - v * r) - y) - v * SPLAT(-1.66666666666666324348e-01));
}

static inline vec cosine_near_0(vec x, vec y) {
    vec z = x * x, w = z * z;
    vec r = z * (SPLAT(4.16666666666666019037e-02) +
                 z * (SPLAT(-1.38888888888741095749e-03) + z * SPLAT(2.48015872894767294178e-05))) +
            (w * w) * (SPLAT(-2.75573143513906633035e-07) +
                       z * (SPLAT(2.08757232129817482790e-09) + z * SPLAT(-1.13596475577881948265e-11)));
    vec half = SPLAT(0.5) * z, first = SPLAT(1.0) - half;
    return first + (((SPLAT(1.0) - first) - half) + (z * r - x * y));
}

static inline vec sine_or_cosine(vec x, int quarter) {
    vec tail, r;
    ivec n;
    r = reduced(x, &tail, &n);
    n = n + BITS(quarter);
    vec y = sel((n & BITS(1)) != BITS(0), cosine_near_0(r, tail), sine_near_0(r, tail));
    return of_bits(bits_of(y) ^ ((n & BITS(2)) << 62));
}

static inline vec v_sin(vec x) {
    vec y = sel(x == SPLAT(0.0), x, sine_or_cosine(x, 0));
    mask far = v_abs(x) > SPLAT(1e6);
    return any(far) ? sel(far, v_library_sin(x), y) : y;
}

static inline vec v_cos(vec x) {
    vec y = sine_or_cosine(x, 1);
    mask far = v_abs(x) > SPLAT(1e6);
    return any(far) ? sel(far, v_library_cos(x), y) : y;
}

#endif
