"""Requirements without a backend: pip assumes that of setuptools. Editable on every pip."""

from importlib.metadata import distributions

from setuptools import setup

versions = {found.metadata["Name"].lower(): found.version for found in distributions()}
with open("no_backend.py", "w", encoding="utf-8") as module:
    module.write("STAMP = %r\n" % versions)
setup(name="no-backend", version="1.0", py_modules=["no_backend"])
