"""The matrix: which versions a project is built against and tested with, on which Pythons.

The modules that plan are pure: from a table, the project's metadata and the releases that pips have found
to a list of cells. ``asking`` and ``interpreters`` find out what they need to know.
"""
