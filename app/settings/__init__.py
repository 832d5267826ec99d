"""What is set for a seat, and by whom."""
