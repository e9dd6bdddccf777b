"""The kinds of machine that stand behind local Azure's virtual machines."""
