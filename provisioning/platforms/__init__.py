"""Operating systems that a server can have: data, one file each, and a few lines of bootstrap."""
