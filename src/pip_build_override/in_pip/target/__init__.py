"""What the command at work fills: its distributions, and what source tables find there."""
