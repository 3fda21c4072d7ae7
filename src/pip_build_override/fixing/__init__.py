"""Fixing: from a command that fails in a build to the rules with which it succeeds."""
