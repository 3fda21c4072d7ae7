"""The part that runs inside pip, and the only one that knows pip's internals.

Nothing here is imported before pip is. Only the standard library and the packages that pip vendors may
be imported here, because the target environment may contain nothing else.
"""
