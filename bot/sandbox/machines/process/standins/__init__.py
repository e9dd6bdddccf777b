"""Small stand-ins for what a machine's operating system gives a set-up program. They behave
(a user exists, a service runs, a rule forwards), and refuse loudly what they don't know."""

EVERYWHERE = (
    "chown",
    "cloud-init",
    "getent",
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
    "debian": ("apt-get", "dpkg-query", "nft"),
    "suse": ("python3", "rpm", "zypper"),
}
"""What the images of a family of systems have besides."""

BY_PACKAGE = {
    "firewalld": ("firewall-cmd", "firewall-offline-cmd", "firewalld"),
    "python311": ("python3.11",),
}
"""What comes with a package of the system's."""


def family(image: str) -> str:
    """The family of an image (`publisher:offer:sku`)."""
    return "suse" if image.lower().startswith("suse:") else "debian"


def ssh_unit(image: str) -> str:
    """What the image calls its SSH server's service."""
    return {"suse": "sshd.service", "debian": "ssh.service"}[family(image)]
