"""An old setuptools fetches what setup_requires names, by itself, while it builds."""

from importlib.metadata import distributions

from setuptools import setup

versions = {found.metadata["Name"].lower(): found.version for found in distributions()}
with open("setup_requires.py", "w", encoding="utf-8") as module:
    module.write("STAMP = %r\n" % versions)
setup(name="setup-requires", version="1.0", py_modules=["setup_requires"], setup_requires=["ingredient==2.0"])
