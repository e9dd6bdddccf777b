"""What stands in for Windows on a process machine: a small interpreter of PowerShell, the
cmdlets and programs that our scripts use, and the state behind them. Whatever else a script
asks for is refused loudly.

Paths: `C:\\` is the machine's file tree, and its own variables (`$env:ProgramData`) lead there.
"""
