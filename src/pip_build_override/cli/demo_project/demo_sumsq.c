/* sumsq(x): the sum of the squares of the numbers in x, by way of numpy's C API.
 *
 * The extension asks for the whole C API of the numpy that it is compiled against, so it needs
 * that numpy or a later one at run time. Before numpy 1.25 every extension did so; since then
 * it takes the NPY_TARGET_VERSION below.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define NPY_TARGET_VERSION NPY_API_VERSION
#include <numpy/arrayobject.h>

static PyObject *
sumsq(PyObject *module, PyObject *arg)
{
    PyArrayObject *array;
    const double *values;
    double total = 0.0;
    npy_intp i, n;

    (void)module;
    array = (PyArrayObject *)PyArray_FROM_OTF(arg, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
    if (array == NULL) {
        return NULL;
    }
    values = (const double *)PyArray_DATA(array);
    n = PyArray_SIZE(array);
    for (i = 0; i < n; i++) {
        total += values[i] * values[i];
    }
    Py_DECREF(array);
    return PyFloat_FromDouble(total);
}

static PyMethodDef methods[] = {
    {"sumsq", sumsq, METH_O, "The sum of the squares of the numbers in an array."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "demo_sumsq", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit_demo_sumsq(void)
{
    import_array();
    return PyModule_Create(&definition);
}
