"""The reader of overrides files, which returns ``Overrides`` or raises an error with a hint."""
