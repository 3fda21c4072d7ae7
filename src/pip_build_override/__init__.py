"""Choose the build requirements that pip builds a package against.

Three parts know little of each other: ``rules`` turns an overrides file into a plan, ``in_pip``
carries a plan out inside pip, ``startup`` brings ``in_pip`` there. ``cli`` sits on top.
"""

__version__ = "0.1.0"
