"""The environment that the running command installs into, and the source tables that refer to it."""
