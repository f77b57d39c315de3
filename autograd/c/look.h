/* What a node shows of itself in Python: its attributes, read as the tuples and floats that they are in pure.py. */

#ifndef STEPGRAD_LOOK_H
#define STEPGRAD_LOOK_H

#include "node.h"

static PyObject *new_ref(PyObject *o) {
    Py_INCREF(o);
    return o;
}

static PyObject *get_primitive(PyObject *self, void *unused) {
    Node *v = AS_NODE(self);
    (void)unused;
    if (v->n == LOOSE)
        return new_ref(v->loose->primitive);
    if (v->n == MANY && v->many->primitive != NULL)
        return new_ref(v->many->primitive);
    return new_ref(v->op ? rows[v->op - 1] : Py_None);
}

/* A tuple of n things, of which the i-th is made by `item`. */
static PyObject *tuple_of(Py_ssize_t n, PyObject *(*item)(Node *, Py_ssize_t), Node *v) {
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++) {
        PyObject *thing = item(v, i);
        if (thing == NULL || PyTuple_SetItem(tuple, i, thing) < 0)
            Py_CLEAR(tuple);
    }
    return tuple;
}

static PyObject *inline_parent(Node *v, Py_ssize_t i) { return new_ref((PyObject *)v->p[i]); }
static PyObject *inline_partial(Node *v, Py_ssize_t i) { return PyFloat_FromDouble(v->d[i]); }
static PyObject *many_parent(Node *v, Py_ssize_t i) { return new_ref((PyObject *)v->many->parents[i]); }
static PyObject *many_partial(Node *v, Py_ssize_t i) { return PyFloat_FromDouble(v->many->partials[i]); }

/* What there is one of for each parent, of a node whose attributes are not loose. */
static PyObject *of_parents(Node *v, PyObject *(*inline_item)(Node *, Py_ssize_t), PyObject *(*many_item)(Node *, Py_ssize_t)) {
    if (v->n == 0)
        return new_ref(empty);
    return v->n == MANY ? tuple_of(v->many->n, many_item, v) : tuple_of(v->n, inline_item, v);
}

static PyObject *get_parents(PyObject *self, void *unused) {
    Node *v = AS_NODE(self);
    (void)unused;
    return v->n == LOOSE ? new_ref(v->loose->parents) : of_parents(v, inline_parent, many_parent);
}

static PyObject *get_partials(PyObject *self, void *unused) {
    Node *v = AS_NODE(self);
    (void)unused;
    return v->n == LOOSE ? new_ref(v->loose->partials) : of_parents(v, inline_partial, many_partial);
}

static PyObject *operand_of_dot(Node *v, Py_ssize_t i) { /* of nodes and constants */
    Many *many = v->many;
    Py_ssize_t k = (many->m - 1) / 2;
    int is_node = i < k || (i == 2 * k && many->n > k);
    return is_node ? new_ref((PyObject *)many->parents[i < k ? i : k]) : PyFloat_FromDouble(many->partials[i - k]);
}

static PyObject *get_operands(PyObject *self, void *unused) {
    Node *v = AS_NODE(self);
    if (v->n == LOOSE)
        return new_ref(v->loose->operands);
    if (v->n == MANY && v->many->m > v->many->n && v->many->is_node == NULL)
        return tuple_of(v->many->m, operand_of_dot, v);
    if (v->n == MANY && v->many->is_node != NULL) {
        Many *many = v->many;
        Py_ssize_t parent = 0, constant = 0;
        PyObject *tuple = PyTuple_New(many->m);
        for (Py_ssize_t i = 0; tuple != NULL && i < many->m; i++) {
            PyObject *thing = many->is_node[i] ? new_ref((PyObject *)many->parents[parent++])
                                               : PyFloat_FromDouble(many->constants[constant++]);
            if (thing == NULL || PyTuple_SetItem(tuple, i, thing) < 0)
                Py_CLEAR(tuple);
        }
        return tuple;
    }
    if (v->flags & (CONSTANT_FIRST | CONSTANT_SECOND)) {
        PyObject *constant = PyFloat_FromDouble(v->d[1]), *pair = NULL;
        if (constant != NULL)
            pair = v->flags & CONSTANT_FIRST ? PyTuple_Pack(2, constant, v->p[0]) : PyTuple_Pack(2, v->p[0], constant);
        Py_XDECREF(constant);
        return pair;
    }
    return get_parents(self, unused);
}

/* --- what has been assigned --------------------------------------------------------------------------------------- */

static int make_loose(Node *v, PyObject *primitive, PyObject *operands, PyObject *parents, PyObject *partials) {
    Loose *loose = PyMem_Malloc(sizeof(Loose));
    if (loose == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    loose->primitive = new_ref(primitive);
    loose->operands = new_ref(operands);
    loose->parents = new_ref(parents);
    loose->partials = new_ref(partials);
    if (v->n)
        strip(v);
    v->op = 0;
    v->n = LOOSE;
    v->loose = loose;
    loose_alive++;
    track(v); /* parents that are assigned may close a cycle */
    if (pending != NULL)
        drain();
    return 0;
}

/* Keep the four attributes as objects from now on, because one of them is about to be assigned. */
static int loosen(Node *v) {
    PyObject *self = (PyObject *)v;
    if (v->n == LOOSE)
        return 0;
    PyObject *primitive = get_primitive(self, NULL), *operands = get_operands(self, NULL);
    PyObject *parents = get_parents(self, NULL), *partials = get_partials(self, NULL);
    int done = -1;
    if (primitive && operands && parents && partials)
        done = make_loose(v, primitive, operands, parents, partials);
    Py_XDECREF(primitive);
    Py_XDECREF(operands);
    Py_XDECREF(parents);
    Py_XDECREF(partials);
    return done;
}

/* `which` is the place of the attribute in Loose. A leaf stays a leaf if it is told what it is. */
static int assign_loose(PyObject *self, PyObject *thing, void *which) {
    Node *v = AS_NODE(self);
    if (thing == NULL) {
        PyErr_SetString(PyExc_AttributeError, "what a node was computed from cannot be deleted; assign () and None");
        return -1;
    }
    if (v->n == 0 && v->op == 0) {
        int is_primitive = which == (void *)offsetof(Loose, primitive);
        if (is_primitive ? thing == Py_None : PyTuple_CheckExact(thing) && PyTuple_Size(thing) == 0)
            return 0;
    }
    if (loosen(v) < 0)
        return -1;
    PyObject **place = (PyObject **)((char *)v->loose + (size_t)which), *old = *place;
    *place = new_ref(thing);
    Py_DECREF(old);
    return 0;
}

/* What a node is made of, for a node that is a leaf yet: in arrays if the operands are floats and nodes with a partial for each,
otherwise as the objects that they are. */
static int settle(Node *v, PyObject *primitive, PyObject *operands, PyObject *parents, PyObject *partials) {
    Py_ssize_t m = PyTuple_CheckExact(operands) ? PyTuple_Size(operands) : -1;
    Py_ssize_t n = PyTuple_CheckExact(partials) ? PyTuple_Size(partials) : -1, nodes = 0;
    if (m == 0 && n == 0 && primitive == Py_None)
        return 0;
    int regular = m >= n && n >= 1 && primitive != Py_None;
    for (Py_ssize_t i = 0; regular && i < m; i++) {
        PyObject *o = PyTuple_GetItem(operands, i);
        if (IS_NODE(o))
            nodes++;
        else
            regular = PyFloat_CheckExact(o);
    }
    for (Py_ssize_t i = 0; regular && i < n; i++)
        regular = PyFloat_CheckExact(PyTuple_GetItem(partials, i));
    if (!regular || nodes != n)
        return make_loose(v, primitive, operands, parents, partials);
    int op = op_of(primitive);
    if (op && m <= 2) {
        Py_ssize_t k = 0;
        for (Py_ssize_t i = 0; i < m; i++) {
            PyObject *o = PyTuple_GetItem(operands, i);
            if (IS_NODE(o)) {
                v->d[k] = PyFloat_AsDouble(PyTuple_GetItem(partials, k));
                v->p[k++] = AS_NODE(new_ref(o));
                if (AS_NODE(o)->flags & TRACKED)
                    track(v);
            }
        }
        if (m > n) { /* one parent, and a constant */
            int first = !IS_NODE(PyTuple_GetItem(operands, 0));
            v->d[1] = PyFloat_AsDouble(PyTuple_GetItem(operands, first ? 0 : 1));
            v->flags |= first ? CONSTANT_FIRST : CONSTANT_SECOND;
        }
        v->op = (uint16_t)op;
        v->n = (uint8_t)n;
        return 0;
    }
    Many *many = new_many(n, m);
    if (many == NULL)
        return -1;
    fill_many(many, operands);
    for (Py_ssize_t i = 0; i < n; i++)
        many->partials[i] = PyFloat_AsDouble(PyTuple_GetItem(partials, i));
    if (!op)
        many->primitive = new_ref(primitive);
    set_many(v, op, many);
    return 0;
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static PyObject *get_data_bare(PyObject *self, void *unused) {
    (void)unused;
    return PyFloat_FromDouble(AS_NODE(self)->data);
}

/* Tell the observers by a function of compiled.py, which takes these things; -1 with an error. */
static int tell(PyObject *function, PyObject *node, PyObject *thing) {
    PyObject *told = PyObject_CallFunctionObjArgs(function, node, thing, NULL);
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

/* Tell the observers that a node has been compared, and with what answer; -1 with an error. */
static int tell_decided(PyObject *node, int sign, PyObject *other, int holds) {
    PyObject *which = PyLong_FromLong(sign), *told = NULL;
    if (which != NULL)
        told = PyObject_CallFunctionObjArgs(py_decided, node, which, other, holds ? Py_True : Py_False, NULL);
    Py_XDECREF(which);
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

static PyObject *get_data(PyObject *self, void *unused) {
    if (IS_WATCHED() && tell(py_read, self, NULL) < 0)
        return NULL;
    return get_data_bare(self, unused);
}

static int refuse_to_delete(PyObject *thing) {
    if (thing == NULL)
        PyErr_SetString(PyExc_AttributeError, "the number of a node, and its gradient, cannot be deleted");
    return thing == NULL ? -1 : 0;
}

static int set_data_bare(PyObject *self, PyObject *thing, void *unused) {
    (void)unused;
    if (refuse_to_delete(thing) < 0)
        return -1;
    double x = PyFloat_AsDouble(thing);
    if (x == -1.0 && PyErr_Occurred())
        return -1;
    AS_NODE(self)->data = x;
    return 0;
}

static int set_data(PyObject *self, PyObject *thing, void *unused) {
    Node *v = AS_NODE(self);
    if (refuse_to_delete(thing) < 0)
        return -1;
    if (PyFloat_CheckExact(thing) && v->n == 0 && Py_SIZE(active) == 0)
        return set_data_bare(self, thing, unused);
    PyObject *done = PyObject_CallFunctionObjArgs(py_assign_data, self, thing, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *get_grad(PyObject *self, void *unused) {
    Node *v = AS_NODE(self);
    (void)unused;
    if (v->flags & GRAD_SET)
        return PyFloat_FromDouble(v->grad);
    return new_ref(v->flags & GRAD_UNRECORDED ? unrecorded : unset);
}

static int set_grad_bare(PyObject *self, PyObject *thing, void *unused) {
    Node *v = AS_NODE(self);
    (void)unused;
    if (refuse_to_delete(thing) < 0)
        return -1;
    double x = PyFloat_AsDouble(thing);
    if (x == -1.0 && PyErr_Occurred())
        return -1;
    v->grad = x;
    v->flags &= ~(GRAD_SET | GRAD_UNRECORDED);
    v->flags |= GRAD_ASSIGNED | (thing == unset ? 0 : thing == unrecorded ? GRAD_UNRECORDED : GRAD_SET);
    return 0;
}

/* _still(grad): whether the gradient is the one that was assigned: see pure.py. */
static PyObject *node_still(PyObject *self, PyObject *grad) {
    Node *v = AS_NODE(self);
    int same = v->flags & GRAD_ASSIGNED && PyFloat_CheckExact(grad);
    if (same && v->flags & GRAD_SET) {
        double x = PyFloat_AsDouble(grad);
        same = grad != unset && grad != unrecorded && memcmp(&x, &v->grad, sizeof x) == 0;
    } else if (same)
        same = grad == (v->flags & GRAD_UNRECORDED ? unrecorded : unset);
    return PyBool_FromLong(same);
}

/* Shared._assign_grad, for a number that nobody is told of, and a node that no walk over _prev has seen. */
static int set_grad(PyObject *self, PyObject *thing, void *unused) {
    if (refuse_to_delete(thing) < 0)
        return -1;
    if (PyFloat_CheckExact(thing) && Py_SIZE(active) == 0 && !AS_NODE(self)->walked) {
        int is_unrecorded = (AS_NODE(self)->flags & (GRAD_SET | GRAD_UNRECORDED)) == GRAD_UNRECORDED;
        return set_grad_bare(self, PyFloat_AsDouble(thing) != 0.0 ? thing : is_unrecorded ? unrecorded : unset, unused);
    }
    PyObject *done = PyObject_CallFunctionObjArgs(py_assign_grad, self, thing, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Whether zero_grad() is nothing but this; a walk over _prev (micrograd.py) has to hear of it. */
static int is_forgettable(Node *v) { return !(v->flags & GRAD_UNRECORDED || v->walked); }

static void forget_gradient(Node *v) {
    v->grad = 0.0;
    v->flags = (uint8_t)((v->flags & ~GRAD_SET) | GRAD_ASSIGNED);
}

static PyObject *get_has_grad(PyObject *self, void *unused) {
    (void)unused;
    return PyBool_FromLong(AS_NODE(self)->flags & GRAD_SET);
}

/* --- the dictionary ----------------------------------------------------------------------------------------------- */

/* A dictionary of its own, before it is changed. */
static int own_dict(Node *v) {
    if (!(v->flags & SHARES_DICT))
        return 0;
    PyObject *shared = v->dict, *own = PyDict_Copy(shared);
    if (own == NULL)
        return -1;
    v->dict = own;
    v->flags &= (uint8_t)~SHARES_DICT;
    Py_DECREF(shared);
    return 0;
}

static PyObject *get_dict(PyObject *self, void *unused) {
    if (own_dict(AS_NODE(self)) < 0)
        return NULL;
    track(AS_NODE(self)); /* whoever has the dictionary may put anything into it */
    return PyObject_GenericGetDict(self, unused);
}

static int set_dict(PyObject *self, PyObject *dict, void *unused) {
    AS_NODE(self)->flags &= (uint8_t)~SHARES_DICT;
    track(AS_NODE(self));
    return PyObject_GenericSetDict(self, dict, unused);
}

/* share(node, attributes): `share` of pure.py. The dictionary refers to text only, so the node need not be tracked. */
static PyObject *core_share(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 2 || !PyDict_CheckExact(a[1])) {
        PyErr_SetString(PyExc_TypeError, "share(node, attributes)");
        return NULL;
    }
    Node *v = AS_NODE(a[0]);
    if (!IS_VALUE(a[0]) || (v->dict != NULL && PyDict_Size(v->dict) != 0) || (Py_SIZE(active) != 0 && !nothing_is_recorded()))
        Py_RETURN_FALSE;
    if (v->dict != NULL) { /* an empty one that somebody has looked at */
        if (PyDict_Update(v->dict, a[1]) < 0)
            return NULL;
    } else {
        v->dict = new_ref(a[1]);
        v->flags |= SHARES_DICT;
    }
    Py_RETURN_TRUE;
}

/* After an attribute has been set. Text and numbers refer to nothing; anything else may refer to the node itself, by way of nodes
that are computed from it: those that are there already are tracked now, later ones when they are made. */
static int set_attribute(PyObject *self, PyObject *name, PyObject *thing) {
    Node *v = AS_NODE(self);
    if (own_dict(v) < 0 || PyObject_GenericSetAttr(self, name, thing) < 0)
        return -1;
    if (name == name_shown)
        v->walked = 1;
    if (v->dict == NULL || thing == NULL || PyFloat_CheckExact(thing) || PyUnicode_CheckExact(thing) ||
        PyLong_CheckExact(thing) || thing == Py_None || PyBool_Check(thing))
        return 0;
    PyObject *reached = PyObject_CallFunctionObjArgs(py_reach, self, thing, NULL); /* tracks it, unless the thing is harmless */
    Py_XDECREF(reached);
    return reached == NULL ? -1 : 0;
}

/* track(node): the collector looks at it, and at what is computed from it, from now on. */
static PyObject *core_track(PyObject *module, PyObject *thing) {
    (void)module;
    if (IS_NODE(thing))
        track(AS_NODE(thing));
    Py_RETURN_NONE;
}

#endif
