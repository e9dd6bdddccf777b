"""Limits of members: the check, the question to the approvers, and their decision.

This package knows no use case of a server: the creation is passed in.
"""
