"""Machines of kind `process`: a directory, an address in 127/8 and a tree of processes each."""
