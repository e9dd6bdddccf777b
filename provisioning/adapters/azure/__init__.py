"""The cloud by Azure's SDK."""
