import numpy

import matrix_example


def pytest_report_header():
    return "built with numpy %s, runs with %s" % (matrix_example.BUILT_WITH, numpy.__version__)
