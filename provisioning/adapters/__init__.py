"""The implementations of the contracts, one package for each library. None knows another."""
