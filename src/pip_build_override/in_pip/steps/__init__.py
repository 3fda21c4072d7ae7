"""What is done at each seam instead of what pip does."""
