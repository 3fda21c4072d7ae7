#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

static PyObject *
rolling_sum(PyObject *module, PyObject *args)
{
    PyObject *given;
    PyArrayObject *values, *sums;
    Py_ssize_t window;
    npy_intp size, length, i;
    const double *in;
    double *out, sum = 0.0;

    (void)module;
    if (!PyArg_ParseTuple(args, "On:rolling_sum", &given, &window)) {
        return NULL;
    }
    values = (PyArrayObject *)PyArray_FROM_OTF(given, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
    if (values == NULL) {
        return NULL;
    }
    size = PyArray_NDIM(values) == 1 ? PyArray_DIM(values, 0) : -1;
    if (size < 0 || window < 1 || window > size) {
        PyErr_SetString(PyExc_ValueError, "no such window in an array of one dimension");
        Py_DECREF(values);
        return NULL;
    }
    length = size - window + 1;
    sums = (PyArrayObject *)PyArray_SimpleNew(1, &length, NPY_DOUBLE);
    if (sums == NULL) {
        Py_DECREF(values);
        return NULL;
    }
    in = (const double *)PyArray_DATA(values);
    out = (double *)PyArray_DATA(sums);
    for (i = 0; i < size; i++) {
        sum += in[i];
        if (i >= window) {
            sum -= in[i - window];
        }
        if (i >= window - 1) {
            out[i - window + 1] = sum;
        }
    }
    Py_DECREF(values);
    return (PyObject *)sums;
}

static PyMethodDef methods[] = {
    {"rolling_sum", rolling_sum, METH_VARARGS, "rolling_sum(values, window)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_rolling", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__rolling(void)
{
    PyObject *module;

    import_array();
    module = PyModule_Create(&definition);
    if (module != NULL && PyModule_AddStringConstant(module, "BUILT_WITH", BUILT_WITH) < 0) {
        Py_CLEAR(module);
    }
    return module;
}
