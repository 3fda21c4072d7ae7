"""The part that runs inside pip, and the only one that knows what pip's internals look like.

Nothing here is imported before pip is, and nothing but the standard library and what pip itself
vendors may be imported here: the target environment may hold nothing else.
"""
