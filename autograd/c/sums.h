/* The node of a neuron's dot, which is correctly rounded (exact.h). Where that does not know the last bit, Python's fsum is asked. */

#ifndef STEPGRAD_SUMS_H
#define STEPGRAD_SUMS_H

#include "exact.h"
#include "look.h"

static inline int number_of(PyObject *o, double *x) {
    if (PyFloat_Check(o)) {
        *x = PyFloat_AsDouble(o);
        return 1;
    }
    if (!PyLong_Check(o))
        return 0;
    *x = PyLong_AsDouble(o);
    if (*x == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

typedef PyObject *(*Item)(PyObject *, Py_ssize_t);

/* The function that gives an item of a list or tuple; NULL for anything else. */
static inline Item items_of(PyObject *sequence) {
    return PyTuple_CheckExact(sequence) ? PyTuple_GetItem : PyList_CheckExact(sequence) ? PyList_GetItem : NULL;
}

/* dot(weights, inputs, bias): the node of w1*x1 + ... + wn*xn + b for lists or tuples of weights that are nodes and of as many
inputs of one kind; None for anything else, and where the sum is not known to the last bit. */
static PyObject *core_dot(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "dot(weights, inputs, bias)");
        return NULL;
    }
    PyObject *weights = a[0], *inputs = a[1], *bias = a[2];
    Item weight = items_of(weights), input = items_of(inputs);
    if (weight == NULL || input == NULL)
        Py_RETURN_NONE;
    Py_ssize_t k = Py_SIZE(weights);
    double b, out;
    int biased = IS_NODE(bias);
    if (biased)
        b = AS_NODE(bias)->data;
    else if (!number_of(bias, &b))
        Py_RETURN_NONE;
    if (k == 0 || Py_SIZE(inputs) != k)
        Py_RETURN_NONE;
    int nodes = IS_VALUE(input(inputs, 0)), bare = IS_BARE();
    Py_ssize_t n = (nodes ? 2 * k : k) + biased;
    Many *many = bare ? NULL : nodes ? new_many(n, 2 * k + 1) : new_dot_of_constants(k, biased);
    if (many == NULL && !bare)
        return NULL;
    Sum total = {0.0, 0.0, 0.0};
    add_term(&total, b);
    int known = 1;
    for (Py_ssize_t i = 0; known && i < k; i++) {
        PyObject *w = weight(weights, i), *o = input(inputs, i);
        double x;
        if (!IS_VALUE(w) || IS_VALUE(o) != nodes || !(nodes || number_of(o, &x))) {
            known = 0;
            break;
        }
        if (nodes)
            x = AS_NODE(o)->data;
        add_term(&total, AS_NODE(w)->data * x);
        known = x == x;
        if (bare)
            continue;
        many->parents[i] = AS_NODE(w);
        many->partials[i] = x;
        if (nodes) {
            many->parents[k + i] = AS_NODE(o);
            many->partials[k + i] = AS_NODE(w)->data;
        }
    }
    Node *v = NULL;
    if (!known || !rounded(&total, &out)) {
        PyMem_Free(many);
        Py_RETURN_NONE;
    }
    if (bare)
        return bare_leaf(out);
    v = new_node();
    if (v == NULL) {
        PyMem_Free(many);
        return NULL;
    }
    if (many->is_node != NULL) {
        memset(many->is_node, 1, (size_t)(2 * k));
        many->is_node[2 * k] = 0;
    }
    if (biased) {
        many->parents[n - 1] = AS_NODE(bias);
        many->partials[n - 1] = 1.0;
    } else
        many->constants[nodes ? 0 : k] = b;
    v->data = out;
    set_many(v, OP_dot, many);
    return made(v);
}

#endif
