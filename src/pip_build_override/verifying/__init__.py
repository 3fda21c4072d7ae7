"""Whether what is installed in an environment fits what it was built against.

``in_target_listing`` and ``in_target_importing`` are run by the interpreter of that environment and
need nothing but its standard library; all else runs in ours.
"""
