/* Operators and functions on nodes. The rules, a number and its partials for the numbers of the operands, are written from the
table of primitives (rules.h). What is not a float, an int or a node, and every nan, goes the way of operators.py: one place for
messages, duals, NumPy, and for the sign that a nan has in Python. */

#ifndef STEPGRAD_OPERATORS_H
#define STEPGRAD_OPERATORS_H

#include "exact.h"
#include "look.h"
#include "plain.h"

/* --- functions of Python that rules call; nan if they fail, so that the node is computed again by the table -------- */

static PyObject *py_hypot, *py_gelu_apart, *py_gelu_slope_apart;

static double number_from(PyObject *result) {
    double x = result != NULL ? PyFloat_AsDouble(result) : NAN;
    Py_XDECREF(result);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return NAN;
    }
    return x;
}

static double python_unary(PyObject *function, double u) {
    PyObject *x = PyFloat_FromDouble(u), *result = x != NULL ? PyObject_CallFunctionObjArgs(function, x, NULL) : NULL;
    Py_XDECREF(x);
    return number_from(result);
}

static double python_norm(const double *x, ptrdiff_t n) {
    PyObject *operands = PyTuple_New(n);
    for (Py_ssize_t i = 0; operands != NULL && i < n; i++) {
        PyObject *u = PyFloat_FromDouble(x[i]);
        if (u == NULL || PyTuple_SetItem(operands, i, u) < 0)
            Py_CLEAR(operands);
    }
    PyObject *result = operands != NULL ? PyObject_CallObject(py_hypot, operands) : NULL;
    Py_XDECREF(operands);
    return number_from(result);
}

static double python_hypot(double u, double v) {
    const double x[2] = {u, v};
    return python_norm(x, 2);
}

#define FOR_NODES
#include "rules.h"
#include "sums.h"

enum { ADD, SUB, MUL, DIV, POW, OPERATORS };
static const char *const operator_names[OPERATORS] = {"add", "sub", "mul", "truediv", "pow"};
static PyObject *py_operator[OPERATORS], *py_reflected[OPERATORS];

static PyObject *in_python(int which, PyObject *a, PyObject *b) {
    return IS_NODE(a) ? PyObject_CallFunctionObjArgs(py_operator[which], a, b, NULL)
                      : PyObject_CallFunctionObjArgs(py_reflected[which], b, a, NULL);
}

/* The rules are inlined, and of a constant operand no partial is used, so that none is computed. */
#define BINARY(NAME, WHICH, OP)                                                                      \
    static PyObject *node_##NAME(PyObject *a, PyObject *b) {                                         \
        double x[2], d[2], out;                                                                      \
        if (IS_VALUE(a)) {                                                                           \
            x[0] = AS_NODE(a)->data;                                                                 \
            if (IS_VALUE(b)) {                                                                       \
                x[1] = AS_NODE(b)->data;                                                             \
                out = rule_##NAME(x, d);                                                             \
                if (out == out && d[0] == d[0] && d[1] == d[1])                                      \
                    return node_of_two(OP, AS_NODE(a), AS_NODE(b), out, d[0], d[1]);                 \
            } else if (plain(b, &x[1])) {                                                            \
                out = rule_##NAME(x, d);                                                             \
                if (out == out && d[0] == d[0])                                                      \
                    return node_of_one(OP, CONSTANT_SECOND, AS_NODE(a), out, d[0], x[1]);            \
            }                                                                                        \
        } else if (IS_VALUE(b) && plain(a, &x[0])) {                                                 \
            x[1] = AS_NODE(b)->data;                                                                 \
            out = rule_##NAME(x, d);                                                                 \
            if (out == out && d[1] == d[1])                                                          \
                return node_of_one(OP, CONSTANT_FIRST, AS_NODE(b), out, d[1], x[0]);                 \
        }                                                                                            \
        return in_python(WHICH, a, b);                                                               \
    }

BINARY(add, ADD, OP_add)
BINARY(sub, SUB, OP_sub)
BINARY(mul, MUL, OP_mul)
BINARY(div, DIV, OP_div)
BINARY(pow, POW, OP_pow)

static PyObject *node_power(PyObject *a, PyObject *b, PyObject *modulus) {
    if (modulus != Py_None)
        Py_RETURN_NOTIMPLEMENTED;
    return node_pow(a, b);
}

/* The row op of one operand. */
static inline PyObject *apply_unary(PyObject *self, int op, double (*rule)(const double *, double *)) {
    Node *v = AS_NODE(self);
    double d, out = rule(&v->data, &d);
    if (out == out && d == d)
        return node_of_one(op, 0, v, out, d, 0.0);
    PyObject *operands = PyTuple_Pack(1, self), *node = NULL;
    if (operands != NULL)
        node = PyObject_CallFunctionObjArgs(py_by_table, rows[op - 1], operands, NULL);
    Py_XDECREF(operands);
    return node;
}

static PyObject *node_negative(PyObject *self) { return apply_unary(self, OP_neg, rule_neg); }

#define METHOD(NAME, ROW)                                                   \
    static PyObject *method_##NAME(PyObject *self, PyObject *nothing) {     \
        (void)nothing;                                                      \
        return apply_unary(self, OP_##ROW, rule_##ROW);                     \
    }
UNARY_METHODS(METHOD)
#undef METHOD

/* --- functions of one number --------------------------------------------------------------------------------------- */

static PyObject *py_functions[ROW_COUNT + 1]; /* the same in Python, for whatever is neither a node nor a plain number */

static PyObject *function_in_python(int op, PyObject *const *a, Py_ssize_t count, PyObject *names) {
    PyObject *all = PyTuple_New(count), *named = names != NULL ? PyDict_New() : NULL, *result = NULL;
    if (all == NULL || (names != NULL && named == NULL))
        goto done;
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SetItem(all, i, new_ref(a[i]));
    for (Py_ssize_t i = 0; names != NULL && i < PyTuple_Size(names); i++)
        if (PyDict_SetItem(named, PyTuple_GetItem(names, i), a[count + i]) < 0)
            goto done;
    result = PyObject_Call(py_functions[op], all, named);
done:
    Py_XDECREF(all);
    Py_XDECREF(named);
    return result;
}

#define FUNCTION(ROW, OPERAND)                                                                                                \
    static PyObject *function_##ROW(PyObject *module, PyObject *const *a, Py_ssize_t count, PyObject *names) {      \
        double x, d;                                                                                                 \
        (void)module;                                                                                                \
        if (count == 1 && names == NULL) {                                                                           \
            if (IS_VALUE(a[0]))                                                                                      \
                return apply_unary(a[0], OP_##ROW, rule_##ROW);                                                      \
            if (plain(a[0], &x)) {                                                                                   \
                const double out = rule_##ROW(&x, &d);                                                               \
                if (out == out)                                                                                      \
                    return PyFloat_FromDouble(out);                                                                  \
            }                                                                                                        \
        }                                                                                                            \
        return function_in_python(OP_##ROW, a, count, names);                                                        \
    }
UNARY_FUNCTIONS(FUNCTION)
#undef FUNCTION

#define FUNCTION(ROW, OPERAND)                                                                                       \
    {OP_##ROW, {#ROW, (PyCFunction)(void (*)(void))function_##ROW, METH_FASTCALL | METH_KEYWORDS,                    \
                #ROW "(" #OPERAND ")\n--\n\n" DOC_##ROW}},
static struct {
    int op;
    PyMethodDef definition;
} functions[] = {UNARY_FUNCTIONS(FUNCTION)};
#undef FUNCTION

/* functions(rows): the functions of one number by their rows. `rows` has the functions in Python. */
static PyObject *core_functions(PyObject *module, PyObject *in_python_by_row) {
    (void)module;
    PyObject *found = PyDict_New(), *name = PyUnicode_FromString("autograd");
    for (size_t i = 0; found && name && i < sizeof functions / sizeof *functions; i++) {
        int op = functions[i].op;
        PyObject *function = PyCFunction_NewEx(&functions[i].definition, NULL, name);
        py_functions[op] = PyObject_GetItem(in_python_by_row, rows[op - 1]);
        if (function == NULL || py_functions[op] == NULL || PyDict_SetItem(found, rows[op - 1], function) < 0)
            Py_CLEAR(found);
        Py_XDECREF(function);
    }
    Py_XDECREF(name);
    return found;
}

/* in_front(row, function, doc): the function in C of one number by its row. Whatever is no number alone goes to `function`, which
may take more operands. */
static PyObject *core_in_front(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    int op = count == 3 ? op_of(a[0]) : 0;
    size_t i = 0, known = sizeof functions / sizeof *functions;
    while (i < known && functions[i].op != op)
        i++;
    const char *doc = i < known ? PyUnicode_AsUTF8AndSize(a[2], NULL) : NULL;
    PyMethodDef *definition = doc != NULL ? PyMem_Malloc(sizeof(PyMethodDef)) : NULL;
    PyObject *name = definition != NULL ? PyUnicode_FromString("autograd") : NULL, *function = NULL;
    if (name != NULL) {
        *definition = functions[i].definition;
        definition->ml_doc = doc; /* it lives as long as the process, and so does what it points to */
        Py_INCREF(a[2]);
        Py_XDECREF(py_functions[op]);
        py_functions[op] = new_ref(a[1]);
        function = PyCFunction_NewEx(definition, NULL, name);
        Py_DECREF(name);
    } else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "in_front(row, function, doc) takes a row of one operand");
    return function;
}

/* --- any row ------------------------------------------------------------------------------------------------------ */

/* The node of a row with m operands, n of them nodes, and d the partials by all of them. */
static PyObject *node_of_many(int op, PyObject *operands, Py_ssize_t n, Py_ssize_t m, double out, const double *d) {
    if (IS_BARE())
        return bare_leaf(out);
    Many *many = new_many(n, m);
    Node *v = many != NULL ? new_node() : NULL;
    if (v == NULL) {
        PyMem_Free(many);
        return NULL;
    }
    v->data = out;
    fill_many(many, operands);
    for (Py_ssize_t i = 0, parent = 0; i < m; i++)
        if (many->is_node == NULL || many->is_node[i])
            many->partials[parent++] = d[i];
    set_many(v, op, many);
    return made(v);
}

enum { OPERANDS_MAX = 4 };

/* A row with a rule in C, of at most four operands; NULL without an error for a nan. */
static PyObject *apply_rule(int op, PyObject *operands, int m) {
    double x[OPERANDS_MAX], d[OPERANDS_MAX];
    PyObject *o[OPERANDS_MAX];
    int n = 0;
    for (int i = 0; i < m; i++) {
        o[i] = PyTuple_GetItem(operands, i);
        if (IS_NODE(o[i])) {
            x[i] = AS_NODE(o[i])->data;
            n++;
        } else if (PyFloat_CheckExact(o[i]))
            x[i] = PyFloat_AsDouble(o[i]);
        else
            return NULL;
    }
    double out = rules[op - 1](x, d);
    if (out != out)
        return NULL;
    for (int i = 0; i < m; i++)
        if (d[i] != d[i] && IS_NODE(o[i]))
            return NULL;
    if (n == 0)
        return NULL;
    if (m == 1)
        return node_of_one(op, 0, AS_NODE(o[0]), out, d[0], 0.0);
    if (m == 2) {
        if (n == 2)
            return node_of_two(op, AS_NODE(o[0]), AS_NODE(o[1]), out, d[0], d[1]);
        return IS_NODE(o[0]) ? node_of_one(op, CONSTANT_SECOND, AS_NODE(o[0]), out, d[0], x[1])
                             : node_of_one(op, CONSTANT_FIRST, AS_NODE(o[1]), out, d[1], x[0]);
    }
    return node_of_many(op, operands, n, m, out, d);
}

enum { ON_THE_STACK = 64 };

/* A row of any number of operands; NULL without an error if Python has to do it. */
static PyObject *apply_many_rule(int op, PyObject *operands, Py_ssize_t m) {
    double few[2 * ON_THE_STACK], *x = few;
    Py_ssize_t n = 0;
    PyObject *node = NULL;
    if (m > ON_THE_STACK && (x = PyMem_Malloc((size_t)(2 * m) * sizeof(double))) == NULL)
        return PyErr_NoMemory();
    double *d = x + m;
    for (Py_ssize_t i = 0; i < m; i++) {
        PyObject *o = PyTuple_GetItem(operands, i);
        if (IS_NODE(o)) {
            x[i] = AS_NODE(o)->data;
            n++;
        } else if (PyFloat_CheckExact(o))
            x[i] = PyFloat_AsDouble(o);
        else
            goto done;
    }
    if (n == 0)
        goto done;
    double out = many_rules[op - 1](x, m, d);
    if (out != out)
        goto done;
    for (Py_ssize_t i = 0; i < m; i++)
        if (d[i] != d[i] && IS_NODE(PyTuple_GetItem(operands, i)))
            goto done;
    node = node_of_many(op, operands, n, m, out, d);
done:
    if (x != few)
        PyMem_Free(x);
    return node;
}

/* record(primitive, operands): the node that applies a primitive to floats and nodes. */
static PyObject *node_record(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    (void)self;
    if (count != 2 || !PyTuple_CheckExact(arguments[1])) {
        PyErr_SetString(PyExc_TypeError, "record(primitive, operands) takes a row of the table and a tuple");
        return NULL;
    }
    PyObject *operands = arguments[1], *node = NULL;
    int op = op_of(arguments[0]);
    Py_ssize_t m = PyTuple_Size(operands);
    if (op && m <= OPERANDS_MAX && rules[op - 1] != NULL && arities[op - 1] == m)
        node = apply_rule(op, operands, (int)m);
    else if (op && many_rules[op - 1] != NULL)
        node = apply_many_rule(op, operands, m);
    if (node != NULL || PyErr_Occurred())
        return node;
    return PyObject_CallFunctionObjArgs(py_by_table, arguments[0], operands, NULL);
}

/* apply(primitive, operands): `apply` of operators.py, which does it unless all operands are floats and nodes. */
static PyObject *py_apply;
static PyObject *core_apply(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    if (count != 2 || !PyTuple_CheckExact(a[1])) {
        PyErr_SetString(PyExc_TypeError, "apply(primitive, operands) takes a row of the table and a tuple");
        return NULL;
    }
    int nodes = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(a[1]); i++) {
        PyObject *o = PyTuple_GetItem(a[1], i);
        if (IS_VALUE(o))
            nodes = 1;
        else if (!PyFloat_CheckExact(o))
            return PyObject_CallFunctionObjArgs(py_apply, a[0], a[1], NULL);
    }
    return nodes ? node_record(module, a, count) : PyObject_CallFunctionObjArgs(py_apply, a[0], a[1], NULL);
}

/* node(out, primitive, operands, parents, partials): a node that Python has computed. */
static PyObject *core_node(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 5) {
        PyErr_SetString(PyExc_TypeError, "node(out, primitive, operands, parents, partials)");
        return NULL;
    }
    double out = PyFloat_AsDouble(a[0]);
    if (out == -1.0 && PyErr_Occurred())
        return NULL;
    if (IS_BARE())
        return bare_leaf(out);
    Node *v = new_node();
    if (v == NULL)
        return NULL;
    v->data = out;
    if (settle(v, a[1], a[2], a[3], a[4]) < 0) {
        Py_DECREF((PyObject *)v);
        return NULL;
    }
    return made(v);
}

/* --- comparisons and truth ---------------------------------------------------------------------------------------- */

static PyObject *node_compare(PyObject *a, PyObject *b, int sign) {
    double x = AS_NODE(a)->data, y;
    int is_node = IS_NODE(b);
    if (is_node)
        y = AS_NODE(b)->data;
    else if (!plain(b, &y)) {
        PyObject *which = PyLong_FromLong(sign), *answer = NULL;
        if (which != NULL)
            answer = PyObject_CallFunctionObjArgs(py_compare, a, b, which, NULL);
        Py_XDECREF(which);
        return answer;
    }
    int holds = sign == Py_LT   ? x < y
                : sign == Py_LE ? x <= y
                : sign == Py_GT ? x > y
                : sign == Py_GE ? x >= y
                : sign == Py_EQ ? x == y
                                : x != y;
    if (is_node && a != b && (sign == Py_EQ ? holds : sign == Py_NE && !holds)) {
        PyObject *warned = PyObject_CallNoArgs(py_equal);
        if (warned == NULL)
            return NULL;
        Py_DECREF(warned);
    }
    if (IS_WATCHED() && tell_decided(a, sign, b, holds) < 0)
        return NULL;
    return PyBool_FromLong(holds);
}

static int node_truth(PyObject *self) {
    int holds = AS_NODE(self)->data != 0.0;
    if (IS_WATCHED()) {
        PyObject *zero = PyFloat_FromDouble(0.0);
        int told = zero != NULL ? tell_decided(self, Py_NE, zero, holds) : -1;
        Py_XDECREF(zero);
        if (told < 0)
            return -1;
    }
    if (holds)
        return 1;
    PyObject *warned = PyObject_CallNoArgs(py_zero);
    Py_XDECREF(warned);
    return warned == NULL ? -1 : 0;
}

static Py_hash_t node_hash(PyObject *self) { /* by identity */
    uintptr_t at = (uintptr_t)self;
    Py_hash_t hash = (Py_hash_t)((at >> 4) | (at << (8 * sizeof at - 4)));
    return hash == -1 ? -2 : hash;
}

#endif
