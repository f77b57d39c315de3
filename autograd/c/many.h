/* Many nodes at once, for optimisers (many.py): a list of nodes, of which each is exactly a Value, and nobody in any mode. For
anything else the functions answer None, and have done nothing. */

#ifndef STEPGRAD_MANY_H
#define STEPGRAD_MANY_H

#include "look.h"

/* Whether these functions can answer; the nodes are looked at before anything is changed. */
static int is_ordinary(PyObject *nodes) {
    if (!PyList_CheckExact(nodes) || Py_SIZE(active) != 0)
        return 0;
    for (Py_ssize_t i = 0; i < Py_SIZE(nodes); i++)
        if (!IS_VALUE(PyList_GetItem(nodes, i)))
            return 0;
    return 1;
}

static PyObject *core_numbers(PyObject *module, PyObject *nodes) {
    (void)module;
    if (!is_ordinary(nodes))
        Py_RETURN_NONE;
    Py_ssize_t n = Py_SIZE(nodes);
    PyObject *numbers = PyList_New(n);
    for (Py_ssize_t i = 0; numbers != NULL && i < n; i++) {
        PyObject *x = PyFloat_FromDouble(AS_NODE(PyList_GetItem(nodes, i))->data);
        if (x == NULL || PyList_SetItem(numbers, i, x) < 0)
            Py_CLEAR(numbers);
    }
    return numbers;
}

/* Whether it has a true attribute of that name; -1 with an error. */
static int is_true(Node *v, PyObject *name) {
    PyObject *flag = v->dict != NULL ? PyDict_GetItemWithError(v->dict, name) : NULL;
    if (flag == NULL)
        return PyErr_Occurred() ? -1 : 0;
    return flag == Py_False ? 0 : PyObject_IsTrue(flag);
}

/* gradients(nodes, unless) */
static PyObject *core_gradients_of(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 2 || !is_ordinary(a[0]))
        Py_RETURN_NONE;
    Py_ssize_t n = Py_SIZE(a[0]);
    PyObject *gradients = PyList_New(n);
    for (Py_ssize_t i = 0; gradients != NULL && i < n; i++) {
        Node *v = AS_NODE(PyList_GetItem(a[0], i));
        PyObject *g = NULL;
        int left_out = is_true(v, a[1]);
        if (left_out >= 0)
            g = left_out || !(v->flags & GRAD_SET) ? new_ref(Py_None) : PyFloat_FromDouble(v->grad);
        if (g == NULL || PyList_SetItem(gradients, i, g) < 0)
            Py_CLEAR(gradients);
    }
    return gradients;
}

/* descend(nodes, rate, unless): the list of the indices of nodes that stay. */
static PyObject *core_descend(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 3 || !is_ordinary(a[0]) || !PyFloat_CheckExact(a[1]))
        Py_RETURN_NONE;
    double rate = PyFloat_AsDouble(a[1]);
    PyObject *staying = PyList_New(0);
    for (Py_ssize_t i = 0; staying != NULL && i < Py_SIZE(a[0]); i++) {
        Node *v = AS_NODE(PyList_GetItem(a[0], i));
        int stays = v->flags & GRAD_SET ? is_true(v, a[2]) : 1;
        if (v->n != 0 && stays == 0) { /* `.data =` has more to do */
            Py_DECREF(staying);
            Py_RETURN_NONE;
        }
        PyObject *index = stays > 0 ? PyLong_FromSsize_t(i) : NULL;
        if (stays != 0 && (index == NULL || PyList_Append(staying, index) < 0))
            Py_CLEAR(staying);
        Py_XDECREF(index);
    }
    for (Py_ssize_t i = 0, k = 0; staying != NULL && i < Py_SIZE(a[0]); i++) {
        if (k < Py_SIZE(staying) && PyLong_AsSsize_t(PyList_GetItem(staying, k)) == i)
            k++;
        else {
            Node *v = AS_NODE(PyList_GetItem(a[0], i));
            v->data = v->data - rate * v->grad;
        }
    }
    return staying;
}

/* assign(nodes, numbers): True if it is done. */
static PyObject *core_assign(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 2 || !is_ordinary(a[0]) || !PyList_CheckExact(a[1]) || Py_SIZE(a[0]) != Py_SIZE(a[1]))
        Py_RETURN_NONE;
    for (Py_ssize_t i = 0; i < Py_SIZE(a[0]); i++) {
        PyObject *x = PyList_GetItem(a[1], i);
        if (AS_NODE(PyList_GetItem(a[0], i))->n != 0 || !(x == Py_None || PyFloat_CheckExact(x)))
            Py_RETURN_NONE;
    }
    for (Py_ssize_t i = 0; i < Py_SIZE(a[0]); i++) {
        PyObject *x = PyList_GetItem(a[1], i);
        if (x != Py_None)
            AS_NODE(PyList_GetItem(a[0], i))->data = PyFloat_AsDouble(x);
    }
    Py_RETURN_TRUE;
}

/* An array of doubles with one for each node, in a row; 0 if it is none. */
static int doubles_for(PyObject *nodes, PyObject *array, Py_buffer *view, int writable) {
    if (PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)) < 0) {
        PyErr_Clear();
        return 0;
    }
    if (view->format != NULL && strcmp(view->format, "d") == 0 && view->len == Py_SIZE(nodes) * (Py_ssize_t)sizeof(double))
        return 1;
    PyBuffer_Release(view);
    return 0;
}

/* fill(array, nodes): True if it is done. */
static PyObject *core_fill(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    Py_buffer view;
    (void)module;
    if (count != 2 || !is_ordinary(a[1]) || !doubles_for(a[1], a[0], &view, 1))
        Py_RETURN_NONE;
    for (Py_ssize_t i = 0; i < Py_SIZE(a[1]); i++)
        ((double *)view.buf)[i] = AS_NODE(PyList_GetItem(a[1], i))->data;
    PyBuffer_Release(&view);
    Py_RETURN_TRUE;
}

/* contribute(nodes, array): True if it is done. */
static PyObject *core_contribute(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    Py_buffer view;
    (void)module;
    if (count != 2 || !is_ordinary(a[0]) || !doubles_for(a[0], a[1], &view, 0))
        Py_RETURN_NONE;
    for (Py_ssize_t i = 0; i < Py_SIZE(a[0]); i++) {
        Node *v = AS_NODE(PyList_GetItem(a[0], i));
        v->grad = (v->flags & GRAD_SET ? v->grad : 0.0) + ((const double *)view.buf)[i];
        v->flags = (uint8_t)((v->flags & ~GRAD_UNRECORDED) | GRAD_ASSIGNED | GRAD_SET);
    }
    PyBuffer_Release(&view);
    Py_RETURN_TRUE;
}

/* zero(nodes): True if it is done. */
static PyObject *core_zero(PyObject *module, PyObject *nodes) {
    (void)module;
    if (!is_ordinary(nodes))
        Py_RETURN_NONE;
    for (Py_ssize_t i = 0; i < Py_SIZE(nodes); i++)
        if (!is_forgettable(AS_NODE(PyList_GetItem(nodes, i))))
            Py_RETURN_NONE;
    for (Py_ssize_t i = 0; i < Py_SIZE(nodes); i++)
        forget_gradient(AS_NODE(PyList_GetItem(nodes, i)));
    Py_RETURN_TRUE;
}

#endif
