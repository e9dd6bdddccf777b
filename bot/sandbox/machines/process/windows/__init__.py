r"""The stand-in for Windows on a process machine.

It is a small interpreter of PowerShell, the cmdlets and programs that the product's scripts use,
and the state behind them. Anything else in a script is refused with a message.

Paths: `C:\` is the machine's file tree, and its own variables (`$env:ProgramData`) lead there.
"""
