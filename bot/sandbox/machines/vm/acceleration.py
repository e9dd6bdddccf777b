"""Whether QEMU can use this computer's processor directly: a test boot of a kernel tells.

An open /dev/kvm proves little: inside a cloud's virtual machine it may open and then fail.
"""

import functools
import subprocess
from pathlib import Path

_BOOT_SECONDS = 20
_KVM = ("-accel", "kvm", "-cpu", "host")
# Packages compiled for today's processors need more than QEMU's oldest model has.
_EMULATION = ("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max")


@functools.cache
def acceleration(kernel: Path) -> tuple[str, ...]:
    """Return QEMU's options: hardware if the kernel boots with it, else software emulation."""
    command = [
        "qemu-system-x86_64",
        *_KVM,
        *"-nodefaults -no-reboot -display none -m 256 -serial stdio".split(),
        *("-kernel", str(kernel)),
        # Without a disk the kernel gives up at once, with a message.
        *("-append", "console=ttyS0 panic=-1"),
    ]
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_BOOT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return _EMULATION
    return _KVM if b"Unable to mount root" in done.stdout else _EMULATION
