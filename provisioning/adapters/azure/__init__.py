"""The cloud over Azure's SDK."""
