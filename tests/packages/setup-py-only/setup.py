"""A project with nothing but a setup.py, which pips before 25.3 build without a build environment."""

import os
from importlib.metadata import distributions

from setuptools import setup

versions = {found.metadata["Name"].lower(): found.version for found in distributions()}
with open("setup_py_only.py", "w", encoding="utf-8") as module:
    module.write("STAMP = %r\n" % versions)
    module.write("FLAG = %r\n" % os.environ.get("STAMP_FLAG"))
setup(name="setup-py-only", version="1.0", py_modules=["setup_py_only"])
