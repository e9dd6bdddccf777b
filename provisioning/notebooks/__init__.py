"""The contents of a server: packages, repositories, exported notebooks and logs.

Nothing in this package starts or stops a server.
"""
