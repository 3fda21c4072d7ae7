import numpy
from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "on_numpy",
            ["on_numpy.c"],
            include_dirs=[numpy.get_include()],
            define_macros=[("COMPILED_AGAINST", '"compiled against numpy %s"' % numpy.__version__)],
        )
    ],
)
