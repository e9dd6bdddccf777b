"""Who may do what and who may come in: rights, shares, SSH keys, passwords, certificates.

Decides nothing about the life of a server.
"""
