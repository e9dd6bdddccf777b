"""The cleanup over weeks of simulated time."""
