"""Small stand-ins for what a machine's operating system gives a set-up program. They behave
(a user exists, a service runs, a rule forwards), and refuse loudly what they don't know."""

PROGRAMS = (
    "apt-get",
    "chown",
    "cloud-init",
    "dpkg-query",
    "getent",
    "hostname",
    "id",
    "journalctl",
    "nft",
    "ps",
    "reboot",
    "runuser",
    "sudo",
    "systemctl",
    "useradd",
    "who",
)
