"""The planner, which applies the rules of an overrides file to the declared build requirements."""
