"""The state of one pip command, each part with one owner."""
