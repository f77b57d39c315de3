/* Python's own numbers as doubles, and back: what the nodes and the interpreter of tapes take and give without asking Python. */

#ifndef STEPGRAD_PLAIN_H
#define STEPGRAD_PLAIN_H

#include <Python.h>

/* Whether it is a plain number, and which. */
static inline int plain(PyObject *o, double *x) {
    if (PyFloat_CheckExact(o)) {
        *x = PyFloat_AsDouble(o);
        return 1;
    }
    if (!PyLong_CheckExact(o))
        return 0;
    *x = PyLong_AsDouble(o);
    if (*x == -1.0 && PyErr_Occurred()) { /* too large */
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* A list of numbers. */
static inline PyObject *floats(const double *x, Py_ssize_t n) {
    PyObject *list = PyList_New(n);
    for (Py_ssize_t k = 0; list != NULL && k < n; k++) {
        PyObject *number = PyFloat_FromDouble(x[k]);
        if (number == NULL || PyList_SetItem(list, k, number) < 0)
            Py_CLEAR(list);
    }
    return list;
}

#endif
