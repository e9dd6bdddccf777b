"""Small stand-ins for the programs of a machine's operating system that a set-up uses.

They have real effects (a user exists, a service runs, a rule forwards), and refuse everything that
they don't know with a message.
"""

EVERYWHERE = (
    "chown",
    "cloud-init",
    "df",
    "findmnt",
    "getent",
    "growpart",
    "hostname",
    "id",
    "journalctl",
    "loginctl",
    "ps",
    "reboot",
    "runuser",
    "sudo",
    "systemctl",
    "useradd",
    "who",
)
BY_FAMILY = {
    "debian": ("apt-get", "dpkg-query", "nft", "resize2fs"),
    "leap15": ("python3", "rpm", "xfs_growfs", "zypper"),
    "suse": ("rpm", "xfs_growfs", "zypper"),
}
"""Further programs in the images of a family of systems."""

BY_PACKAGE = {
    "firewalld": ("firewall-cmd", "firewall-offline-cmd", "firewalld"),
    "nftables": ("nft",),
    "python311": ("python3.11",),
}
"""Programs that come with a package of the system."""


def family(image: str) -> str:
    """Return the family of an image (`publisher:offer:sku`)."""
    if not image.lower().startswith("suse:"):
        return "debian"
    return "leap15" if "leap-15" in image.lower() else "suse"


def ssh_unit(image: str) -> str:
    """Return the image's name for its SSH server's service."""
    return "ssh.service" if family(image) == "debian" else "sshd.service"
