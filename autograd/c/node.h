/* A node of the graph, how it is made and how it is freed.

For a reader who knows C but not CPython: every Python object begins with a count of references and a pointer to its type
(PyObject_HEAD). Whoever keeps a pointer counts it with Py_INCREF, whoever drops one calls Py_DECREF, and an object is freed when
the count is 0. A cycle of objects never gets there; CPython's collector finds it, but only among objects that are *tracked*. The
nodes of a graph cannot form a cycle by themselves, so they are not tracked, and the collector has nothing to do with them. A
cycle can be closed by what a person hangs on a node, such as a hook that refers to the cost. From then on the node is tracked,
and so is every node that is computed from it.

A node comes in four forms, which all look the same from Python:

    a leaf              n = 0
    one or two parents  n = 1 or 2: in the node itself. An operand that is a plain number lies in d[1]
    many operands       n = MANY: arrays behind a pointer
    loose               n = LOOSE: the four Python objects that somebody has assigned; the passes of reverse.py take over

Everything here runs under Python's global lock (GIL), so nothing needs a lock of its own. */

#ifndef STEPGRAD_NODE_H
#define STEPGRAD_NODE_H

#define Py_LIMITED_API 0x030B0000 /* the stable ABI: one binary for Python 3.11 and all later ones */
#include <Python.h>
#include <structmember.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__linux__) || defined(__APPLE__)
#include <dlfcn.h>
#define HAS_DLSYM
#endif

#ifdef Py_GIL_DISABLED
#error "this extension relies on Python's global lock; without one the nodes in Python are used"
#endif

enum { MANY = 254, LOOSE = 255 };

enum { /* flags of a node */
    GRAD_SET = 1,         /* a pass has reached it; otherwise its gradient reads as 0.0 */
    GRAD_UNRECORDED = 2,  /* it was made inside no_grad() */
    CONSTANT_FIRST = 4,   /* of two operands the first is a plain number, in d[1] */
    CONSTANT_SECOND = 8,
    TRACKED = 16,         /* by the collector */
    VISITED = 32,         /* by the sort that is running */
    GRAD_ASSIGNED = 64,   /* its gradient was assigned, and no pass has added to it since */
    SHARES_DICT = 128,    /* its dictionary is that of other nodes too: a copy is made before it is changed */
};

typedef struct Node Node;
typedef struct Many Many;
typedef struct Loose Loose;

struct Node { /* what the sort looks at first stands first: it is mostly waiting for memory */
    PyObject_HEAD
    uint16_t op; /* 1 + index of the row of the table that made it; 0 for none */
    uint8_t n;
    uint8_t flags;
    uint32_t walked : 1;           /* it has been in a walk over _prev (micrograd.py) */
    uint32_t place : 6, slab : 25; /* where its memory belongs: slabs.h */
    union {
        Node *p[2];
        Many *many;
        Loose *loose;
    };
    double grad;
    double d[2]; /* the partials */
    double data;
    PyObject *dict; /* what few nodes have: label, scope, hooks, a user's own attributes */
};

struct Many { /* n parents among m operands; what is no parent is a constant */
    Py_ssize_t n, m;
    PyObject *primitive; /* if it is none of the table's own */
    Node **parents;
    double *partials;
    double *constants;       /* in their order */
    unsigned char *is_node;  /* for each operand; NULL if all are, or if it is a dot of nodes and constants */
};

struct Loose {
    PyObject *primitive, *operands, *parents, *partials;
};

#define SLAB_NUMBERS (1 << 25) /* fewer than that: bits of Node.slab */
#define ROWS_MAX 512
static PyTypeObject *value_type; /* autograd.Value itself; subclasses are other types */
static PyObject *rows[ROWS_MAX]; /* the rows of the table: node->op - 1 */
static Py_ssize_t row_count;
static Py_ssize_t loose_alive; /* how many loose nodes there are: a sort need not look for them if there are none */

static PyObject *active, *observers, *strays; /* of MODES: see blocks.py */
static PyObject *in_progress;                 /* IN_PROGRESS of levels.py */
static PyObject *unset, *unrecorded;               /* the two objects that stand for a gradient that is none */
static PyObject *empty;                            /* () */

/* What is rare is written in Python; see compiled.py, which hands these over. */
static PyObject *py_init, *py_made, *py_reach, *py_by_table, *py_equal, *py_zero, *py_assign_data, *py_assign_grad,
    *py_compare, *py_decided, *py_read, *py_detached, *py_zero_grad, *name_shown;
static PyObject *py_state, *bare_state; /* the ContextVar STATE of blocks.py, and the class of its states inside no_grad() alone */

#define AS_NODE(o) ((Node *)(o))
#define IS_VALUE(o) Py_IS_TYPE((PyObject *)(o), value_type)
#define IS_NODE(o) (IS_VALUE(o) || PyType_IsSubtype(Py_TYPE((PyObject *)(o)), value_type))

/* --- memory ------------------------------------------------------------------------------------------------------- */

#include "slabs.h"

static inline void track(Node *v) {
    if (!(v->flags & TRACKED)) {
        v->flags |= TRACKED;
        PyObject_GC_Track((PyObject *)v);
    }
}

/* A leaf without a number. */
static inline Node *new_node(void) {
    Node *v = take_node();
    if (v == NULL)
        return NULL;
    PyObject_Init((PyObject *)v, value_type);
    v->op = 0;
    v->n = 0;
    v->flags = 0;
    v->walked = 0;
    v->grad = 0.0;
    v->dict = NULL;
    return v;
}

/* Parents whose last reference a freed node held. They are freed one after the other by the outermost node, not one within the
other: a chain of ten million nodes would need as many stack frames. Nobody else can see them, so the gradient's place is free. */
static Node *pending;
static int draining;

static inline void link_to(Node *v, Node *next) { memcpy(&v->grad, &next, sizeof next); }

static inline Node *linked_to(Node *v) {
    Node *next;
    memcpy(&next, &v->grad, sizeof next);
    return next;
}

static inline void release(Node *parent) {
    if (Py_REFCNT((PyObject *)parent) == 1 && IS_VALUE(parent)) {
        if (parent->flags & TRACKED) {
            PyObject_GC_UnTrack((PyObject *)parent);
            parent->flags &= ~TRACKED;
        }
        link_to(parent, pending);
        pending = parent;
    } else
        Py_DECREF((PyObject *)parent);
}

/* Make it a leaf: drop all that it was computed from. */
static void strip(Node *v) {
    int n = v->n;
    v->n = 0;
    v->op = 0;
    v->flags &= ~(CONSTANT_FIRST | CONSTANT_SECOND);
    if (n == 1)
        release(v->p[0]);
    else if (n == 2) {
        Node *a = v->p[0], *b = v->p[1];
        release(a);
        release(b);
    } else if (n == MANY) {
        Many *many = v->many;
        for (Py_ssize_t i = 0; i < many->n; i++)
            release(many->parents[i]);
        Py_XDECREF(many->primitive);
        PyMem_Free(many);
    } else if (n == LOOSE) {
        Loose *loose = v->loose;
        loose_alive--;
        Py_XDECREF(loose->primitive);
        Py_XDECREF(loose->operands);
        Py_XDECREF(loose->parents);
        Py_XDECREF(loose->partials);
        PyMem_Free(loose);
    }
}

static void drain(void) {
    if (draining)
        return;
    draining = 1;
    while (pending != NULL) {
        Node *v = pending;
        pending = linked_to(v);
        Py_DECREF((PyObject *)v);
    }
    draining = 0;
}

static void node_dealloc(PyObject *self) {
    Node *v = AS_NODE(self);
    PyTypeObject *type = Py_TYPE(self);
    if (type != value_type || v->flags & TRACKED)
        PyObject_GC_UnTrack(self);
    if (v->n)
        strip(v);
    if (v->dict != NULL)
        Py_CLEAR(v->dict);
    if (type == value_type)
        free_node(v);
    else
        ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF((PyObject *)type);
    if (pending != NULL)
        drain();
}

static int node_traverse(PyObject *self, visitproc visit, void *arg) {
    Node *v = AS_NODE(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(v->dict);
    if (v->n == 1 || v->n == 2) {
        Py_VISIT(v->p[0]);
        if (v->n == 2)
            Py_VISIT(v->p[1]);
    } else if (v->n == MANY) {
        for (Py_ssize_t i = 0; i < v->many->n; i++)
            Py_VISIT(v->many->parents[i]);
    } else if (v->n == LOOSE) {
        Py_VISIT(v->loose->primitive);
        Py_VISIT(v->loose->operands);
        Py_VISIT(v->loose->parents);
        Py_VISIT(v->loose->partials);
    }
    return 0;
}

static int node_clear(PyObject *self) {
    Node *v = AS_NODE(self);
    Py_CLEAR(v->dict);
    if (v->n)
        strip(v);
    if (pending != NULL)
        drain();
    return 0;
}

/* --- making nodes ------------------------------------------------------------------------------------------------- */

/* PyContextVar_Get is public but not part of the stable ABI: it is looked up by its name when the module is loaded, and where that
fails Python's method does the same more slowly. */
static PyObject *name_get;
static int get_by_method(PyObject *variable, PyObject *unused, PyObject **value) {
    (void)unused;
    *value = PyObject_CallMethodObjArgs(variable, name_get, NULL);
    return *value == NULL ? -1 : 0;
}
static int (*context_get)(PyObject *, PyObject *, PyObject **) = get_by_method;

static void look_up_context_get(void) {
#ifdef HAS_DLSYM
    void *python = dlopen(NULL, RTLD_LAZY);
    void *found = python != NULL ? dlsym(python, "PyContextVar_Get") : NULL;
    if (found != NULL)
        memcpy(&context_get, &found, sizeof found); /* C has no conversion between the two kinds of pointers */
#endif
}

/* Inside no_grad() by itself an operation makes a leaf: it is to cost less than recording, so no other code is asked. */
static int nothing_is_recorded(void) {
    if (Py_SIZE(observers) != 0 || Py_SIZE(strays) != 0 || PyDict_Size(in_progress) != 0)
        return 0;
    PyObject *state = NULL;
    if (context_get(py_state, NULL, &state) < 0) {
        PyErr_Clear(); /* modes.py will find the same error again */
        return 0;
    }
    int bare = Py_IS_TYPE(state, (PyTypeObject *)bare_state);
    Py_DECREF(state);
    return bare;
}

#define IS_BARE() (Py_SIZE(active) != 0 && nothing_is_recorded())
#define IS_WATCHED() (Py_SIZE(active) != 0 && !nothing_is_recorded()) /* perhaps: Python finds out */

static PyObject *bare_leaf(double out) {
    Node *v = new_node();
    if (v != NULL) {
        v->data = out;
        v->flags = GRAD_UNRECORDED;
    }
    return (PyObject *)v;
}

/* What the active modes do with a new node: modes.py. Takes over the reference, and gives it back or NULL. */
static PyObject *made_in_a_mode(Node *v) {
    PyObject *done = PyObject_CallFunctionObjArgs(py_made, (PyObject *)v, NULL);
    if (done == NULL) {
        Py_DECREF((PyObject *)v);
        return NULL;
    }
    Py_DECREF(done);
    return (PyObject *)v;
}

static inline PyObject *made(Node *v) {
    return Py_SIZE(active) == 0 ? (PyObject *)v : made_in_a_mode(v);
}

static inline PyObject *node_of_one(int op, int flags, Node *a, double out, double d, double constant) {
    if (IS_BARE())
        return bare_leaf(out);
    Node *v = new_node();
    if (v == NULL)
        return NULL;
    v->op = (uint16_t)op;
    v->n = 1;
    v->flags = (uint8_t)flags;
    v->data = out;
    v->d[0] = d;
    v->d[1] = constant;
    Py_INCREF((PyObject *)a);
    v->p[0] = a;
    if (a->flags & TRACKED)
        track(v);
    return made(v);
}

static inline PyObject *node_of_two(int op, Node *a, Node *b, double out, double da, double db) {
    if (IS_BARE())
        return bare_leaf(out);
    Node *v = new_node();
    if (v == NULL)
        return NULL;
    v->op = (uint16_t)op;
    v->n = 2;
    v->data = out;
    v->d[0] = da;
    v->d[1] = db;
    Py_INCREF((PyObject *)a);
    Py_INCREF((PyObject *)b);
    v->p[0] = a;
    v->p[1] = b;
    if ((a->flags | b->flags) & TRACKED)
        track(v);
    return made(v);
}

/* The arrays of a node with many operands, in one piece of memory; nothing in them yet. */
static Many *new_many(Py_ssize_t n, Py_ssize_t m) {
    size_t size = sizeof(Many) + (size_t)n * (sizeof(Node *) + sizeof(double)) + (m > n ? (size_t)(m - n) * sizeof(double) + (size_t)m : 0);
    Many *many = PyMem_Malloc(size);
    if (many == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    many->n = n;
    many->m = m;
    many->primitive = NULL;
    many->partials = (double *)(many + 1);
    many->constants = many->partials + n;
    many->parents = (Node **)(many->constants + (m - n));
    many->is_node = m > n ? (unsigned char *)(many->parents + n) : NULL;
    return many;
}

/* The same for the dot of k nodes and k constants, and a bias: the constants are the partials by the nodes, and stand there once.
A constant bias comes after them. */
static Many *new_dot_of_constants(Py_ssize_t k, int biased) {
    Many *many = PyMem_Malloc(sizeof(Many) + (size_t)(k + 1) * sizeof(double) + (size_t)(k + biased) * sizeof(Node *));
    if (many == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    many->n = k + biased;
    many->m = 2 * k + 1;
    many->primitive = NULL;
    many->constants = many->partials = (double *)(many + 1);
    many->parents = (Node **)(many->partials + k + 1);
    many->is_node = NULL;
    return many;
}

/* Put the operands into the arrays, floats and nodes; the partials are the caller's. */
static void fill_many(Many *many, PyObject *operands) {
    Py_ssize_t parent = 0, constant = 0;
    for (Py_ssize_t i = 0; i < many->m; i++) {
        PyObject *o = PyTuple_GetItem(operands, i);
        int is_node = IS_NODE(o);
        if (many->is_node != NULL)
            many->is_node[i] = (unsigned char)is_node;
        if (is_node)
            many->parents[parent++] = AS_NODE(o);
        else
            many->constants[constant++] = PyFloat_AsDouble(o);
    }
}

/* Give a node its many operands; the parents in them are counted here. */
static void set_many(Node *v, int op, Many *many) {
    int tracked = 0;
    for (Py_ssize_t i = 0; i < many->n; i++) {
        Py_INCREF((PyObject *)many->parents[i]);
        tracked |= many->parents[i]->flags & TRACKED;
    }
    v->op = (uint16_t)op;
    v->n = MANY;
    v->many = many;
    if (tracked)
        track(v);
}

/* The op of a row of the table; 0 for a row that somebody has defined. Rows are few and found by their addresses. */
static uint16_t op_at[2 * ROWS_MAX];
static inline size_t place_of(PyObject *row) { return ((uintptr_t)row >> 4) * 0x9E3779B1u % (2 * ROWS_MAX); }

static inline int op_of(PyObject *row) {
    for (size_t i = place_of(row);; i = (i + 1) % (2 * ROWS_MAX)) {
        int op = op_at[i];
        if (op == 0 || rows[op - 1] == row)
            return op;
    }
}

#endif
