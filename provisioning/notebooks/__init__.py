"""What is on a server: packages, repositories, notebooks as documents, logs.

Starts and stops nothing.
"""
