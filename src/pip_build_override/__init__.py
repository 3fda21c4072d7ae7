"""Override, per package, the build requirements that pip uses when it builds from source.

Three parts are largely independent: ``rules`` turns an overrides file into a plan, ``in_pip`` carries
out a plan inside pip, and ``startup`` loads ``in_pip`` into pip. ``cli`` is built on all three.
"""

__version__ = "0.1.0"
