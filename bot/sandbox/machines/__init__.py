"""The kinds of machine behind local Azure's virtual machines."""
