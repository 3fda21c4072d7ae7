import ingredient
from setuptools import Extension, setup

setup(
    py_modules=[],
    ext_modules=[
        Extension("compiled", ["compiled.c"], define_macros=[("AGAINST", '"%s"' % ingredient.VERSION)])
    ],
)
