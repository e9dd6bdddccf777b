"""Machines that are systemd-nspawn containers on one image."""
