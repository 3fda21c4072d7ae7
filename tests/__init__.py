"""Unit tests of rules and start-up, integration tests with real pips, and a few with a real index."""
