/* The type `Kernel`: a tape that is called with Python's floats, in the shape in which it was recorded.

    kernel.value(*arguments)             the number, or a list of numbers
    kernel.value_and_grad(*arguments)    the number and the gradients
    kernel.jacobian(*arguments)          the numbers, and the gradients of each
    kernel.gradient(numbers, before)     the numbers, and the gradient of the first by every input, added to `before` if it is given
    kernel.rows(x, values, grads, left)  the same for every row of an array, into arrays

Whatever is out of the ordinary is handed to Python by one call, otherwise(reason, number, name, arguments, keywords), whose answer is the
answer: a guard that came out differently (its number, and the number on its left), arguments of another shape (UNLIKE), the
call that is to be looked at (LOOK), and a call while one of the containers in `busy` holds something (BUSY), or with keywords
(UNLIKE).

The arrays of a sweep are kept between calls, one set; a call that comes while another one is running makes its own. */

#ifndef STEPGRAD_KERNEL_H
#define STEPGRAD_KERNEL_H

#include "../../../c/plain.h"
#include "sweeps.h"

enum { UNLIKE = -1, LOOK = -2, BUSY = -3 };

typedef struct {
    PyObject_HEAD
    Program program;
    Columns columns;        /* of a kernel they are its own copies, for reverse sweeps that are written later */
    PyObject *names;        /* of the rows, as they were handed over */
    PyObject *table;        /* table(name, operands, partials): what Python computes */
    PyObject *otherwise;
    PyObject *busy;         /* a tuple of containers */
    int single, one;        /* one result, not a list; the gradient by one argument, not a tuple of them */
    int32_t arguments;
    int32_t *shape;         /* per argument: -1 for a number, else how many */
    int32_t *begin;         /* the first input of each */
    int32_t derived;        /* by how many arguments */
    int32_t *by;            /* which */
    double *spare;          /* the arrays of a sweep, if no call is using them */
    unsigned long long calls, look_at;
} Kernel;

static PyObject *word_value, *word_grad, *word_jacobian, *word_gradient;

/* --- arrays ------------------------------------------------------------------------------------------------------- */

static int take_arrays(Kernel *self, State *s) {
    const Program *p = &self->program;
    size_t slots = (size_t)p->slots, first = (size_t)p->first;
    double *all = self->spare;
    self->spare = NULL;
    if (all == NULL) {
        all = malloc((2 * slots + (size_t)p->kept + 1) * sizeof *all);
        if (all == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        memset(all, 0, slots * sizeof *all);
        memset(all + slots, 0, first * sizeof *all);
        if (first)
            memcpy(all, p->constants, first * sizeof *all);
    }
    s->v = all;
    s->bar = all + slots;
    s->kept = all + 2 * slots;
    return 0;
}

static void give_arrays(Kernel *self, State *s) {
    if (self->spare == NULL)
        self->spare = s->v;
    else
        free(s->v);
    s->v = NULL;
}

/* --- a sweep, with what Python has to do on the way --------------------------------------------------------------- */

/* The number of the row at s->p, and its partials if they are kept, from Python. */
static int ask(Kernel *self, State *s) {
    const Code *p = s->p;
    const int32_t *us = self->program.pool + p->a;
    int keeps = p->op == K_CALL || p->op == K_LOGSUMEXP, done = -1;
    PyObject *name = PyList_GetItem(self->names, p->n), *answer = NULL;
    PyObject *operands = name != NULL ? PyTuple_New(p->b) : NULL;
    for (int32_t k = 0; operands != NULL && k < p->b; k++) {
        PyObject *number = PyFloat_FromDouble(s->v[us[k]]);
        if (number == NULL || PyTuple_SetItem(operands, k, number) < 0)
            Py_CLEAR(operands);
    }
    if (operands != NULL)
        answer = PyObject_CallFunctionObjArgs(self->table, name, operands, keeps ? Py_True : Py_False, NULL);
    Py_XDECREF(operands);
    if (answer == NULL)
        return -1;
    if (!PyTuple_Check(answer) || PyTuple_Size(answer) != 1 + (keeps ? p->b : 0)) {
        PyErr_SetString(PyExc_TypeError, "table(name, operands, partials) has to give a tuple: the number, and one partial per operand");
        goto end;
    }
    for (Py_ssize_t k = 0; k < PyTuple_Size(answer); k++) {
        double x = PyFloat_AsDouble(PyTuple_GetItem(answer, k));
        if (x == -1.0 && PyErr_Occurred())
            goto end;
        if (k == 0)
            s->v[p->out] = x;
        else
            s->kept[p->d + k - 1] = x;
    }
    done = 0;
end:
    Py_DECREF(answer);
    return done;
}

typedef enum Stop (*Run)(const Program *, State *);

/* Run from `code` to the end: DONE or LEFT, or -1 with an error. A long sweep lets other threads run meanwhile. */
static int sweep(Kernel *self, State *s, Run run, const Code *code) {
    int alone = self->program.length < LONG || self->program.asking;
    s->p = code;
    for (;;) {
        enum Stop stop;
        if (alone)
            stop = run(&self->program, s);
        else {
            PyThreadState *thread = PyEval_SaveThread();
            stop = run(&self->program, s);
            PyEval_RestoreThread(thread);
        }
        if (stop == DONE || stop == LEFT)
            return (int)stop;
        if (stop == PAUSED) {
            if (PyErr_CheckSignals() < 0)
                return -1;
        } else {
            if (ask(self, s) < 0)
                return -1;
            s->p++;
        }
    }
}

/* The reverse sweep of an output, written when it is first asked for. */
static const Code *reverse_of(Kernel *self, int32_t output) {
    Program *p = &self->program;
    if (p->reverse[output] == NULL)
        p->reverse[output] = write_reverse(p, &self->columns, p->output[output], &p->idle[output]);
    if (p->reverse[output] == NULL)
        PyErr_NoMemory();
    return p->reverse[output];
}

/* Gradients begin with -0.0, to which anything may be added; one that nothing is added to ends as 0.0. */
static void begin_bars(const Program *p, State *s) {
    for (int32_t k = p->first; k < p->slots; k++)
        s->bar[k] = -0.0;
}

static void end_bars(const Program *p, State *s, int32_t output) {
    for (const int32_t *k = p->idle[output]; *k >= 0; k++)
        s->bar[*k] += 0.0;
}

static int gradients(Kernel *self, State *s, int32_t output) {
    const Program *p = &self->program;
    const Code *code = reverse_of(self, output);
    if (code == NULL)
        return -1;
    begin_bars(p, s);
    s->bar[p->output[output]] = 1.0;
    int stop = sweep(self, s, run_reverse, code);
    end_bars(p, s, output);
    return stop;
}

/* --- numbers in, numbers out -------------------------------------------------------------------------------------- */

/* Whether the arguments have the shape that was recorded; then they are put in. */
static int numbers_in(Kernel *self, PyObject *const *a, Py_ssize_t count, double *x) {
    if (count != self->arguments)
        return 0;
    for (int32_t i = 0; i < count; i++) {
        int32_t n = self->shape[i];
        if (n < 0) {
            if (!plain(a[i], x++))
                return 0;
            continue;
        }
        int list = PyList_CheckExact(a[i]);
        if (!(list || PyTuple_CheckExact(a[i])) || (list ? PyList_Size(a[i]) : PyTuple_Size(a[i])) != n)
            return 0;
        for (int32_t k = 0; k < n; k++)
            if (!plain(list ? PyList_GetItem(a[i], k) : PyTuple_GetItem(a[i], k), x++))
                return 0;
    }
    return 1;
}

/* The gradient by argument i, in its shape. */
static PyObject *gradient_by(Kernel *self, const double *bar, int32_t i) {
    const double *x = bar + self->begin[i];
    return self->shape[i] < 0 ? PyFloat_FromDouble(*x) : floats(x, self->shape[i]);
}

static PyObject *gradients_out(Kernel *self, const State *s) {
    const double *bar = s->bar + self->program.first;
    if (self->one)
        return gradient_by(self, bar, self->by[0]);
    PyObject *all = PyTuple_New(self->derived);
    for (int32_t k = 0; all != NULL && k < self->derived; k++) {
        PyObject *one = gradient_by(self, bar, self->by[k]);
        if (one == NULL || PyTuple_SetItem(all, k, one) < 0)
            Py_CLEAR(all);
    }
    return all;
}

static PyObject *results_out(Kernel *self, const State *s) {
    const Program *p = &self->program;
    if (self->single)
        return PyFloat_FromDouble(s->v[p->output[0]]);
    PyObject *list = PyList_New(p->outputs);
    for (int32_t k = 0; list != NULL && k < p->outputs; k++) {
        PyObject *number = PyFloat_FromDouble(s->v[p->output[k]]);
        if (number == NULL || PyList_SetItem(list, k, number) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *pair(PyObject *first, PyObject *second) {
    PyObject *both = first != NULL && second != NULL ? PyTuple_Pack(2, first, second) : NULL;
    Py_XDECREF(first);
    Py_XDECREF(second);
    return both;
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static PyObject *hand_over_with(Kernel *self, int reason, double number, PyObject *name, PyObject *const *a, Py_ssize_t count,
                                PyObject *keywords) {
    PyObject *arguments = PyTuple_New(count), *named = PyDict_New(), *answer = NULL;
    for (Py_ssize_t i = 0; arguments != NULL && i < count; i++) {
        Py_INCREF(a[i]);
        PyTuple_SetItem(arguments, i, a[i]);
    }
    for (Py_ssize_t i = 0; named != NULL && keywords != NULL && i < PyTuple_Size(keywords); i++)
        if (PyDict_SetItem(named, PyTuple_GetItem(keywords, i), a[count + i]) < 0)
            Py_CLEAR(named);
    if (arguments != NULL && named != NULL)
        answer = PyObject_CallFunction(self->otherwise, "idOOO", reason, number, name, arguments, named);
    Py_XDECREF(arguments);
    Py_XDECREF(named);
    return answer;
}

static PyObject *hand_over(Kernel *self, int reason, double number, PyObject *name, PyObject *const *a, Py_ssize_t count) {
    return hand_over_with(self, reason, number, name, a, count, NULL);
}

/* Run forward with these arguments, into arrays that have been taken: 1, or 0 with *answer set to what is to be returned. */
static int begin_call(Kernel *self, State *s, const Code *code, PyObject *name, PyObject *const *a, Py_ssize_t count,
                      PyObject **answer) {
    *answer = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_Size(self->busy); i++) {
        Py_ssize_t size = PyObject_Size(PyTuple_GetItem(self->busy, i));
        if (size) {
            *answer = size < 0 ? NULL : hand_over(self, BUSY, 0.0, name, a, count);
            return 0;
        }
    }
    if (++self->calls == self->look_at) {
        *answer = hand_over(self, LOOK, 0.0, name, a, count);
        return 0;
    }
    if (take_arrays(self, s) < 0)
        return 0;
    if (!numbers_in(self, a, count, s->v + self->program.first)) {
        give_arrays(self, s);
        *answer = hand_over(self, UNLIKE, 0.0, name, a, count);
        return 0;
    }
    int stop = sweep(self, s, run_forward, code);
    if (stop == DONE)
        return 1;
    int32_t guard = stop == LEFT ? s->p->out : 0;
    double left = stop == LEFT ? s->v[s->p->a] : 0.0;
    give_arrays(self, s);
    if (stop == LEFT)
        *answer = hand_over(self, guard, left, name, a, count);
    return 0;
}

static PyObject *kernel_value(PyObject *me, PyObject *const *a, Py_ssize_t count, PyObject *keywords) {
    Kernel *self = (Kernel *)me;
    if (keywords != NULL && PyTuple_Size(keywords))
        return hand_over_with(self, UNLIKE, 0.0, word_value, a, count, keywords);
    State s;
    PyObject *answer;
    if (!begin_call(self, &s, self->program.value, word_value, a, count, &answer))
        return answer;
    answer = results_out(self, &s);
    give_arrays(self, &s);
    return answer;
}

static PyObject *kernel_value_and_grad(PyObject *me, PyObject *const *a, Py_ssize_t count, PyObject *keywords) {
    Kernel *self = (Kernel *)me;
    if (keywords != NULL && PyTuple_Size(keywords))
        return hand_over_with(self, UNLIKE, 0.0, word_grad, a, count, keywords);
    State s;
    PyObject *answer;
    if (!self->single) {
        PyErr_SetString(PyExc_TypeError, "value_and_grad: the tape has several results; jacobian(...) gives the gradient of each");
        return NULL;
    }
    if (!begin_call(self, &s, self->program.forward, word_grad, a, count, &answer))
        return answer;
    if (gradients(self, &s, 0) == DONE)
        answer = pair(results_out(self, &s), gradients_out(self, &s));
    give_arrays(self, &s);
    return answer;
}

static PyObject *kernel_jacobian(PyObject *me, PyObject *const *a, Py_ssize_t count, PyObject *keywords) {
    Kernel *self = (Kernel *)me;
    if (keywords != NULL && PyTuple_Size(keywords))
        return hand_over_with(self, UNLIKE, 0.0, word_jacobian, a, count, keywords);
    State s;
    PyObject *answer;
    if (!begin_call(self, &s, self->program.forward, word_jacobian, a, count, &answer))
        return answer;
    PyObject *all = PyList_New(self->program.outputs);
    for (int32_t k = 0; all != NULL && k < self->program.outputs; k++) {
        PyObject *one = gradients(self, &s, k) == DONE ? gradients_out(self, &s) : NULL;
        if (one == NULL || PyList_SetItem(all, k, one) < 0)
            Py_CLEAR(all);
    }
    answer = pair(results_out(self, &s), all);
    give_arrays(self, &s);
    return answer;
}

/* gradient(numbers, before): for readers of any shape. */
static PyObject *kernel_gradient(PyObject *me, PyObject *const *a, Py_ssize_t count) {
    Kernel *self = (Kernel *)me;
    const Program *p = &self->program;
    State s;
    PyObject *answer;
    if (count != 1 && count != 2) {
        PyErr_SetString(PyExc_TypeError, "gradient(numbers, before)");
        return NULL;
    }
    const Code *code = reverse_of(self, 0);
    if (code == NULL || !begin_call(self, &s, p->forward, word_gradient, a, 1, &answer))
        return code == NULL ? NULL : answer;
    begin_bars(p, &s);
    s.bar[p->output[0]] = 1.0;
    if (count == 2 && a[1] != Py_None) {
        PyObject *before = PySequence_Tuple(a[1]);
        if (before != NULL && PyTuple_Size(before) != p->inputs) {
            PyErr_Format(PyExc_ValueError, "before: needs %ld numbers, got %zd", (long)p->inputs, PyTuple_Size(before));
            Py_CLEAR(before);
        }
        for (Py_ssize_t i = 0; before != NULL && i < p->inputs; i++) {
            double x = PyFloat_AsDouble(PyTuple_GetItem(before, i));
            if (x == -1.0 && PyErr_Occurred())
                Py_CLEAR(before);
            else /* of a result that is an input, its 1 is a contribution */
                s.bar[p->first + i] = p->output[0] == p->first + i ? x + 1.0 : x;
        }
        Py_XDECREF(before);
    }
    if (!PyErr_Occurred() && sweep(self, &s, run_reverse, code) == DONE) {
        end_bars(p, &s, 0);
        answer = pair(results_out(self, &s), floats(s.bar + p->first, p->inputs));
    }
    give_arrays(self, &s);
    return answer;
}

/* --- rows of an array --------------------------------------------------------------------------------------------- */

/* A buffer of doubles, or of ints of four bytes, one after the other; 0 with an error if it is none. */
static int buffer_of(PyObject *o, Py_buffer *view, const char *format, Py_ssize_t size, int writable, Py_ssize_t least,
                     const char *name) {
    if (PyObject_GetBuffer(o, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)) < 0)
        return 0;
    const char *found = view->format != NULL ? view->format : "B";
    if (*found == '=' || *found == '<' || *found == '@')
        found++;
    if (view->itemsize != size || strchr(format, *found) == NULL || found[1] || view->len < least * size) {
        PyErr_Format(PyExc_TypeError, "%s: needs %zd items of the format %s in a row, got %zd bytes of the format '%s'", name, least,
                     format, view->len, view->format != NULL ? view->format : "B");
        PyBuffer_Release(view);
        return 0;
    }
    return 1;
}

/* rows(x, values, grads, left): every row of x, which has one double per input, gives its results, the gradient of the first of
them by all inputs, and 0 in `left`, or 1 + the number of the guard that came out differently. grads may be None. The number of
rows that left is returned. */
static PyObject *kernel_rows(PyObject *me, PyObject *const *a, Py_ssize_t count) {
    Kernel *self = (Kernel *)me;
    const Program *p = &self->program;
    Py_buffer x, values, grads, left;
    State s;
    PyObject *answer = NULL;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "rows(x, values, grads, left)");
        return NULL;
    }
    int with = a[2] != Py_None;
    if (!buffer_of(a[3], &left, "il", sizeof(int32_t), 1, 0, "left"))
        return NULL;
    Py_ssize_t m = left.len / (Py_ssize_t)sizeof(int32_t), gone = 0;
    const Code *back = with ? reverse_of(self, 0) : NULL;
    if ((with && back == NULL) || !buffer_of(a[0], &x, "d", sizeof(double), 0, m * p->inputs, "x"))
        goto no_x;
    if (!buffer_of(a[1], &values, "d", sizeof(double), 1, m * p->outputs, "values"))
        goto no_values;
    if (with && !buffer_of(a[2], &grads, "d", sizeof(double), 1, m * p->inputs, "grads"))
        goto no_grads;
    if (take_arrays(self, &s) < 0)
        goto no_arrays;
    int64_t since = 0;
    for (Py_ssize_t row = 0; row < m; row++) {
        memcpy(s.v + p->first, (const double *)x.buf + row * p->inputs, (size_t)p->inputs * sizeof(double));
        int stop = sweep(self, &s, run_forward, with ? p->forward : p->value);
        if (stop == DONE && with)
            stop = gradients(self, &s, 0);
        if (stop < 0)
            goto failed;
        ((int32_t *)left.buf)[row] = stop == LEFT ? 1 + s.p->out : 0;
        gone += stop == LEFT;
        if (stop != LEFT) {
            for (int32_t k = 0; k < p->outputs; k++)
                ((double *)values.buf)[row * p->outputs + k] = s.v[p->output[k]];
            if (with)
                memcpy((double *)grads.buf + row * p->inputs, s.bar + p->first, (size_t)p->inputs * sizeof(double));
        }
        if ((since += p->length + 1) > PAUSE_EVERY) {
            since = 0;
            if (PyErr_CheckSignals() < 0)
                goto failed;
        }
    }
    answer = PyLong_FromSsize_t(gone);
failed:
    give_arrays(self, &s);
no_arrays:
    if (with)
        PyBuffer_Release(&grads);
no_grads:
    PyBuffer_Release(&values);
no_values:
    PyBuffer_Release(&x);
no_x:
    PyBuffer_Release(&left);
    return answer;
}

/* --- the making of one -------------------------------------------------------------------------------------------- */

static int refuse(const char *what) {
    PyErr_Format(PyExc_ValueError, "a tape is not sound: %s", what);
    return -1;
}

static uint16_t relation(const char *sign) {
    static const char *const signs[] = {"<", "<=", ">", ">=", "==", "!=", "is"};
    for (uint16_t k = 0; k < 7; k++)
        if (strcmp(signs[k], sign) == 0)
            return (uint16_t)(F_LT + k);
    return 0;
}

/* The place of a node or constant of which `nodes` exist already; -1 with an error. */
static int32_t place_of_operand(const Program *p, int64_t o, int64_t nodes) {
    if (o >= nodes || -o > p->first) {
        refuse("an operand is neither a node before it nor a constant");
        return -1;
    }
    return o >= 0 ? p->first + (int32_t)o : (int32_t)(-1 - o);
}

static int read_guards(Kernel *self, PyObject *guards) {
    Py_ssize_t n = PyTuple_Size(guards);
    Guard *all = calloc((size_t)n + 1, sizeof *all);
    if (all == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->columns.guard = all;
    self->columns.guards = n;
    for (Py_ssize_t g = 0; g < n; g++) {
        const char *sign;
        long long left, right, after;
        int outcome;
        PyObject *one = PyTuple_GetItem(guards, g);
        if (!PyTuple_Check(one) || !PyArg_ParseTuple(one, "sLLpL", &sign, &left, &right, &outcome, &after))
            return -1;
        if ((all[g].op = relation(sign)) == 0)
            return refuse("a guard has an unknown relation");
        if (after < 0 || after > self->columns.nodes || (g && after < all[g - 1].after))
            return refuse("guards are out of order");
        all[g].outcome = (uint16_t)outcome;
        all[g].after = (int32_t)after;
        if ((all[g].left = place_of_operand(&self->program, left, after)) < 0 ||
            (all[g].right = place_of_operand(&self->program, right, after)) < 0)
            return -1;
    }
    return 0;
}

static int read_columns(Kernel *self, PyObject *op, PyObject *start, PyObject *operands, PyObject *constants, Py_ssize_t inputs) {
    Program *p = &self->program;
    Columns *c = &self->columns;
    Py_buffer ops, starts, all, numbers;
    int done = -1;
    if (!buffer_of(op, &ops, "H", 2, 0, 0, "op"))
        return -1;
    if (!buffer_of(start, &starts, "qlL", 8, 0, 0, "start"))
        goto no_start;
    if (!buffer_of(operands, &all, "qlL", 8, 0, 0, "operands"))
        goto no_operands;
    if (!buffer_of(constants, &numbers, "d", 8, 0, 0, "constants"))
        goto no_constants;
    Py_ssize_t n = ops.len / 2, m = all.len / 8, first = numbers.len / 8;
    if (n + first > INT32_MAX / 2 || m > INT32_MAX / 2) {
        refuse("it is too long for the interpreter");
        goto end;
    }
    if (starts.len / 8 != n + 1 || inputs < 0 || inputs > n) {
        refuse("its columns have different lengths");
        goto end;
    }
    p->first = (int32_t)first;
    p->slots = (int32_t)(first + n);
    p->inputs = (int32_t)inputs;
    c->nodes = n;
    uint16_t *own_op = malloc((size_t)n * 2 + 2);
    int64_t *own_start = malloc((size_t)(n + 1) * 8);
    c->op = own_op;
    c->start = own_start;
    c->rows = calloc((size_t)PyList_Size(self->names) + 1, sizeof *c->rows);
    c->wanted = calloc((size_t)p->slots + 1, 1);
    p->constants = malloc((size_t)numbers.len + 8);
    p->pool = malloc((size_t)m * sizeof *p->pool + 4);
    if (!own_op || !own_start || !c->rows || !c->wanted || !p->constants || !p->pool) {
        PyErr_NoMemory();
        goto end;
    }
    memcpy(own_op, ops.buf, (size_t)ops.len);
    memcpy(own_start, starts.buf, (size_t)starts.len);
    memcpy(p->constants, numbers.buf, (size_t)numbers.len);
    for (Py_ssize_t k = 0; k < PyList_Size(self->names); k++) {
        PyObject *bytes = PyUnicode_AsUTF8String(PyList_GetItem(self->names, k));
        const char *name = bytes != NULL ? PyBytes_AsString(bytes) : NULL;
        if (name != NULL)
            c->rows[k] = row_named(name);
        Py_XDECREF(bytes);
        if (name == NULL)
            goto end;
    }
    if (n >= 0 && own_start[0] != 0) {
        refuse("its operands do not begin at 0");
        goto end;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        int64_t from = own_start[i], to = own_start[i + 1];
        if (to < from || to > m || (i < inputs && to != from)) {
            refuse("the places of its operands are out of order");
            goto end;
        }
        if (i < inputs)
            continue;
        if (own_op[i] >= PyList_Size(self->names)) {
            refuse("a node has no name");
            goto end;
        }
        const Row *row = c->rows[own_op[i]];
        if (to == from || (row->arity && to - from != row->arity)) {
            refuse("a node has another number of operands than its row of the table");
            goto end;
        }
        if ((row->reverse == R_DOT) && (to - from) % 2 == 0) {
            refuse("a dot has an even number of operands");
            goto end;
        }
        for (int64_t k = from; k < to; k++)
            if ((p->pool[k] = place_of_operand(p, ((const int64_t *)all.buf)[k], i)) < 0)
                goto end;
        p->asking += row == &asked;
    }
    done = 0;
end:
    PyBuffer_Release(&numbers);
no_constants:
    PyBuffer_Release(&all);
no_operands:
    PyBuffer_Release(&starts);
no_start:
    PyBuffer_Release(&ops);
    return done;
}

/* Integers of a tuple as an array; NULL with an error. */
static int32_t *integers(PyObject *tuple, int32_t *count) {
    *count = (int32_t)PyTuple_Size(tuple);
    int32_t *all = calloc((size_t)*count + 1, sizeof *all);
    if (all == NULL)
        PyErr_NoMemory();
    for (int32_t k = 0; all != NULL && k < *count; k++) {
        long long x = PyLong_AsLongLong(PyTuple_GetItem(tuple, k));
        if ((x == -1 && PyErr_Occurred()) || x > INT32_MAX || x < -INT32_MAX) {
            if (!PyErr_Occurred())
                refuse("a number is too large");
            free(all);
            return NULL;
        }
        all[k] = (int32_t)x;
    }
    return all;
}

static int read_shape(Kernel *self, PyObject *outputs, PyObject *shape, PyObject *by) {
    Program *p = &self->program;
    if ((p->output = integers(outputs, &p->outputs)) == NULL || (self->shape = integers(shape, &self->arguments)) == NULL ||
        (self->by = integers(by, &self->derived)) == NULL)
        return -1;
    if (p->outputs == 0)
        return refuse("it has no result");
    for (int32_t k = 0; k < p->outputs; k++)
        if ((p->output[k] = place_of_operand(p, p->output[k], self->columns.nodes)) < 0)
            return -1;
    self->begin = calloc((size_t)self->arguments + 1, sizeof *self->begin);
    if (self->begin == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int64_t total = 0;
    for (int32_t i = 0; i < self->arguments; i++) {
        self->begin[i] = (int32_t)total;
        total += self->shape[i] < 0 ? 1 : self->shape[i];
        if (self->shape[i] < -1 || total > p->inputs)
            return refuse("its arguments do not have as many numbers as it has inputs");
    }
    if (total != p->inputs)
        return refuse("its arguments do not have as many numbers as it has inputs");
    for (int32_t k = 0; k < self->derived; k++) {
        int32_t i = self->by[k];
        if (i < 0 || i >= self->arguments)
            return refuse("there is no argument to differentiate by");
        memset(self->columns.wanted + p->first + self->begin[i], 1, (size_t)(self->shape[i] < 0 ? 1 : self->shape[i]));
    }
    return 0;
}

static PyObject *kernel_new(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    static char *words[] = {"names", "op", "start", "operands", "constants", "inputs", "outputs", "guards",
                            "shape", "by", "single", "one", "table", "otherwise", "busy", NULL};
    PyObject *names, *op, *start, *operands, *constants, *outputs, *guards, *shape, *by, *table, *otherwise, *busy;
    Py_ssize_t inputs;
    int single, one;
    if (!PyArg_ParseTupleAndKeywords(arguments, named, "OOOOOnOOOOppOOO", words, &names, &op, &start, &operands, &constants, &inputs,
                                     &outputs, &guards, &shape, &by, &single, &one, &table, &otherwise,
                                     &busy))
        return NULL;
    if (!PyList_Check(names) || !PyTuple_Check(outputs) || !PyTuple_Check(guards) || !PyTuple_Check(shape) || !PyTuple_Check(by) ||
        !PyTuple_Check(busy)) {
        PyErr_SetString(PyExc_TypeError, "Kernel: names are a list; outputs, guards, shape, by and busy are tuples");
        return NULL;
    }
    Kernel *self = (Kernel *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0); /* zeros */
    if (self == NULL)
        return NULL;
    Program *p = &self->program;
    Columns *c = &self->columns;
    self->names = PyList_GetSlice(names, 0, PyList_Size(names));
    Py_INCREF(table);
    self->table = table;
    Py_INCREF(otherwise);
    self->otherwise = otherwise;
    Py_INCREF(busy);
    self->busy = busy;
    self->single = single;
    self->one = one;
    if (self->names == NULL || read_columns(self, op, start, operands, constants, inputs) < 0 || read_guards(self, guards) < 0 ||
        read_shape(self, outputs, shape, by) < 0)
        goto failed;
    if ((single && p->outputs != 1) || (one && self->derived != 1)) {
        refuse("it has several results or arguments, and one is asked for");
        goto failed;
    }
    for (Py_ssize_t i = inputs; i < c->nodes; i++)
        for (int64_t k = c->start[i]; k < c->start[i + 1] && c->rows[c->op[i]]->forward != F_DETACH; k++)
            c->wanted[p->first + i] |= c->wanted[p->pool[k]];
    int64_t kept = 0;
    for (Py_ssize_t i = inputs; i < c->nodes; i++)
        kept += keeps(p, c, i);
    p->kept = (int32_t)kept; /* at most as many as there are operands */
    p->value = write_forward(p, c, 0, &p->length);
    p->forward = write_forward(p, c, 1, &p->length);
    p->reverse = calloc((size_t)p->outputs, sizeof *p->reverse);
    p->idle = calloc((size_t)p->outputs, sizeof *p->idle);
    if (!p->value || !p->forward || !p->reverse || !p->idle) {
        PyErr_NoMemory();
        goto failed;
    }
    return (PyObject *)self;
failed:
    Py_DECREF((PyObject *)self);
    return NULL;
}

static int kernel_traverse(PyObject *me, visitproc visit, void *arg) {
    Kernel *self = (Kernel *)me;
    Py_VISIT(Py_TYPE(me));
    Py_VISIT(self->names);
    Py_VISIT(self->table);
    Py_VISIT(self->otherwise);
    Py_VISIT(self->busy);
    return 0;
}

static int kernel_clear(PyObject *me) {
    Kernel *self = (Kernel *)me;
    Py_CLEAR(self->names);
    Py_CLEAR(self->table);
    Py_CLEAR(self->otherwise);
    Py_CLEAR(self->busy);
    return 0;
}

static void kernel_dealloc(PyObject *me) {
    Kernel *self = (Kernel *)me;
    PyTypeObject *type = Py_TYPE(me);
    PyObject_GC_UnTrack(me);
    kernel_clear(me);
    free_program(&self->program);
    free((void *)self->columns.op);
    free((void *)self->columns.start);
    free((void *)self->columns.rows);
    free((void *)self->columns.guard);
    free(self->columns.wanted);
    free(self->shape);
    free(self->begin);
    free(self->by);
    free(self->spare);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(me);
    Py_DECREF(type);
}

static PyMethodDef kernel_methods[] = {
    {"value", (PyCFunction)(void (*)(void))kernel_value, METH_FASTCALL | METH_KEYWORDS, "The number for these arguments."},
    {"value_and_grad", (PyCFunction)(void (*)(void))kernel_value_and_grad, METH_FASTCALL | METH_KEYWORDS,
     "The number for these arguments, and its gradients."},
    {"jacobian", (PyCFunction)(void (*)(void))kernel_jacobian, METH_FASTCALL | METH_KEYWORDS,
     "The numbers for these arguments, and the gradients of each."},
    {"gradient", (PyCFunction)(void (*)(void))kernel_gradient, METH_FASTCALL, "For readers: any shape is a list of numbers."},
    {"rows", (PyCFunction)(void (*)(void))kernel_rows, METH_FASTCALL, "Every row of an array of inputs, into arrays."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef kernel_members[] = {
    {"calls", T_ULONGLONG, offsetof(Kernel, calls), 0, "How often it was called."},
    {"look_at", T_ULONGLONG, offsetof(Kernel, look_at), 0, "The call that Python is to look at."},
    {"asking", T_INT, offsetof(Kernel, program.asking), READONLY, "How many nodes are asked of the table."},
    {"length", T_INT, offsetof(Kernel, program.length), READONLY, "How many instructions a forward sweep has."},
    {"otherwise", T_OBJECT, offsetof(Kernel, otherwise), READONLY, "The function that answers other calls."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot kernel_slots[] = {
    {Py_tp_doc, "A tape that is called with Python's floats."},
    {Py_tp_new, kernel_new},
    {Py_tp_dealloc, kernel_dealloc},
    {Py_tp_traverse, kernel_traverse},
    {Py_tp_clear, kernel_clear},
    {Py_tp_methods, kernel_methods},
    {Py_tp_members, kernel_members},
    {0, NULL},
};

static PyType_Spec kernel_spec = {
    "autograd.replay.native._tape.Kernel", sizeof(Kernel), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, kernel_slots,
};

#endif
