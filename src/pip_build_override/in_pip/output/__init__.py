"""The output about builds while they run and when they fail."""
