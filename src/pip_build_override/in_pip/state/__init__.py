"""What one pip command knows, each truth with one owner."""
