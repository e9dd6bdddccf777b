"""The cmdlets of the stand-in for PowerShell, by subject; `catalogue` has all of them."""
