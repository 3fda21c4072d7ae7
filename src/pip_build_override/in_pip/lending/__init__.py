"""Lending: how distributions of the target environment get into build environments."""
