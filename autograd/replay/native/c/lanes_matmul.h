/* Dots of the same numbers with different uniform weights, such as the neurons of a layer, all at once.

    z_j = b_j + w_j1 * x_1 + ... + w_jn * x_n

Several z and several vectors of lanes stay in registers, so that each x is read once for all of them. Every lane of every z is
added up in the order in which it is added up alone, so the bits are those of the single dots. `count` is the number of z, `where`
that of x; the operands are the x, then for each z itself, its bias and its weights, which lie in equal steps. */

#ifndef STEPGRAD_LANES_MATMUL_H
#define STEPGRAD_LANES_MATMUL_H

#ifdef __GNUC__
#define UNROLLED _Pragma("GCC unroll 8") /* or what is in arrays would not stay in registers */
#else
#define UNROLLED
#endif

enum { TALL = 4, LANES_WIDE = W == 8 ? 4 : 2 }; /* results, and vectors of lanes, in a tile */

typedef struct {
    const double *at;
    int32_t step;
} Weights;

static inline const Ref *neuron(const Item *p, const Ref *refs, int32_t j) { return refs + p->where + (size_t)j * (p->where + 2); }

static inline Weights weights_of(const LaneCall *c, const Item *p, const Ref *neuron) {
    const Weights w = {c->uniform + neuron[2].value, p->where > 1 ? neuron[3].value - neuron[2].value : 0};
    return w;
}

static inline __attribute__((always_inline)) void tile(const LaneCall *c, const Item *p, const Ref *refs, int32_t j0, int32_t i0,
                                                      const int tall, const int wide, const int exact) {
    vec s[TALL][LANES_WIDE], lost[TALL][LANES_WIDE];
    Weights w[TALL];
    UNROLLED
    for (int j = 0; j < tall; j++) {
        const Ref *z = neuron(p, refs, j0 + j);
        w[j] = weights_of(c, p, z);
        UNROLLED
        for (int i = 0; i < wide; i++) {
            s[j][i] = SPLAT(c->uniform[z[1].value]);
            lost[j][i] = SPLAT(0.0);
        }
    }
    for (int32_t k = 0; k < p->where; k++) {
        const vec *x = slot(c, refs[k].value) + i0;
        UNROLLED
        for (int j = 0; j < tall; j++) {
            const vec of_w = SPLAT(w[j].at[(int64_t)k * w[j].step]);
            UNROLLED
            for (int i = 0; i < wide; i++) {
                const vec product = of_w * x[i];
                if (exact) {
                    vec error;
                    s[j][i] = v_two_sum(s[j][i], product, &error);
                    lost[j][i] += error;
                } else
                    s[j][i] += product;
            }
        }
    }
    UNROLLED
    for (int j = 0; j < tall; j++) {
        vec *out = slot(c, neuron(p, refs, j0 + j)[0].value) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++)
            out[i] = exact ? sel(lost[j][i] == lost[j][i], s[j][i] + lost[j][i], s[j][i]) : s[j][i];
    }
}

#define TILES(TALL_, WIDE_, EXACT) tile(c, p, refs, j, i, TALL_, WIDE_, EXACT)
static void run_matmul(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    int32_t i = 0;
    for (; i + LANES_WIDE <= e.n; i += LANES_WIDE) {
        int32_t j = 0;
        if (p->n & EXACT) {
            for (; j + TALL / 2 <= p->count; j += TALL / 2)
                TILES(TALL / 2, LANES_WIDE, 1);
            for (; j < p->count; j++)
                TILES(1, LANES_WIDE, 1);
        } else {
            for (; j + TALL <= p->count; j += TALL)
                TILES(TALL, LANES_WIDE, 0);
            for (; j < p->count; j++)
                TILES(1, LANES_WIDE, 0);
        }
    }
    for (; i < e.n; i++)
        for (int32_t j = 0; j < p->count; j++) {
            if (p->n & EXACT)
                TILES(1, 1, 1);
            else
                TILES(1, 1, 0);
        }
}

/* The gradients of the weights of `tall` results by `wide` x: sums over lanes, in the declared order. */
static inline __attribute__((always_inline)) void weights_tile(const LaneCall *c, const Item *p, const Ref *refs, const Extent e,
                                                              int32_t j0, int32_t k0, const int tall, const int wide) {
    vec s[TALL][TALL][PER_GROUP];
    const vec *bar[TALL], *x[TALL];
    int32_t first[TALL], step[TALL];
    vec *parts[TALL][TALL];
    double *total[TALL][TALL];
    UNROLLED
    for (int j = 0; j < tall; j++) {
        const Ref *z = neuron(p, refs, j0 + j);
        bar[j] = slot(c, z[0].bar);
        first[j] = z[2].bar;
        step[j] = p->where > 1 ? z[3].bar - z[2].bar : 0;
    }
    UNROLLED
    for (int k = 0; k < wide; k++)
        x[k] = slot(c, refs[k0 + k].value);
    UNROLLED
    for (int j = 0; j < tall; j++)
        UNROLLED
        for (int k = 0; k < wide; k++) {
            int store = p->n & ALL_STORE, last = p->n & ALL_LAST;
            int64_t at = first[j] + (int64_t)(k0 + k) * step[j];
            if (!(p->n & ALIKE)) {
                const Ref w = neuron(p, refs, j0 + j)[2 + k0 + k];
                store = w.store, last = w.last;
            }
            parts[j][k] = (vec *)(c->parts + at * PARTS);
            total[j][k] = e.last && last ? &c->totals[at] : NULL;
            UNROLLED
            for (int q = 0; q < PER_GROUP; q++)
                s[j][k][q] = store && e.first ? SPLAT(0.0) : parts[j][k][q];
        }
    for (int32_t i = 0; i < e.full; i += PER_GROUP)
        UNROLLED
        for (int q = 0; q < PER_GROUP; q++)
            UNROLLED
            for (int j = 0; j < tall; j++)
                UNROLLED
                for (int k = 0; k < wide; k++)
                    s[j][k][q] += bar[j][i + q] * x[k][i + q];
    if (e.full < e.n)
        UNROLLED
        for (int q = 0; q < PER_GROUP; q++)
            UNROLLED
            for (int j = 0; j < tall; j++)
                UNROLLED
                for (int k = 0; k < wide; k++)
                    s[j][k][q] += sel(e.valid[q], bar[j][e.full + q] * x[k][e.full + q], SPLAT(0.0));
    UNROLLED
    for (int j = 0; j < tall; j++)
        UNROLLED
        for (int k = 0; k < wide; k++) {
            if (total[j][k] != NULL)
                *total[j][k] = total_of(s[j][k]);
            else
                UNROLLED
                for (int q = 0; q < PER_GROUP; q++)
                    parts[j][k][q] = s[j][k][q];
        }
}

/* The gradient of one x from all results, the last one first. */
static inline __attribute__((always_inline)) void inputs_tile(const LaneCall *c, const Item *p, const Ref *refs, const int32_t *ks,
                                                             int32_t i0, const int tall, const int wide) {
    vec s[TALL][LANES_WIDE];
    UNROLLED
    for (int k = 0; k < tall; k++) {
        const vec *to = slot(c, refs[ks[k]].bar) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++)
            s[k][i] = refs[ks[k]].store ? SPLAT(0.0) : to[i];
    }
    for (int32_t j = p->count - 1; j >= 0; j--) {
        const Ref *z = neuron(p, refs, j);
        const Weights w = weights_of(c, p, z);
        const vec *bar = slot(c, z[0].bar) + i0;
        UNROLLED
        for (int k = 0; k < tall; k++) {
            const vec of_w = SPLAT(w.at[(int64_t)ks[k] * w.step]);
            UNROLLED
            for (int i = 0; i < wide; i++)
                s[k][i] += bar[i] * of_w;
        }
    }
    UNROLLED
    for (int k = 0; k < tall; k++) {
        vec *to = slot(c, refs[ks[k]].bar) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++)
            to[i] = s[k][i];
    }
}

enum { WEIGHTS_TALL = W == 1 ? 1 : W == 8 ? 4 : 2, WEIGHTS_WIDE = W == 8 ? 4 : W == 4 ? 2 : 1 };

static void back_matmul(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    if (neuron(p, refs, 0)[2].bar >= 0) {
        int32_t j = 0;
        for (; j + WEIGHTS_TALL <= p->count; j += WEIGHTS_TALL) {
            int32_t k = 0;
            for (; k + WEIGHTS_WIDE <= p->where; k += WEIGHTS_WIDE)
                weights_tile(c, p, refs, e, j, k, WEIGHTS_TALL, WEIGHTS_WIDE);
            for (; k < p->where; k++)
                weights_tile(c, p, refs, e, j, k, WEIGHTS_TALL, 1);
        }
        for (; j < p->count; j++)
            for (int32_t k = 0; k < p->where; k++)
                weights_tile(c, p, refs, e, j, k, 1, 1);
    }
    int32_t ks[TALL], found = 0;
    for (int32_t k = 0; k <= p->where; k++) {
        if (k < p->where && refs[k].bar >= 0)
            ks[found++] = k;
        if (found == TALL || k == p->where) {
            int32_t i = 0;
            if (found == TALL)
                for (; i + LANES_WIDE <= e.n; i += LANES_WIDE)
                    inputs_tile(c, p, refs, ks, i, TALL, LANES_WIDE);
            for (; i < e.n; i++)
                for (int32_t one = 0; one < found; one++)
                    inputs_tile(c, p, refs, ks + one, i, 1, 1);
            found = 0;
        }
    }
    for (int32_t j = p->count - 1; j >= 0; j--) {
        const Ref *z = neuron(p, refs, j);
        const vec *bar = slot(c, z[0].bar);
        CONTRIBUTE(z[1], bar[i]);
    }
}

#endif
