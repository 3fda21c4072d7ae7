"""The part that runs inside pypa/build, and does there what ``in_pip`` does inside pip.

Nothing here is imported before ``build`` is, and nothing here imports pip: the environment in which
``build`` runs may contain none. ``build`` itself depends on packaging and pyproject_hooks.
"""
