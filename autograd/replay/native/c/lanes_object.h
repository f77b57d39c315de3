/* The type `Lanes`: a tape that is run over many lanes, from arrays into arrays.

    lanes.forward(n, pool, index, data, rows, out, left)
    lanes.backward(n, pool, index, data, rows, out, left, pool_bar, data_bar, seeds)

Arrays are buffers of doubles ('d'), and of 32-bit integers ('i') for `index`, `rows` and `left`; None where there is none. Nothing is
kept of them. Either gives the number of lanes that a guard has left; then no gradient by a uniform number has been added. */

#ifndef STEPGRAD_LANES_OBJECT_H
#define STEPGRAD_LANES_OBJECT_H

#include "lanes_write.h"

#define DECLARE(NAME) void lanes_##NAME(const LaneProgram *, const LaneCall *, int64_t, int32_t);
DECLARE(portable)
static int always(void) { return 1; }
#if defined(__GNUC__) && defined(__x86_64__)
DECLARE(sse2)
DECLARE(avx2)
DECLARE(avx512)
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static int has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
}
static const Isa isas[] = {{"portable", lanes_portable, always}, {"sse2", lanes_sse2, always}, {"avx2", lanes_avx2, has_avx2},
                           {"avx512", lanes_avx512, has_avx512}};
#elif defined(__GNUC__) && defined(__aarch64__)
DECLARE(neon)
static const Isa isas[] = {{"portable", lanes_portable, always}, {"neon", lanes_neon, always}};
#else
static const Isa isas[] = {{"portable", lanes_portable, always}};
#endif
enum { ISAS = sizeof isas / sizeof *isas };
enum { CACHED = 1 << 19 }; /* bytes of slots that a cache is trusted to hold */

typedef struct {
    PyObject_HEAD
    LaneSource source;
    LaneProgram forward, backward;
    const Isa *isa;
    int32_t sums;          /* results that are summed over lanes */
    int32_t *sum_to;       /* where each goes in the pool */
    int64_t pool_least, index_columns, width, out_width;
    double *constants;
    int straight;          /* uniform inputs lie in a row in the pool */
    uint8_t *takes;        /* per uniform: whether a gradient is added */
    int all_take;          /* whether it is added for every input among them */
    void *spare;           /* the arrays of a call, if no call is using them */
    size_t spare_size;
} Lanes;

static double reduced_parts(const double *s) { return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])); }

/* --- one call ----------------------------------------------------------------------------------------------------- */

enum { POOL, INDEX, DATA, ROWS, OUT, LEFT_, POOL_BAR, DATA_BAR, SEEDS, ARRAYS };

typedef struct {
    Py_buffer view[ARRAYS];
    int held[ARRAYS];
} Buffers;

static void release(Buffers *b) {
    for (int k = 0; k < ARRAYS; k++)
        if (b->held[k])
            PyBuffer_Release(&b->view[k]);
}

static int hold(Buffers *b, int which, PyObject *o, int64_t least, int needed) {
    static const char *const names[ARRAYS] = {"pool", "index", "data", "rows", "out", "left", "pool_bar", "data_bar", "seeds"};
    static const int writable[ARRAYS] = {1, 0, 0, 0, 1, 1, 1, 1, 0};
    int integers = which == INDEX || which == ROWS || which == LEFT_;
    if (o == Py_None) {
        if (needed)
            PyErr_Format(PyExc_TypeError, "%s: this program needs one, got None", names[which]);
        return !needed;
    }
    if (!buffer_of(o, &b->view[which], integers ? "il" : "d", integers ? 4 : 8, writable[which], (Py_ssize_t)least, names[which]))
        return 0;
    b->held[which] = 1;
    return 1;
}

static void *array_of(Buffers *b, int which) { return b->held[which] ? b->view[which].buf : NULL; }

/* Every integer has to be in [0, below). */
static int within(const int32_t *all, int64_t n, int64_t below, const char *name) {
    for (int64_t k = 0; k < n; k++)
        if (all[k] < 0 || all[k] >= below) {
            PyErr_Format(PyExc_ValueError, "%s: %ld is not below %lld", name, (long)all[k], (long long)below);
            return 0;
        }
    return 1;
}

/* The lanes of a block: equal parts of all lanes, few enough for their slots to stay in the cache; an odd number of groups, or the
same lane of many slots would lie in few sets of the cache. */
static int32_t block_of(int64_t lanes, int32_t slots) {
    int64_t most = slots <= CACHED / (BLOCK * 8) ? BLOCK : BLOCK / 2, blocks = lanes > most ? (lanes + most - 1) / most : 1;
    int64_t groups = ((lanes + blocks - 1) / blocks + 7) / 8;
    return (int32_t)(groups | 1) * 8;
}

/* Run all blocks: 0, or -1 with an error. Long runs let other threads run, and hear Control-C. */
static int run_blocks(Lanes *self, const LaneProgram *p, const LaneCall *c) {
    int64_t work = (int64_t)p->count * (int64_t)(c->block / 8), since = 0;
    int alone = work * (c->lanes / c->block + 1) < (1 << 16);
    PyThreadState *thread = alone ? NULL : PyEval_SaveThread();
    int done = 0;
    for (int64_t from = 0; from < c->lanes && done == 0; from += c->block) {
        int64_t count = c->lanes - from;
        self->isa->run(p, c, from, count < c->block ? (int32_t)count : c->block);
        if (!alone && (since += work) > (1 << 24)) {
            since = 0;
            PyEval_RestoreThread(thread);
            done = PyErr_CheckSignals();
            thread = PyEval_SaveThread();
        }
    }
    if (!alone)
        PyEval_RestoreThread(thread);
    return done;
}

/* Room for one call; the spare one if it is large enough. */
static void *take_room(Lanes *self, size_t size) {
    void *room = self->spare;
    self->spare = NULL;
    if (room != NULL && self->spare_size >= size)
        return room;
    free(room);
    room = malloc(size);
    if (room == NULL)
        PyErr_NoMemory();
    return room;
}

#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("O3"))) /* with vectors */
#endif
static void add_row(double *to, const double *from, int32_t n) {
    for (int32_t k = 0; k < n; k++)
        to[k] += from[k];
}

/* Add the gradients by uniform numbers to those of the pool. */
static void add_totals(const Lanes *self, const double *totals, double *pool_bar, int32_t own) {
    const int32_t *to = self->source.pool_of;
    if (own && self->straight && self->all_take)
        add_row(pool_bar + to[0], totals, own);
    else
        for (int32_t k = 0; k < own; k++)
            if (self->takes[k])
                pool_bar[to[k]] += totals[k];
}

static PyObject *run_lanes(Lanes *self, PyObject *const *a, Py_ssize_t count, int reverse) {
    const LaneSource *s = &self->source;
    const LaneProgram *p = reverse ? &self->backward : &self->forward;
    Buffers b;
    LaneCall c;
    memset(&b, 0, sizeof b);
    memset(&c, 0, sizeof c);
    if (count != (reverse ? 10 : 7)) {
        PyErr_SetString(PyExc_TypeError, reverse ? "backward(n, pool, index, data, rows, out, left, pool_bar, data_bar, seeds)"
                                                 : "forward(n, pool, index, data, rows, out, left)");
        return NULL;
    }
    long long n = PyLong_AsLongLong(a[0]);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (n < 0 || n > INT32_MAX) {
        PyErr_Format(PyExc_ValueError, "n: the number of lanes is not between 0 and 2**31, got %lld", n);
        return NULL;
    }
    PyObject *answer = NULL;
    char *room = NULL;
    size_t sizes = 0;
    c.lanes = n;
    c.block = block_of(n, p->slots);
    c.width = self->width;
    c.out_width = self->out_width;
    /* a lane's row is its own number, or what `rows` says */
    if (!hold(&b, POOL, a[1], self->pool_least, self->pool_least > 0) ||
        !hold(&b, INDEX, a[2], self->index_columns * n, self->index_columns > 0) || !hold(&b, ROWS, a[4], n, 0) ||
        !hold(&b, DATA, a[3], a[4] == Py_None ? c.width * n : 0, c.width > 0) ||
        !hold(&b, OUT, a[5], c.out_width * n, 0) || !hold(&b, LEFT_, a[6], n, s->guards > 0))
        goto end;
    if (reverse && (!hold(&b, POOL_BAR, a[7], self->pool_least, self->pool_least > 0) ||
                    !hold(&b, DATA_BAR, a[8], c.width * n, 0) || !hold(&b, SEEDS, a[9], c.out_width * n, 0)))
        goto end;
    c.pool = array_of(&b, POOL);
    c.index = array_of(&b, INDEX);
    c.data = array_of(&b, DATA);
    c.rows = array_of(&b, ROWS);
    c.out = array_of(&b, OUT);
    c.left = s->guards ? array_of(&b, LEFT_) : NULL;
    c.pool_bar = array_of(&b, POOL_BAR);
    c.data_bar = array_of(&b, DATA_BAR);
    c.seeds = array_of(&b, SEEDS);
    if (c.rows != NULL && c.width && !within(c.rows, n, b.view[DATA].len / 8 / c.width, "rows"))
        goto end;
    int64_t pool_size = b.held[POOL] ? b.view[POOL].len / 8 : 0;
    if (c.pool_bar != NULL && b.view[POOL_BAR].len / 8 < pool_size)
        pool_size = b.view[POOL_BAR].len / 8;
    if (c.index != NULL && !within(c.index, self->index_columns * n, pool_size, "index"))
        goto end;
    size_t uniforms = ((size_t)p->uniforms + 8) & ~(size_t)7, totals = reverse ? uniforms : 0, parts = reverse ? (size_t)p->uniforms * PARTS : 0;
    size_t sums = (size_t)self->sums * PARTS, slots = (size_t)p->slots * (size_t)c.block;
    sizes = (uniforms + totals + parts + sums + slots) * sizeof(double) + 64;
    if ((room = take_room(self, sizes)) == NULL)
        goto end;
    double *at = (double *)(((uintptr_t)room + 63) & ~(uintptr_t)63), *uniform = at;
    c.uniform = uniform;
    c.totals = at + uniforms;
    c.parts = c.totals + totals;
    c.sums = c.parts + parts;
    c.memory = c.sums + sums;
    int32_t own = s->uniforms - s->constants;
    if (own && self->straight)
        memcpy(uniform, c.pool + s->pool_of[0], (size_t)own * sizeof(double));
    else
        for (int32_t k = 0; k < own; k++)
            uniform[k] = c.pool[s->pool_of[k]];
    memcpy(uniform + own, self->constants, (size_t)s->constants * sizeof(double));
    memset(c.sums, 0, sums * sizeof(double));
    if (c.left != NULL)
        memset(c.left, 0, (size_t)n * sizeof *c.left);
    if (run_blocks(self, p, &c) < 0)
        goto end;
    int64_t gone = 0;
    for (int64_t k = 0; c.left != NULL && k < n; k++)
        gone += c.left[k] != 0;
    if (gone == 0) {
        for (int32_t k = 0; k < self->sums; k++)
            c.pool[self->sum_to[k]] = reduced_parts(c.sums + (size_t)k * PARTS);
        if (reverse && n)
            add_totals(self, c.totals, c.pool_bar, own);
    }
    answer = PyLong_FromLongLong(gone);
end:
    release(&b);
    if (room != NULL) {
        if (self->spare == NULL) {
            self->spare = room;
            self->spare_size = sizes;
        } else
            free(room);
    }
    return answer;
}

static PyObject *lanes_run_forward(PyObject *me, PyObject *const *a, Py_ssize_t count) {
    return run_lanes((Lanes *)me, a, count, 0);
}

static PyObject *lanes_run_backward(PyObject *me, PyObject *const *a, Py_ssize_t count) {
    return run_lanes((Lanes *)me, a, count, 1);
}

/* --- the making of one -------------------------------------------------------------------------------------------- */

/* The columns of a tape, checked by the kernel, as the source of programs. */
static int read_lanes(Lanes *self, Kernel *kernel, PyObject *sources, PyObject *destinations) {
    const Program *p = &kernel->program;
    const Columns *c = &kernel->columns;
    LaneSource *s = &self->source;
    int64_t m = c->start[c->nodes];
    s->nodes = (int32_t)c->nodes;
    s->inputs = p->inputs;
    s->outputs = p->outputs;
    s->guards = (int32_t)c->guards;
    s->constants = p->first;
    uint16_t *op = malloc((size_t)s->nodes * 2 + 2);
    int64_t *start = malloc(((size_t)s->nodes + 1) * 8), *operands = malloc((size_t)m * 8 + 8);
    int64_t *output = malloc((size_t)s->outputs * 8), *guard = malloc((size_t)s->guards * 40 + 8);
    uint8_t *source = calloc((size_t)s->inputs + 1, 1), *wanted = calloc((size_t)s->inputs + 1, 1), *destination = calloc((size_t)s->outputs, 1);
    int32_t *from = calloc((size_t)s->inputs + 1, 4), *to = calloc((size_t)s->outputs, 4);
    s->op = op, s->start = start, s->operands = operands, s->output = output, s->guard = guard;
    s->source = source, s->wanted = wanted, s->destination = destination, s->from = from, s->to = to;
    s->rows = calloc((size_t)PyList_Size(kernel->names) + 1, sizeof *s->rows);
    s->uniform_of = calloc((size_t)s->inputs + 1, 4);
    s->pool_of = calloc((size_t)s->inputs + 1, 4);
    s->needs = calloc((size_t)s->nodes + 1, 1);
    self->constants = malloc((size_t)s->constants * 8 + 8);
    self->sum_to = calloc((size_t)s->outputs, 4);
    if (!op || !start || !operands || !output || !guard || !source || !wanted || !destination || !from || !to || !s->rows ||
        !s->uniform_of || !s->pool_of || !s->needs || !self->constants || !self->sum_to) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(op, c->op, (size_t)s->nodes * 2);
    memcpy(start, c->start, ((size_t)s->nodes + 1) * 8);
    memcpy(self->constants, p->constants, (size_t)s->constants * 8);
    for (int64_t k = 0; k < m; k++)
        operands[k] = p->pool[k] >= p->first ? p->pool[k] - p->first : -1 - p->pool[k];
    for (int32_t k = 0; k < s->outputs; k++)
        output[k] = p->output[k] >= p->first ? p->output[k] - p->first : -1 - p->output[k];
    for (int32_t g = 0; g < s->guards; g++) {
        const Guard *one = &c->guard[g];
        const int64_t five[5] = {one->op - F_LT, one->left >= p->first ? one->left - p->first : -1 - one->left,
                                 one->right >= p->first ? one->right - p->first : -1 - one->right, one->outcome, one->after};
        memcpy(guard + 5 * g, five, sizeof five);
    }
    for (Py_ssize_t k = 0; k < PyList_Size(kernel->names); k++) {
        PyObject *bytes = PyUnicode_AsUTF8String(PyList_GetItem(kernel->names, k));
        const char *name = bytes != NULL ? PyBytes_AsString(bytes) : NULL;
        if (name != NULL && (s->rows[k] = lane_row_named(name)) == NULL)
            PyErr_Format(PyExc_ValueError, "the row '%s' of the table has no rule for lanes", name);
        Py_XDECREF(bytes);
        if (PyErr_Occurred())
            return -1;
    }
    for (int32_t i = s->inputs; i < s->nodes; i++)
        if (s->rows[op[i]]->op == L_PICK && start[i + 1] - start[i] < 2)
            return refuse("a pick has nothing to pick from");
    for (int32_t i = 0; i < s->inputs; i++) {
        int kind, gradient, place;
        PyObject *one = PyTuple_GetItem(sources, i);
        if (!PyTuple_Check(one) || !PyArg_ParseTuple(one, "iip", &kind, &place, &gradient))
            return -1;
        if (kind < UNIFORM || kind > COLUMN || place < 0 || (kind == COLUMN && place >= self->width))
            return refuse("an input comes from nowhere");
        source[i] = (uint8_t)kind;
        from[i] = place;
        wanted[i] = s->needs[i] = (uint8_t)gradient;
        if (kind == GATHER && place >= self->index_columns)
            self->index_columns = (int64_t)place + 1;
        if (kind == UNIFORM && place >= self->pool_least)
            self->pool_least = (int64_t)place + 1;
        if (kind == UNIFORM) {
            s->pool_of[s->uniforms] = place;
            s->uniform_of[i] = s->uniforms++;
        } else
            s->uniform_of[i] = -1;
    }
    self->straight = 1;
    for (int32_t k = 1; k < s->uniforms; k++)
        self->straight &= s->pool_of[k] == s->pool_of[0] + k;
    s->uniforms += s->constants;
    for (int32_t k = 0; k < s->outputs; k++) {
        int kind, place;
        PyObject *one = PyTuple_GetItem(destinations, k);
        if (!PyTuple_Check(one) || !PyArg_ParseTuple(one, "ii", &kind, &place))
            return -1;
        if (kind < SUMMED || kind > ROW || place < 0 || (kind == ROW && place >= self->out_width))
            return refuse("a result goes nowhere");
        destination[k] = (uint8_t)kind;
        to[k] = place;
        if (kind == SUMMED) {
            self->sum_to[self->sums++] = place;
            if (place >= self->pool_least)
                self->pool_least = (int64_t)place + 1;
        }
        if (kind == SCATTER && place >= self->index_columns)
            self->index_columns = (int64_t)place + 1;
    }
    if (self->index_columns && !self->pool_least)
        self->pool_least = 1;
    for (int32_t i = s->inputs; i < s->nodes; i++)
        for (int64_t k = start[i]; k < start[i + 1] - (s->rows[op[i]]->op == L_PICK); k++)
            if (operands[k] >= 0 && s->rows[op[i]]->op != L_DETACH)
                s->needs[i] |= s->needs[operands[k]];
    return 0;
}

static PyObject *lanes_new(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    static char *words[] = {"kernel", "sources", "destinations", "width", "out_width", "exact", "isa", NULL};
    PyObject *kernel, *sources, *destinations;
    Py_ssize_t width, out_width;
    int exact;
    const char *isa;
    if (!PyArg_ParseTupleAndKeywords(arguments, named, "OOOnnps", words, &kernel, &sources, &destinations, &width, &out_width, &exact,
                                     &isa))
        return NULL;
    if (Py_TYPE(kernel) != kernel_type || !PyTuple_Check(sources) || !PyTuple_Check(destinations) ||
        PyTuple_Size(sources) != ((Kernel *)kernel)->program.inputs ||
        PyTuple_Size(destinations) != ((Kernel *)kernel)->program.outputs || width < 0 || out_width < 0) {
        PyErr_SetString(PyExc_TypeError, "Lanes: takes a Kernel, a tuple with the source of every input, one with the destination of "
                                         "every result, and two widths");
        return NULL;
    }
    Lanes *self = (Lanes *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0); /* zeros */
    if (self == NULL)
        return NULL;
    for (int k = 0; k < ISAS; k++)
        if (strcmp(isas[k].name, isa) == 0 && isas[k].usable())
            self->isa = &isas[k];
    if (self->isa == NULL) {
        PyErr_Format(PyExc_ValueError, "isa: this machine has no '%s'", isa);
        goto failed;
    }
    self->width = width;
    self->out_width = out_width;
    self->source.exact = exact;
    if (read_lanes(self, (Kernel *)kernel, sources, destinations) < 0)
        goto failed;
    self->takes = calloc((size_t)self->source.uniforms + 1, 1);
    if (self->takes == NULL || write_lanes(&self->source, &self->forward, 0) < 0 || write_lanes(&self->source, &self->backward, 1) < 0) {
        PyErr_NoMemory();
        goto failed;
    }
    for (int32_t k = 0; k < self->backward.count; k++) {
        const Item *item = &self->backward.items[k];
        int32_t many = item->op == L_BACK_MATMUL ? item->where + item->count * (item->where + 2) : item->count;
        for (int32_t r = item->refs; r < item->refs + many; r++)
            if (self->backward.refs[r].uniform && self->backward.refs[r].bar >= 0)
                self->takes[self->backward.refs[r].bar] = 1;
    }
    self->all_take = memchr(self->takes, 0, (size_t)(self->source.uniforms - self->source.constants)) == NULL;
    return (PyObject *)self;
failed:
    Py_DECREF((PyObject *)self);
    return NULL;
}

static void lanes_dealloc(PyObject *me) {
    Lanes *self = (Lanes *)me;
    LaneSource *s = &self->source;
    PyTypeObject *type = Py_TYPE(me);
    const void *all[] = {s->op, s->start, s->operands, s->rows, s->source, s->wanted, s->from, s->destination, s->to, s->output,
                         s->guard, s->uniform_of, s->pool_of, s->needs, self->sum_to, self->constants, self->takes, self->spare};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free((void *)all[k]);
    free_lane_program(&self->forward);
    free_lane_program(&self->backward);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(me);
    Py_DECREF(type);
}

static PyMethodDef lanes_methods[] = {
    {"forward", (PyCFunction)(void (*)(void))lanes_run_forward, METH_FASTCALL, "The numbers of all lanes."},
    {"backward", (PyCFunction)(void (*)(void))lanes_run_backward, METH_FASTCALL, "The numbers of all lanes, and gradients."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef lanes_members[] = {
    {"slots", T_INT, offsetof(Lanes, backward.slots), READONLY, "How many slots the backward program has."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot lanes_slots[] = {
    {Py_tp_doc, "A tape that is run over many lanes."},
    {Py_tp_new, lanes_new},
    {Py_tp_dealloc, lanes_dealloc},
    {Py_tp_methods, lanes_methods},
    {Py_tp_members, lanes_members},
    {0, NULL},
};

static PyType_Spec lanes_spec = {"autograd.replay.native._tape.Lanes", sizeof(Lanes), 0, Py_TPFLAGS_DEFAULT, lanes_slots};

#endif
