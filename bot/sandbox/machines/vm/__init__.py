"""Machines that are virtual machines of QEMU."""
