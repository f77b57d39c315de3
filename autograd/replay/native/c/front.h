/* What a program is called by: an object that hands its call over to the method of a kernel, without a frame of Python in
between. */

#ifndef STEPGRAD_FRONT_H
#define STEPGRAD_FRONT_H

#include <Python.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    PyObject *call, *otherwise; /* NULL or None: there is none */
} Front;

static PyObject *front_call(PyObject *me, PyObject *arguments, PyObject *named) {
    Front *self = (Front *)me;
    PyObject *function = self->call != NULL && self->call != Py_None ? self->call : self->otherwise;
    if (function == NULL || function == Py_None) {
        PyErr_SetString(PyExc_TypeError, "nothing is to be called yet");
        return NULL;
    }
    Py_INCREF(function); /* the call may replace it */
    PyObject *answer = PyObject_Call(function, arguments, named);
    Py_DECREF(function);
    return answer;
}

static int front_traverse(PyObject *me, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(me));
    Py_VISIT(((Front *)me)->call);
    Py_VISIT(((Front *)me)->otherwise);
    return 0;
}

static int front_clear(PyObject *me) {
    Py_CLEAR(((Front *)me)->call);
    Py_CLEAR(((Front *)me)->otherwise);
    return 0;
}

static void front_dealloc(PyObject *me) {
    PyTypeObject *type = Py_TYPE(me);
    PyObject_GC_UnTrack(me);
    front_clear(me);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(me);
    Py_DECREF(type);
}

static PyMemberDef front_members[] = {
    {"call", T_OBJECT, offsetof(Front, call), 0, "The method of a kernel; None if there is none that fits."},
    {"otherwise", T_OBJECT, offsetof(Front, otherwise), 0, "The function that answers all other calls."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot front_slots[] = {
    {Py_tp_doc, "A call that is handed over to a kernel."},
    {Py_tp_call, front_call},
    {Py_tp_dealloc, front_dealloc},
    {Py_tp_traverse, front_traverse},
    {Py_tp_clear, front_clear},
    {Py_tp_members, front_members},
    {0, NULL},
};

static PyType_Spec front_spec = {
    "autograd.replay.native._tape.Front", sizeof(Front), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, front_slots,
};

#endif
