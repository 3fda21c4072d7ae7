"""From the rules of an overrides file and what a package declares to a plan, with reasons."""
