"""One package being built: its sources, its build environment, the wheel that comes of it."""
