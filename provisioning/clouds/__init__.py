"""Adapters that implement the Cloud port."""
