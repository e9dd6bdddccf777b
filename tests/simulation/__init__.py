"""Long times in short ones: the cleanup over a simulated clock."""
