"""The commands: the only part that prints, and the only one that decides exit statuses."""
