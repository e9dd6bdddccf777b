"""The adapters for Windows; the PowerShell scripts that they run are in `assets/windows`.

Every module here can be imported on any operating system.
"""
