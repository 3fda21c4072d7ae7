"""The engines that run the cells of a matrix: what tox and nox load, and what they have in common."""
