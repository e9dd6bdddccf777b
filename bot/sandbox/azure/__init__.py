"""Local Azure: Resource Manager, Microsoft Entra and the price list, on loopback."""
