"""One package being built: its sources, its build environment, and the resulting wheel."""
