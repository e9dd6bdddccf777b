"""The image that machines with an operating system of their own start from, built once."""
