"""What the running server knows of its use and does not tell by itself."""
