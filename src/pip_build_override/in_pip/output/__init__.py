"""What the user reads of builds while they run and when they fail."""
