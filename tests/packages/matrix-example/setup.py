import numpy
from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "matrix_example._rolling",
            ["src/matrix_example/_rolling.c"],
            include_dirs=[numpy.get_include()],
            # The numpy whose headers are compiled, to be read out of the module again.
            define_macros=[("BUILT_WITH", '"%s"' % numpy.__version__)],
        )
    ],
)
