"""What runs on a notebook machine, as real files. Nothing here imports the rest of the project:
the folder is copied to the machine and works there alone."""
