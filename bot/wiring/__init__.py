"""The only place where adapters meet contracts."""
