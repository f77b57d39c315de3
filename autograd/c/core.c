/* The compiled twin of the nodes in pure.py: see node.h for what a node is, operators.h for what makes one, sweep.h for the pass.

The class is made on a base class written in Python (shared.py), which has everything that is not hot. */

#include "columns.h"
#include "many.h"
#include "operators.h"
#include "sweep.h"

/* --- the type ----------------------------------------------------------------------------------------------------- */

static PyObject *node_new(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    (void)arguments;
    (void)named; /* what they mean is said by __init__, also by that of a subclass */
    if (type == value_type) {
        Node *v = new_node();
        if (v != NULL)
            v->data = 0.0;
        return (PyObject *)v;
    }
    PyObject *self = ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0); /* zeros: a leaf */
    if (self != NULL)
        AS_NODE(self)->flags = TRACKED; /* as Python does with objects of every class */
    return self;
}

static int node_init(PyObject *self, PyObject *arguments, PyObject *named) {
    if (named == NULL && PyTuple_Size(arguments) == 1 && AS_NODE(self)->n == 0 && Py_SIZE(active) == 0 &&
        PyDict_Size(in_progress) == 0) {
        double x;
        if (plain(PyTuple_GetItem(arguments, 0), &x)) {
            AS_NODE(self)->data = x;
            AS_NODE(self)->grad = 0.0;
            AS_NODE(self)->flags &= ~(GRAD_SET | GRAD_UNRECORDED);
            return 0;
        }
    }
    Py_ssize_t count = PyTuple_Size(arguments);
    PyObject *all = PyTuple_New(count + 1);
    if (all == NULL)
        return -1;
    PyTuple_SetItem(all, 0, new_ref(self));
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SetItem(all, i + 1, new_ref(PyTuple_GetItem(arguments, i)));
    PyObject *done = PyObject_Call(py_init, all, named);
    Py_DECREF(all);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* _fill(data, primitive, operands, parents, partials): see shared.py. */
static PyObject *node_fill(PyObject *self, PyObject *const *a, Py_ssize_t count) {
    Node *v = AS_NODE(self);
    if (count != 5) {
        PyErr_SetString(PyExc_TypeError, "_fill(data, primitive, operands, parents, partials)");
        return NULL;
    }
    double x = PyFloat_AsDouble(a[0]);
    if (x == -1.0 && PyErr_Occurred())
        return NULL;
    strip(v);
    v->data = x;
    v->grad = 0.0;
    v->flags &= ~(GRAD_SET | GRAD_UNRECORDED);
    if (settle(v, a[1], a[2], a[3], a[4]) < 0)
        return NULL;
    if (pending != NULL)
        drain();
    Py_RETURN_NONE;
}

static PyObject *node_unrecord(PyObject *self, PyObject *nothing) {
    Node *v = AS_NODE(self);
    (void)nothing;
    strip(v);
    v->grad = 0.0;
    v->flags = (uint8_t)((v->flags & ~GRAD_SET) | GRAD_UNRECORDED);
    if (pending != NULL)
        drain();
    Py_RETURN_NONE;
}

static PyObject *node_detach(PyObject *self, PyObject *nothing) {
    (void)nothing;
    PyObject *data = get_data_bare(self, NULL), *leaf = NULL;
    if (data != NULL)
        leaf = PyObject_CallFunctionObjArgs((PyObject *)value_type, data, NULL);
    Py_XDECREF(data);
    if (leaf != NULL && Py_SIZE(active) && tell(py_detached, self, leaf) < 0)
        Py_CLEAR(leaf);
    return leaf;
}

/* zero_grad(): Shared.zero_grad, for a node of which nobody is told and that no walk over _prev has seen. */
static PyObject *node_zero_grad(PyObject *self, PyObject *nothing) {
    (void)nothing;
    if (Py_SIZE(active) != 0 || !is_forgettable(AS_NODE(self)))
        return PyObject_CallFunctionObjArgs(py_zero_grad, self, NULL);
    forget_gradient(AS_NODE(self));
    Py_RETURN_NONE;
}

#define METHOD(NAME, ROW) {#NAME, method_##NAME, METH_NOARGS, #NAME "($self)\n--\n\n" DOC_##ROW},
static PyMethodDef node_methods[] = {
    {"record", (PyCFunction)(void (*)(void))node_record, METH_FASTCALL,
     "The node that applies a primitive to floats and `Value`s."},
    {"zero_grad", node_zero_grad, METH_NOARGS,
     "Forget the gradient: it reads as 0.0 again, and counts as not computed (`has_grad`). `v.grad = 0.0` does the same."},
    {"detach", node_detach, METH_NOARGS, "A new leaf with the same number: gradients stop here."},
    {"_fill", (PyCFunction)(void (*)(void))node_fill, METH_FASTCALL, NULL},
    {"_still", node_still, METH_O, NULL},
    {"_unrecord", node_unrecord, METH_NOARGS, NULL},
    {"_pass_at_once", node_pass_at_once, METH_O, NULL},
    UNARY_METHODS(METHOD)
    {NULL, NULL, 0, NULL},
};
#undef METHOD

#define LOOSE_ATTRIBUTE(NAME, DOC) {#NAME, get_##NAME, assign_loose, DOC, (void *)offsetof(Loose, NAME)}
static PyGetSetDef node_attributes[] = {
    {"data", get_data, set_data, "The number.", NULL},
    {"number", get_data, set_data, "The number.", NULL},
    {"_data", get_data_bare, set_data_bare, NULL, NULL},
    {"_number", get_data_bare, NULL, NULL, NULL},
    {"grad", get_grad, set_grad, "The derivative of the root by this.", NULL},
    {"_grad", get_grad, set_grad_bare, NULL, NULL},
    {"has_grad", get_has_grad, NULL,
     "True if a backward pass has reached this node; tells a gradient of 0 from one that is not computed yet.", NULL},
    LOOSE_ATTRIBUTE(primitive, NULL),
    LOOSE_ATTRIBUTE(operands, "All operands of the primitive in order, plain numbers included."),
    LOOSE_ATTRIBUTE(parents, "The `Value`s it was computed from, in order."),
    LOOSE_ATTRIBUTE(partials, "The local derivative by each parent."),
    {"__dict__", get_dict, set_dict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef node_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(Node, dict), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot node_slots[] = {
    {Py_tp_doc, "Value(data, _children=(), _op='', label='')\n--\n\n"}, /* the signature, for inspect; the text is pure.py's */
    {Py_tp_new, node_new},
    {Py_tp_init, node_init},
    {Py_tp_dealloc, node_dealloc},
    {Py_tp_traverse, node_traverse},
    {Py_tp_clear, node_clear},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_setattro, set_attribute},
    {Py_tp_richcompare, node_compare},
    {Py_tp_hash, node_hash},
    {Py_tp_methods, node_methods},
    {Py_tp_getset, node_attributes},
    {Py_tp_members, node_members},
    {Py_nb_add, node_add},
    {Py_nb_subtract, node_sub},
    {Py_nb_multiply, node_mul},
    {Py_nb_true_divide, node_div},
    {Py_nb_power, node_power},
    {Py_nb_negative, node_negative},
    {Py_nb_bool, node_truth},
    {0, NULL},
};

static PyType_Spec node_spec = {
    "autograd.value.Value", sizeof(Node), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, node_slots,
};

/* --- the module --------------------------------------------------------------------------------------------------- */

/* A thing that Python hands over; NULL with an error if it is missing. */
static PyObject *handed(PyObject *names, const char *name) {
    PyObject *thing = PyDict_GetItemString(names, name);
    if (thing == NULL)
        PyErr_Format(PyExc_KeyError, "make: %s is missing", name);
    else
        Py_INCREF(thing);
    return thing;
}

/* make(names): the class, made once in a process. */
static PyObject *core_make(PyObject *module, PyObject *names) {
    (void)module;
    if (value_type != NULL) {
        PyErr_SetString(PyExc_ImportError, "another copy of the engine in this process has it");
        return NULL;
    }
    struct {
        const char *name;
        PyObject **place;
    } things[] = {
        {"active", &active}, {"in_progress", &in_progress}, {"observers", &observers}, {"strays", &strays}, {"unset", &unset},
        {"unrecorded", &unrecorded}, {"init", &py_init}, {"made", &py_made}, {"state", &py_state}, {"bare", &bare_state},
        {"reach", &py_reach},
        {"by_table", &py_by_table}, {"equal", &py_equal}, {"zero", &py_zero}, {"assign_data", &py_assign_data},
        {"assign_grad", &py_assign_grad}, {"compare", &py_compare}, {"decided", &py_decided}, {"read", &py_read},
        {"half_way", &half_way}, {"special", &special}, {"detached", &py_detached}, {"zero_grad", &py_zero_grad}, {"apply", &py_apply}, {"hypot", &py_hypot}, {"gelu_apart", &py_gelu_apart},
        {"gelu_slope_apart", &py_gelu_slope_apart},
    };
    for (size_t i = 0; i < sizeof things / sizeof *things; i++)
        if ((*things[i].place = handed(names, things[i].name)) == NULL)
            return NULL;
    char name[32];
    for (int i = 0; i < OPERATORS; i++) {
        PyOS_snprintf(name, sizeof name, "__%s__", operator_names[i]);
        if ((py_operator[i] = handed(names, name)) == NULL)
            return NULL;
        PyOS_snprintf(name, sizeof name, "__r%s__", operator_names[i]);
        if ((py_reflected[i] = handed(names, name)) == NULL)
            return NULL;
    }
    empty = PyTuple_New(0);
    name_exists = PyUnicode_InternFromString("exists");
    name_get = PyUnicode_InternFromString("get");
    name_shown = PyUnicode_InternFromString("_shown");
    name_hooks = PyUnicode_InternFromString("_hooks");
    name_stale = PyUnicode_InternFromString("_stale");
    PyObject *table = handed(names, "table");
    if (!empty || !name_exists || !name_get || !name_shown || !name_hooks || !name_stale || !table)
        return NULL;
    for (row_count = 0; row_count < ROW_COUNT; row_count++) {
        PyObject *row = handed(table, row_names[row_count]);
        if (row == NULL)
            return NULL;
        size_t at = place_of(row);
        while (op_at[at])
            at = (at + 1) % (2 * ROWS_MAX);
        rows[row_count] = row;
        op_at[at] = (uint16_t)(row_count + 1);
    }
    Py_DECREF(table);
    look_up_context_get();
    if (begin_slabs() < 0)
        return NULL;
    PyObject *base = handed(names, "base");
    PyObject *bases = base ? PyTuple_Pack(1, base) : NULL;
    PyObject *type = bases ? PyType_FromSpecWithBases(&node_spec, bases) : NULL;
    Py_XDECREF(base);
    Py_XDECREF(bases);
    /* Messages say the whole name that is in the specification, which was needed for __module__. */
    PyObject *short_name = type ? PyUnicode_FromString("Value") : NULL;
    if (short_name == NULL || PyObject_SetAttrString(type, "__name__", short_name) < 0)
        Py_CLEAR(type);
    Py_XDECREF(short_name);
    value_type = (PyTypeObject *)type;
    Py_XINCREF(type);
    return type;
}

static PyMethodDef core_methods[] = {
    {"make", core_make, METH_O, NULL},
    {"node", (PyCFunction)(void (*)(void))core_node, METH_FASTCALL, NULL},
    {"apply", (PyCFunction)(void (*)(void))core_apply, METH_FASTCALL, NULL},
    {"dot", (PyCFunction)(void (*)(void))core_dot, METH_FASTCALL, NULL},
    {"backward", (PyCFunction)(void (*)(void))core_backward, METH_FASTCALL, NULL},
    {"order", core_order, METH_O, NULL},
    {"leaves", core_leaves, METH_O, NULL},
    {"pull", (PyCFunction)(void (*)(void))core_pull, METH_FASTCALL, NULL},
    {"track", core_track, METH_O, NULL},
    {"numbers", core_numbers, METH_O, NULL},
    {"gradients_of", (PyCFunction)(void (*)(void))core_gradients_of, METH_FASTCALL, NULL},
    {"descend", (PyCFunction)(void (*)(void))core_descend, METH_FASTCALL, NULL},
    {"columns", (PyCFunction)(void (*)(void))core_columns, METH_FASTCALL, NULL},
    {"fill", (PyCFunction)(void (*)(void))core_fill, METH_FASTCALL, NULL},
    {"contribute", (PyCFunction)(void (*)(void))core_contribute, METH_FASTCALL, NULL},
    {"assign", (PyCFunction)(void (*)(void))core_assign, METH_FASTCALL, NULL},
    {"zero", core_zero, METH_O, NULL},
    {"share", (PyCFunction)(void (*)(void))core_share, METH_FASTCALL, NULL},
    {"functions", core_functions, METH_O, NULL},
    {"in_front", (PyCFunction)(void (*)(void))core_in_front, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef core_module = {PyModuleDef_HEAD_INIT, "autograd._core",
                                         "The nodes of the engine, compiled: see compiled.py.", -1, core_methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&core_module); }
