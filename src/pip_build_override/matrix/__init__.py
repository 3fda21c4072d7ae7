"""The matrix: which versions a project is built against and tested with, on which Pythons.

The modules that plan are pure: they make a list of cells from a table, the metadata of the project and
the releases that pips find. ``asking`` and ``interpreters`` find out what they need to know.
"""
