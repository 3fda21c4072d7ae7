from setuptools import setup

setup(name="named-in-setup-py", version="1.0")
