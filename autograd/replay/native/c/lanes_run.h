/* The interpreter of many lanes, for the W of the file that includes this: see lanes.h. */

#include "rows.h"

#include "lane_rows.h"
#include "lanes.h"
#include "lane_ops.h"

/* The numbers of an operand: a slot, or `spare` filled with a uniform number. */
static inline const vec *numbers(const LaneCall *c, Ref r, vec *spare, int32_t n) {
    if (!r.uniform)
        return (const vec *)(c->memory + (size_t)r.value * c->block);
    vec u = SPLAT(c->uniform[r.value]);
    for (int32_t i = 0; i < n; i++)
        spare[i] = u;
    return spare;
}

static inline vec *slot(const LaneCall *c, int32_t k) { return (vec *)(c->memory + (size_t)k * c->block); }

typedef struct {
    int32_t n, full;        /* vectors of this block, and those of whole groups */
    int first, last;        /* the first, and the last block of the call */
    mask valid[PER_GROUP];  /* of the last group, if it is not whole */
} Extent;

/* The sum of 8 parts, in the declared order. */
static inline double total_of(const vec *parts) {
#if W == 8 && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
    typedef double four __attribute__((vector_size(32)));
    typedef double two __attribute__((vector_size(16)));
    const four f = __builtin_shufflevector(parts[0], parts[0], 0, 1, 2, 3) + __builtin_shufflevector(parts[0], parts[0], 4, 5, 6, 7);
    const two t = __builtin_shufflevector(f, f, 0, 1) + __builtin_shufflevector(f, f, 2, 3);
    return t[0] + t[1];
#endif
#elif W == 4 && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
    typedef double two __attribute__((vector_size(16)));
    const vec f = parts[0] + parts[1];
    const two t = __builtin_shufflevector(f, f, 0, 1) + __builtin_shufflevector(f, f, 2, 3);
    return t[0] + t[1];
#endif
#elif W == 2
    const vec t = (parts[0] + parts[2]) + (parts[1] + parts[3]);
    return t[0] + t[1];
#endif
    double s[PARTS];
    memcpy(s, parts, sizeof s);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* Add the contribution TERM, a vector that depends on i, to the gradient of an operand. */
#define CONTRIBUTE(REF, TERM)                                                                          \
    do {                                                                                               \
        const Ref to_ = (REF);                                                                         \
        if (to_.bar < 0)                                                                               \
            break;                                                                                     \
        if (!to_.uniform) {                                                                            \
            vec *bar_ = slot(c, to_.bar);                                                              \
            if (to_.store)                                                                             \
                for (int32_t i = 0; i < e.n; i++)                                                      \
                    bar_[i] = (TERM);                                                                  \
            else                                                                                       \
                for (int32_t i = 0; i < e.n; i++)                                                      \
                    bar_[i] += (TERM);                                                                 \
            break;                                                                                     \
        }                                                                                              \
        vec *parts_ = (vec *)(c->parts + (size_t)to_.bar * PARTS), s_[PER_GROUP];                      \
        for (int q_ = 0; q_ < PER_GROUP; q_++)                                                         \
            s_[q_] = to_.store && e.first ? SPLAT(0.0) : parts_[q_];                                   \
        for (int32_t g_ = 0; g_ < e.full; g_ += PER_GROUP)                                             \
            for (int q_ = 0; q_ < PER_GROUP; q_++) {                                                   \
                const int32_t i = g_ + q_;                                                             \
                s_[q_] += (TERM);                                                                      \
            }                                                                                          \
        if (e.full < e.n)                                                                              \
            for (int q_ = 0; q_ < PER_GROUP; q_++) {                                                   \
                const int32_t i = e.full + q_;                                                         \
                s_[q_] += sel(e.valid[q_], (TERM), SPLAT(0.0));                                        \
            }                                                                                          \
        if (e.last && to_.last)                                                                        \
            c->totals[to_.bar] = total_of(s_);                                                         \
        else                                                                                           \
            for (int q_ = 0; q_ < PER_GROUP; q_++)                                                     \
                parts_[q_] = s_[q_];                                                                   \
    } while (0)

static inline vec v_two_sum(vec a, vec b, vec *error) {
    vec s = a + b, z = s - a;
    *error = (a - (s - z)) + (b - z);
    return s;
}

/* --- inputs and results ------------------------------------------------------------------------------------------- */

/* What is left of the last group repeats the last lane. */
static inline void fill_up(double *to, int32_t count, int32_t n) {
    for (int32_t k = count; k < n * W; k++)
        to[k] = to[count - 1];
}

/* gcc would use gather instructions, which are slower than loads on many machines. */
#if defined(__GNUC__) && !defined(__clang__)
#define ONE_BY_ONE __attribute__((optimize("no-tree-vectorize")))
#else
#define ONE_BY_ONE
#endif

static ONE_BY_ONE void gather(const LaneCall *c, const Item *p, int64_t from, int32_t count, int32_t n) {
    double *restrict to = (double *)slot(c, p->out);
    const int32_t *at = c->index + (int64_t)p->where * c->lanes + from;
    for (int32_t k = 0; k < count; k++)
        to[k] = c->pool[at[k]];
    fill_up(to, count, n);
}

#if W == 8 && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define SQUARES
/* Eight numbers of eight rows, as eight vectors of a number of each row. */
static inline void square(const double *const *at, int32_t column, double *const *to) {
    vec a[8], b[8];
    UNROLLED
    for (int q = 0; q < 8; q++)
        memcpy(&a[q], at[q] + column, sizeof a[q]);
    UNROLLED
    for (int q = 0; q < 8; q += 2) { /* pairs of rows */
        b[q] = __builtin_shufflevector(a[q], a[q + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        b[q + 1] = __builtin_shufflevector(a[q], a[q + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    UNROLLED
    for (int q = 0; q < 8; q++) { /* fours: of columns q % 4 and q % 4 + 4, from rows below 4 and above */
        const int low = q / 4 * 4 + q % 2;
        a[q] = q % 4 < 2 ? __builtin_shufflevector(b[low], b[low + 2], 0, 1, 8, 9, 4, 5, 12, 13)
                         : __builtin_shufflevector(b[low], b[low + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    UNROLLED
    for (int q = 0; q < 8; q++) {
        const vec all = q < 4 ? __builtin_shufflevector(a[q], a[q + 4], 0, 1, 2, 3, 8, 9, 10, 11)
                              : __builtin_shufflevector(a[q - 4], a[q], 4, 5, 6, 7, 12, 13, 14, 15);
        memcpy(to[q], &all, sizeof all);
    }
}
#endif
#endif

/* The columns of all lanes, whose rows of the data begin at `rows`: eight rows at a time, so that each is read through. */
static ONE_BY_ONE void columns(const LaneCall *c, const Item *p, const Ref *refs, const int64_t *rows, int32_t count, int32_t n) {
    int32_t lane = 0;
    for (; lane + 8 <= count; lane += 8) {
        const double *at[8];
        for (int q = 0; q < 8; q++)
            at[q] = c->data + rows[lane + q];
        int32_t k = 0;
#ifdef SQUARES
        for (; p->n & IN_A_ROW && k + 8 <= p->count; k += 8) {
            double *to[8];
            for (int q = 0; q < 8; q++)
                to[q] = (double *)slot(c, refs[k + q].value) + lane;
            square(at, refs[k].column, to);
        }
#endif
        for (; k < p->count; k++) {
            const int32_t column = refs[k].column;
            double *restrict to = (double *)slot(c, refs[k].value) + lane;
            UNROLLED
            for (int q = 0; q < 8; q++)
                to[q] = at[q][column];
        }
    }
    if (lane < count)
        for (int32_t k = 0; k < p->count; k++) {
            double *restrict to = (double *)slot(c, refs[k].value);
            for (int32_t q = lane; q < count; q++)
                to[q] = c->data[rows[q] + refs[k].column];
            fill_up(to, count, n);
        }
}

static inline void put(const LaneCall *c, const Item *p, Ref r, int64_t from, int32_t count, const Extent e) {
    vec spare[BLOCK / W];
    const vec *x = numbers(c, r, spare, e.n);
    const double *at = (const double *)x;
    if (p->op == L_SCATTER) {
        const int32_t *to = c->index + (int64_t)p->where * c->lanes + from;
        for (int32_t k = 0; k < count; k++)
            c->pool[to[k]] = at[k];
    } else if (p->op == L_ROW) {
        if (c->out != NULL)
            for (int32_t k = 0; k < count; k++)
                c->out[(from + k) * c->out_width + p->where] = at[k];
    } else {
        vec *sums = (vec *)(c->sums + (size_t)p->kept * PARTS);
        for (int32_t i = 0; i < e.n; i++)
            sums[i % PER_GROUP] += i < e.full ? x[i] : sel(e.valid[i % PER_GROUP], x[i], SPLAT(0.0));
    }
}

/* The gradients of a result to begin with; 0 in lanes that there are not. */
static inline void seed(const LaneCall *c, const Item *p, Ref r, int64_t from, int32_t count, const Extent e) {
    double with[BLOCK] = {0.0};
    for (int32_t k = 0; k < count; k++)
        with[k] = p->op == L_SEED_SUMMED    ? c->pool_bar[p->where]
                  : p->op == L_SEED_SCATTER ? c->pool_bar[c->index[(int64_t)p->where * c->lanes + from + k]]
                  : c->seeds != NULL        ? c->seeds[(from + k) * c->out_width + p->where]
                                            : 1.0;
    vec seeds[BLOCK / W];
    memcpy(seeds, with, sizeof seeds);
    CONTRIBUTE(r, seeds[i]);
}

static inline void pass_out(const LaneCall *c, const Item *p, int64_t from, int32_t count) {
    const double *bar = c->memory + (size_t)p->bar * c->block;
    if (p->op == L_BAR_GATHER) {
        const int32_t *to = c->index + (int64_t)p->where * c->lanes + from;
        for (int32_t k = 0; k < count; k++)
            c->pool_bar[to[k]] += bar[k];
    } else if (c->data_bar != NULL)
        for (int32_t k = 0; k < count; k++)
            c->data_bar[(from + k) * c->width + p->where] = bar[k];
}

/* --- sums and dots ------------------------------------------------------------------------------------------------ */

enum { WIDE = 4 }; /* vectors at once, to fill the pipeline */

/* A dot of the vectors [i, i + wide): the bias, then the products. */
static inline __attribute__((always_inline)) void dot_of(const LaneCall *c, const Item *p, const Ref *refs, const vec *bias, vec *out,
                                                        int32_t i, const int wide, const int exact) {
    const int32_t half = p->count / 2;
    vec s[WIDE], lost[WIDE];
    for (int q = 0; q < wide; q++) {
        s[q] = bias[i + q];
        lost[q] = SPLAT(0.0);
    }
    for (int32_t k = 0; k < half; k++) {
        const Ref a = refs[k], b = refs[half + k];
        const vec *x = (const vec *)(c->memory + (size_t)b.value * c->block) + i;
        const vec *w = (const vec *)(c->memory + (size_t)a.value * c->block) + i;
        vec of_w = a.uniform ? SPLAT(c->uniform[a.value]) : SPLAT(0.0), of_x = b.uniform ? SPLAT(c->uniform[b.value]) : SPLAT(0.0);
        for (int q = 0; q < wide; q++) {
            const vec one = a.uniform ? of_w : w[q], other = b.uniform ? of_x : x[q];
            if (exact) {
                vec error;
                s[q] = v_two_sum(s[q], one * other, &error);
                lost[q] += error;
            } else
                s[q] = v_fused(one, other, s[q]);
        }
    }
    for (int q = 0; q < wide; q++)
        out[i + q] = exact ? sel(lost[q] == lost[q], s[q] + lost[q], s[q]) : s[q]; /* inf - inf: the sum's own answer stands */
}

static inline void run_dot(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    vec spare[BLOCK / W], *out = slot(c, p->out);
    const vec *bias = numbers(c, refs[p->count - 1], spare, e.n);
    int32_t i = 0;
    if (p->n & EXACT) {
        for (; i + WIDE <= e.n; i += WIDE)
            dot_of(c, p, refs, bias, out, i, WIDE, 1);
        for (; i < e.n; i++)
            dot_of(c, p, refs, bias, out, i, 1, 1);
    } else {
        for (; i + WIDE <= e.n; i += WIDE)
            dot_of(c, p, refs, bias, out, i, WIDE, 0);
        for (; i < e.n; i++)
            dot_of(c, p, refs, bias, out, i, 1, 0);
    }
}

static inline void back_dot(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    const int32_t half = p->count / 2;
    const vec *bar = slot(c, p->bar);
    vec spare[BLOCK / W];
    for (int32_t k = 0; k < half; k++) {
        if (refs[k].bar >= 0) {
            const vec *x = numbers(c, refs[half + k], spare, e.n);
            CONTRIBUTE(refs[k], bar[i] * x[i]);
        }
    }
    for (int32_t k = 0; k < half; k++) {
        if (refs[half + k].bar >= 0) {
            if (refs[k].uniform) {
                const vec w = SPLAT(c->uniform[refs[k].value]);
                CONTRIBUTE(refs[half + k], bar[i] * w);
            } else {
                const vec *w = slot(c, refs[k].value);
                CONTRIBUTE(refs[half + k], bar[i] * w[i]);
            }
        }
    }
    CONTRIBUTE(refs[p->count - 1], bar[i]);
}

#include "lanes_matmul.h"

static inline void run_sum(const LaneCall *c, const Item *p, const Ref *refs, const Extent e, double over) {
    vec spare[BLOCK / W], lost[BLOCK / W], *out = slot(c, p->out);
    for (int32_t i = 0; i < e.n; i++)
        out[i] = lost[i] = SPLAT(0.0);
    for (int32_t k = 0; k < p->count; k++) {
        const vec *x = numbers(c, refs[k], spare, e.n);
        if (p->n & EXACT)
            for (int32_t i = 0; i < e.n; i++) {
                vec error;
                out[i] = v_two_sum(out[i], x[i], &error);
                lost[i] += error;
            }
        else
            for (int32_t i = 0; i < e.n; i++)
                out[i] += x[i];
    }
    for (int32_t i = 0; i < e.n; i++) {
        if (p->n & EXACT)
            out[i] = sel(lost[i] == lost[i], out[i] + lost[i], out[i]);
        if (over != 1.0)
            out[i] = out[i] / SPLAT(over);
    }
}

/* One more term of a sum; the errors are in the slot that is kept. */
static inline void run_sum_add(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    vec spare[BLOCK / W], *out = slot(c, p->out), *lost = slot(c, p->kept);
    const vec *x = numbers(c, refs[0], spare, e.n);
    for (int32_t i = 0; i < e.n; i++) {
        const vec before = p->where ? out[i] : SPLAT(0.0), errors = p->where ? lost[i] : SPLAT(0.0);
        if (p->n & EXACT) {
            vec error;
            out[i] = v_two_sum(before, x[i], &error);
            lost[i] = errors + error;
        } else
            out[i] = before + x[i];
    }
}

static inline void run_sum_end(const LaneCall *c, const Item *p, const Extent e) {
    vec *out = slot(c, p->out), *lost = slot(c, p->kept);
    if (p->n & EXACT)
        for (int32_t i = 0; i < e.n; i++)
            out[i] = sel(lost[i] == lost[i], out[i] + lost[i], out[i]);
}

static inline void run_extremum(const LaneCall *c, const Item *p, const Ref *refs, const Extent e, int largest, vec *out) {
    vec spare[BLOCK / W];
    const vec *x = numbers(c, refs[0], spare, e.n);
    for (int32_t i = 0; i < e.n; i++)
        out[i] = x[i];
    for (int32_t k = 1; k < p->count; k++) {
        x = numbers(c, refs[k], spare, e.n);
        for (int32_t i = 0; i < e.n; i++) {
            mask better = largest ? x[i] > out[i] : x[i] < out[i];
            vec best = sel(better, x[i], out[i]);
            out[i] = sel(out[i] == out[i], sel(x[i] == x[i], best, x[i]), out[i]);
        }
    }
}

static inline void back_extremum(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    vec spare[BLOCK / W], hits[BLOCK / W];
    const vec *out = slot(c, p->out), *bar = slot(c, p->bar);
    for (int32_t i = 0; i < e.n; i++)
        hits[i] = SPLAT(0.0);
    for (int32_t k = 0; k < p->count; k++) {
        const vec *x = numbers(c, refs[k], spare, e.n);
        for (int32_t i = 0; i < e.n; i++)
            hits[i] += sel(x[i] == out[i], SPLAT(1.0), SPLAT(0.0));
    }
    for (int32_t k = 0; k < p->count; k++) {
        const vec *x = numbers(c, refs[k], spare, e.n);
        CONTRIBUTE(refs[k], bar[i] * (sel(x[i] == out[i], SPLAT(1.0), SPLAT(0.0)) / hits[i]));
    }
}

/* logsumexp: the exponentials stay in the slots that are kept, as shares in their sum. */
static inline void run_logsumexp(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    vec spare[BLOCK / W], top[BLOCK / W], total[BLOCK / W], lost[BLOCK / W], whole[BLOCK / W], *out = slot(c, p->out), d[2];
    run_extremum(c, p, refs, e, 1, top);
    for (int32_t i = 0; i < e.n; i++) {
        top[i] = sel(v_abs(top[i]) == SPLAT(INFINITY), SPLAT(0.0), top[i]);
        total[i] = SPLAT(-1.0);
        lost[i] = whole[i] = SPLAT(0.0);
    }
    for (int32_t k = 0; k < p->count; k++) {
        const vec *u = numbers(c, refs[k], spare, e.n);
        vec *kept = p->kept >= 0 ? slot(c, p->kept + k) : NULL;
        for (int32_t i = 0; i < e.n; i++) {
            const vec x[2] = {u[i], top[i]};
            vec error, y = lane_expdiff(x, d);
            total[i] = v_two_sum(total[i], y, &error);
            lost[i] += error;
            whole[i] += y;
            if (kept != NULL)
                kept[i] = y;
        }
    }
    for (int32_t i = 0; i < e.n; i++)
        out[i] = top[i] + v_log1p(sel(lost[i] == lost[i], total[i] + lost[i], total[i]));
    if (p->kept >= 0)
        for (int32_t k = 0; k < p->count; k++) {
            vec *kept = slot(c, p->kept + k);
            for (int32_t i = 0; i < e.n; i++)
                kept[i] = kept[i] / whole[i];
        }
}

/* pick(c1, ..., cn, i): the i-th of the others, from 0; what is no place of one is nan. */
static inline void run_pick(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    vec spare[BLOCK / W], which[BLOCK / W], *out = slot(c, p->out);
    const vec *i_ = numbers(c, refs[p->count - 1], which, e.n);
    for (int32_t i = 0; i < e.n; i++)
        out[i] = SPLAT(NAN);
    for (int32_t k = 0; k < p->count - 1; k++) {
        const vec *x = numbers(c, refs[k], spare, e.n);
        for (int32_t i = 0; i < e.n; i++)
            out[i] = sel(i_[i] == SPLAT(k), x[i], out[i]);
    }
}

static inline void back_pick(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    vec which[BLOCK / W];
    const vec *i_ = numbers(c, refs[p->count - 1], which, e.n), *bar = slot(c, p->bar);
    for (int32_t k = 0; k < p->count - 1; k++)
        CONTRIBUTE(refs[k], sel(i_[i] == SPLAT(k), bar[i], SPLAT(0.0)));
}

/* --- guards ------------------------------------------------------------------------------------------------------- */

static inline void check(const LaneCall *c, const Item *p, const Ref *refs, int64_t from, int32_t count, const Extent e) {
    vec one[BLOCK / W], two[BLOCK / W];
    const double *x = (const double *)numbers(c, refs[0], one, e.n), *y = (const double *)numbers(c, refs[1], two, e.n);
    for (int32_t k = 0; k < count; k++) {
        int outcome = p->op == L_LT   ? x[k] < y[k]
                      : p->op == L_LE ? x[k] <= y[k]
                      : p->op == L_GT ? x[k] > y[k]
                      : p->op == L_GE ? x[k] >= y[k]
                      : p->op == L_EQ ? x[k] == y[k]
                      : p->op == L_NE ? x[k] != y[k]
                                      : memcmp(&x[k], &y[k], sizeof *x) == 0;
        if (outcome != (int)p->n && c->left[from + k] == 0)
            c->left[from + k] = 1 + p->where;
    }
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

/* One function per instruction: they are compiled much quicker so than as one large switch. */

typedef struct {
    const LaneCall *c;
    int64_t from;
    int32_t count;
    Extent e;
    int64_t rows[BLOCK]; /* where the row of each lane begins in the data */
} Block;

typedef void (*Run)(const Block *, const Item *, const Ref *);

#define AN_ITEM(NAME) static void item_##NAME(const Block *block, const Item *p, const Ref *refs)
#define OF_BLOCK                      \
    const LaneCall *const c = block->c; \
    const Extent e = block->e;          \
    (void)p, (void)refs, (void)c, (void)e;

#define LANES_1(NAME)                                \
    AN_ITEM(NAME) {                                  \
        OF_BLOCK                                     \
        vec s0[BLOCK / W], d[1], *out = slot(c, p->out); \
        const vec *a = numbers(c, refs[0], s0, e.n); \
        for (int32_t i = 0; i < e.n; i++)            \
            out[i] = lane_##NAME(&a[i], d);          \
    }
#define LANES_2(NAME)                                                                   \
    AN_ITEM(NAME) {                                                                     \
        OF_BLOCK                                                                        \
        vec s0[BLOCK / W], s1[BLOCK / W], d[2], *out = slot(c, p->out);                 \
        const vec *a = numbers(c, refs[0], s0, e.n), *b = numbers(c, refs[1], s1, e.n); \
        for (int32_t i = 0; i < e.n; i++) {                                             \
            const vec x[2] = {a[i], b[i]};                                              \
            out[i] = lane_##NAME(x, d);                                                 \
        }                                                                               \
    }
#define LANES_3(NAME)                                                                   \
    AN_ITEM(NAME) {                                                                     \
        OF_BLOCK                                                                        \
        vec s0[BLOCK / W], s1[BLOCK / W], s2[BLOCK / W], d[3], *out = slot(c, p->out);  \
        const vec *a = numbers(c, refs[0], s0, e.n), *b = numbers(c, refs[1], s1, e.n), \
                  *g = numbers(c, refs[2], s2, e.n);                                    \
        for (int32_t i = 0; i < e.n; i++) {                                             \
            const vec x[3] = {a[i], b[i], g[i]};                                        \
            out[i] = lane_##NAME(x, d);                                                 \
        }                                                                               \
    }
#define LANES_KEPT_1(NAME)                                                \
    AN_ITEM(KEPT_##NAME) {                                                \
        OF_BLOCK                                                          \
        vec s0[BLOCK / W], *out = slot(c, p->out), *kept = slot(c, p->kept); \
        const vec *a = numbers(c, refs[0], s0, e.n);                      \
        for (int32_t i = 0; i < e.n; i++)                                 \
            out[i] = lane_##NAME(&a[i], &kept[i]);                        \
    }
#define LANES_KEPT_2(NAME)                                                                     \
    AN_ITEM(KEPT_##NAME) {                                                                     \
        OF_BLOCK                                                                               \
        vec s0[BLOCK / W], s1[BLOCK / W], *out = slot(c, p->out);                              \
        vec *first = slot(c, p->kept), *second = slot(c, p->kept + 1);                         \
        const vec *a = numbers(c, refs[0], s0, e.n), *b = numbers(c, refs[1], s1, e.n);        \
        for (int32_t i = 0; i < e.n; i++) {                                                    \
            const vec x[2] = {a[i], b[i]};                                                     \
            vec d[2];                                                                          \
            out[i] = lane_##NAME(x, d);                                                        \
            first[i] = d[0];                                                                   \
            second[i] = d[1];                                                                  \
        }                                                                                      \
    }
#define LANES_BACK_1(NAME)                                                                        \
    AN_ITEM(BACK_##NAME) {                                                                        \
        OF_BLOCK                                                                                  \
        vec s0[BLOCK / W], d[1];                                                                  \
        const vec *a = numbers(c, refs[0], s0, e.n), *out = slot(c, p->out), *bar = slot(c, p->bar); \
        CONTRIBUTE(refs[0], (again_##NAME(&a[i], out[i], d), bar[i] * d[0]));                     \
    }
#define LANES_BACK_2(NAME)                                                                         \
    AN_ITEM(BACK_##NAME) {                                                                         \
        OF_BLOCK                                                                                   \
        vec s0[BLOCK / W], s1[BLOCK / W], d[2], x[2];                                              \
        const vec *a = numbers(c, refs[0], s0, e.n), *b = numbers(c, refs[1], s1, e.n),            \
                  *out = slot(c, p->out), *bar = slot(c, p->bar);                                  \
        CONTRIBUTE(refs[0], (x[0] = a[i], x[1] = b[i], again_##NAME(x, out[i], d), bar[i] * d[0])); \
        CONTRIBUTE(refs[1], (x[0] = a[i], x[1] = b[i], again_##NAME(x, out[i], d), bar[i] * d[1])); \
    }
#define LANES_BACK_3(NAME)                                                                         \
    AN_ITEM(BACK_##NAME) {                                                                         \
        OF_BLOCK                                                                                   \
        vec s0[BLOCK / W], s1[BLOCK / W], s2[BLOCK / W], d[3], x[3];                               \
        const vec *a = numbers(c, refs[0], s0, e.n), *b = numbers(c, refs[1], s1, e.n),            \
                  *g = numbers(c, refs[2], s2, e.n), *out = slot(c, p->out), *bar = slot(c, p->bar); \
        for (int k = 0; k < 3; k++)                                                                \
            CONTRIBUTE(refs[k], (x[0] = a[i], x[1] = b[i], x[2] = g[i], again_##NAME(x, out[i], d), bar[i] * d[k])); \
    }

LANE_CHEAP_1(LANES_1)
LANE_DEAR_1(LANES_1)
LANE_CHEAP_2(LANES_2)
LANE_DEAR_2(LANES_2)
LANE_CHEAP_3(LANES_3)
LANE_DEAR_1(LANES_KEPT_1)
LANE_DEAR_2(LANES_KEPT_2)
LANE_CHEAP_1(LANES_BACK_1)
LANE_CHEAP_2(LANES_BACK_2)
LANE_CHEAP_3(LANES_BACK_3)

#define ITEM(NAME, BODY) \
    AN_ITEM(NAME) {      \
        OF_BLOCK         \
        BODY;            \
    }
ITEM(GATHER, gather(c, p, block->from, block->count, e.n))
ITEM(COLUMNS, columns(c, p, refs, block->rows, block->count, e.n))
ITEM(SUMMED, put(c, p, refs[0], block->from, block->count, e))
ITEM(SCATTER, put(c, p, refs[0], block->from, block->count, e))
ITEM(ROW, put(c, p, refs[0], block->from, block->count, e))
ITEM(GUARD, if (c->left != NULL) check(c, p, refs, block->from, block->count, e))
ITEM(SUM, run_sum(c, p, refs, e, 1.0))
ITEM(MEAN, run_sum(c, p, refs, e, (double)p->count))
ITEM(DOT, run_dot(c, p, refs, e))
ITEM(MAXIMUM, run_extremum(c, p, refs, e, 1, slot(c, p->out)))
ITEM(MINIMUM, run_extremum(c, p, refs, e, 0, slot(c, p->out)))
ITEM(LOGSUMEXP, run_logsumexp(c, p, refs, e))
ITEM(PICK, run_pick(c, p, refs, e))
ITEM(DETACH, vec spare[BLOCK / W]; const vec *x = numbers(c, refs[0], spare, e.n); vec *out = slot(c, p->out);
     for (int32_t i = 0; i < e.n; i++) out[i] = x[i])
ITEM(SEED, seed(c, p, refs[0], block->from, block->count, e))
ITEM(BAR, pass_out(c, p, block->from, block->count))
ITEM(BACK_DOT, back_dot(c, p, refs, e))
ITEM(BACK_SHARES, back_extremum(c, p, refs, e))
ITEM(BACK_PICK, back_pick(c, p, refs, e))
ITEM(SUM_ADD, run_sum_add(c, p, refs, e))
ITEM(SUM_END, run_sum_end(c, p, e))
ITEM(MATMUL, run_matmul(c, p, refs, e))
ITEM(BACK_MATMUL, back_matmul(c, p, refs, e))
ITEM(BACK_KEPT, const vec *bar = slot(c, p->bar); for (int32_t k = 0; k < p->count; k++) {
    const vec *kept = slot(c, p->kept + k);
    CONTRIBUTE(refs[k], bar[i] * kept[i]);
})
ITEM(BACK_SUM, const vec *bar = slot(c, p->bar); for (int32_t k = 0; k < p->count; k++) CONTRIBUTE(refs[k], bar[i]))
ITEM(BACK_MEAN, const vec *bar = slot(c, p->bar); const vec part = SPLAT(1.0 / (double)p->count);
     for (int32_t k = 0; k < p->count; k++) CONTRIBUTE(refs[k], bar[i] * part))

#define OWN(NAME) [L_##NAME] = item_##NAME,
#define OWN_KEPT(NAME) OWN(KEPT_##NAME)
#define OWN_BACK(NAME) OWN(BACK_##NAME)
#define SHARED(NAME, ITEM) [L_##NAME] = item_##ITEM,
static const Run runs[LANE_OPS] = {
    LANE_CHEAP_1(OWN) LANE_DEAR_1(OWN) LANE_CHEAP_2(OWN) LANE_DEAR_2(OWN) LANE_CHEAP_3(OWN)
    LANE_DEAR_1(OWN_KEPT) LANE_DEAR_2(OWN_KEPT)
    LANE_CHEAP_1(OWN_BACK) LANE_CHEAP_2(OWN_BACK) LANE_CHEAP_3(OWN_BACK)
    OWN(GATHER) OWN(COLUMNS) OWN(SUMMED) OWN(SCATTER) OWN(ROW)
    SHARED(LT, GUARD) SHARED(LE, GUARD) SHARED(GT, GUARD) SHARED(GE, GUARD) SHARED(EQ, GUARD) SHARED(NE, GUARD) SHARED(IS, GUARD)
    OWN(SUM) OWN(MEAN) OWN(DOT) OWN(MAXIMUM) OWN(MINIMUM) OWN(LOGSUMEXP) OWN(PICK) OWN(DETACH) OWN(MATMUL) OWN(BACK_MATMUL) OWN(SUM_ADD) OWN(SUM_END)
    SHARED(SEED_SUMMED, SEED) SHARED(SEED_SCATTER, SEED) SHARED(SEED_ROW, SEED) SHARED(BAR_GATHER, BAR) SHARED(BAR_COLUMN, BAR)
    OWN(BACK_KEPT) OWN(BACK_SUM) OWN(BACK_MEAN) OWN(BACK_DOT) OWN(BACK_SHARES) OWN(BACK_PICK)};

static void run_block(const LaneProgram *program, const LaneCall *c, int64_t from, int32_t count) {
    Block block;
    memset(&block.e, 0, sizeof block.e);
    block.c = c;
    block.from = from;
    block.count = count;
    block.e.n = (count + 7) / 8 * PER_GROUP;
    block.e.full = count / 8 * PER_GROUP;
    block.e.first = from == 0;
    block.e.last = from + count == c->lanes;
    if (c->data != NULL)
        for (int32_t k = 0; k < count; k++)
            block.rows[k] = (c->rows != NULL ? c->rows[from + k] : from + k) * c->width;
    double within[8] = {0.0};
    for (int k = 0; k < count % 8; k++)
        within[k] = 1.0;
    for (int q = 0; q < PER_GROUP; q++) {
        vec v;
        memcpy(&v, within + q * W, sizeof v);
        block.e.valid[q] = v > SPLAT(0.5);
    }
    const Item *p = program->items, *end = p + program->count;
    for (; p < end; p++)
        runs[p->op](&block, p, program->refs + p->refs);
}
