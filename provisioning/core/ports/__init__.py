"""Contracts that adapters and the bot implement; each docstring is the contract itself."""
