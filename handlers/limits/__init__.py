"""Limits, and questions to approvers with their answers."""
