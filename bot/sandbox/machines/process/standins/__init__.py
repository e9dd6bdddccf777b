"""The commands of an operating system that a process machine has instead of the real ones."""
