"""What an operating system is, as data files, and their catalogue. Imports nothing else of
provisioning.
"""
