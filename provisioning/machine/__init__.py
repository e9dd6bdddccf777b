"""The programs and files that run on a server's machine.

The bot copies this folder to the machine, so nothing here may import the rest of the project.
"""
