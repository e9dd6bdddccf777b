"""The use cases of a server's life: create, rename, resize, start, stop, delete, undo.

A use case never waits for a machine or for a long operation of the cloud; workflows do that.
"""
