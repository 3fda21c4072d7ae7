"""The only package that touches pip's own objects: the functions it patches and attributes it reads."""
