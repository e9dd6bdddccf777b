"""How much a member may have: the check, the question to approvers, their answer.

Knows no use case of a server: a creation is handed in.
"""
