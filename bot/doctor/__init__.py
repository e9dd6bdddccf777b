"""The doctor: checks of everything that can be wrong before it hurts. No check changes anything."""
