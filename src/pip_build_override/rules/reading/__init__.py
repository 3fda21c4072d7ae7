"""From the bytes of an overrides file to ``Overrides``, or to an error with the right spelling."""
