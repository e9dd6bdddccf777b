"""The adapters for Windows: PowerShell's part is in small scripts (`assets/windows`), the rest
is here. Nothing in here needs Windows to be imported."""
