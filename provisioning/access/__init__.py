"""Access to servers: rights, shares, SSH keys, passwords and certificates.

Nothing in this package starts, stops, creates or deletes a server.
"""
