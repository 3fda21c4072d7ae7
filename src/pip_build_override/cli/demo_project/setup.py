"""Build the extension against the numpy of the build environment."""

import numpy
from setuptools import Extension, setup

setup(
    ext_modules=[Extension("demo_sumsq", ["demo_sumsq.c"], include_dirs=[numpy.get_include()])],
)
