/* Many nodes as the columns of a tape (replay/arrangement.py): a recording of a million operations spends its time here. */

#ifndef STEPGRAD_COLUMNS_H
#define STEPGRAD_COLUMNS_H

#include <stdlib.h>

#include "look.h"

typedef struct {
    char *bytes;
    size_t used, room;
} Column;

static int put_in(Column *c, const void *item, size_t size) {
    if (c->used + size > c->room) {
        size_t room = c->room ? 2 * c->room : 4096;
        char *more = realloc(c->bytes, room);
        if (more == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        c->bytes = more;
        c->room = room;
    }
    memcpy(c->bytes + c->used, item, size);
    c->used += size;
    return 0;
}

typedef struct {
    PyObject *entry, *number_of; /* node -> its number, or the float that it is; name of a row -> its number */
    Column constants, pool, start, op;
    int64_t nodes, before, pool_before; /* how many nodes, constants and operands there are already */
    int32_t number[ROWS_MAX];           /* of the table's rows; -1: not asked yet */
} Columns;

/* The number of the row that made a node; -1 with an error. */
static int32_t number_of_row(Columns *c, PyObject *node) {
    Node *v = AS_NODE(node);
    int own = v->op != 0 && v->n != LOOSE && !(v->n == MANY && v->many->primitive != NULL);
    if (own && c->number[v->op - 1] >= 0)
        return c->number[v->op - 1];
    PyObject *row = get_primitive(node, NULL), *name = PyObject_GetAttrString(row, "name"), *number = NULL;
    if (name != NULL)
        number = PyObject_CallFunctionObjArgs(c->number_of, name, NULL);
    long found = number != NULL ? PyLong_AsLong(number) : -1;
    Py_DECREF(row);
    Py_XDECREF(name);
    Py_XDECREF(number);
    if (own && found >= 0)
        c->number[v->op - 1] = (int32_t)found;
    return (int32_t)found;
}

/* Append an operand, as the number of a node, or as -1 - k for constant k: 1 if it is a node, 0 if a constant; MISSING if there
is no entry, -1 with an error. */
enum { MISSING = -2 };

static int put_operand(Columns *c, PyObject *o) {
    if (!PyFloat_CheckExact(o)) {
        o = PyDict_GetItemWithError(c->entry, o);
        if (o == NULL)
            return PyErr_Occurred() ? -1 : MISSING;
    }
    if (!PyFloat_CheckExact(o)) {
        int64_t number = PyLong_AsLongLong(o);
        return (number == -1 && PyErr_Occurred()) || put_in(&c->pool, &number, sizeof number) < 0 ? -1 : 1;
    }
    double x = PyFloat_AsDouble(o);
    if (put_in(&c->constants, &x, sizeof x) < 0)
        return -1;
    int64_t number = -(c->before + (int64_t)(c->constants.used / sizeof x));
    return put_in(&c->pool, &number, sizeof number) < 0 ? -1 : 0;
}

/* Append a node: 0, or as above. One whose operands are constants is a constant, and no operation. */
static int put_node(Columns *c, PyObject *node) {
    if (!IS_NODE(node))
        return MISSING;
    size_t pool = c->pool.used, constants = c->constants.used;
    PyObject *operands = get_operands(node, NULL), *entry = NULL;
    int depends = 0, is_node = operands != NULL ? 0 : -1;
    for (Py_ssize_t k = 0; is_node >= 0 && k < PyTuple_Size(operands); k++) {
        is_node = put_operand(c, PyTuple_GetItem(operands, k));
        depends |= is_node > 0;
    }
    Py_XDECREF(operands);
    if (is_node < 0 || !depends) {
        c->pool.used = pool;
        c->constants.used = constants;
    }
    if (is_node < 0)
        return is_node;
    if (depends) {
        int64_t end = c->pool_before + (int64_t)(c->pool.used / sizeof end);
        int32_t number = number_of_row(c, node);
        uint16_t op = (uint16_t)number;
        if (number < 0 || put_in(&c->start, &end, sizeof end) < 0 || put_in(&c->op, &op, sizeof op) < 0)
            return -1;
        entry = PyLong_FromLongLong(c->nodes + (int64_t)(c->op.used / sizeof op) - 1);
    } else
        entry = PyFloat_FromDouble(AS_NODE(node)->data);
    int done = entry == NULL ? -1 : PyDict_SetItem(c->entry, node, entry);
    Py_XDECREF(entry);
    return done;
}

static PyObject *column_out(Column *c) { return PyBytes_FromStringAndSize(c->bytes, (Py_ssize_t)c->used); }

/* columns(nodes, first, entry, number_of, nodes before, constants before, operands before): the nodes from the first on that have
been put in, up to one that has an operand without an entry; the index of that one, and four columns as bytes. */
static PyObject *core_columns(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 7 || !PyList_CheckExact(a[0]) || !PyDict_CheckExact(a[2]))
        Py_RETURN_NONE;
    Columns *c = calloc(1, sizeof *c);
    if (c == NULL)
        return PyErr_NoMemory();
    memset(c->number, -1, sizeof c->number);
    Py_ssize_t i = PyLong_AsSsize_t(a[1]);
    c->entry = a[2];
    c->number_of = a[3];
    c->nodes = PyLong_AsLongLong(a[4]);
    c->before = PyLong_AsLongLong(a[5]);
    c->pool_before = PyLong_AsLongLong(a[6]);
    PyObject *answer = NULL;
    int done = PyErr_Occurred() || i < 0 ? -1 : 0;
    while (done == 0 && i < Py_SIZE(a[0]) && (done = put_node(c, PyList_GetItem(a[0], i))) == 0)
        i++;
    if (done == 0 || done == MISSING)
        answer = Py_BuildValue("nNNNN", i, column_out(&c->constants), column_out(&c->pool), column_out(&c->start), column_out(&c->op));
    free(c->constants.bytes);
    free(c->pool.bytes);
    free(c->start.bytes);
    free(c->op.bytes);
    free(c);
    return answer;
}

#endif
