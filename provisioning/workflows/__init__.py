"""Workflows: the requests of `provisioning.servers` as steps that are safe to run twice.

This package does not know the library that runs the workflows.
"""
