"""The same words as `provisioning.servers`, as steps that are safe to run twice, and their table.

Knows nothing of the library that runs them.
"""
