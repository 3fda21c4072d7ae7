"""What the target environment lends to build environments, and how it gets there."""
