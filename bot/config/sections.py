"""The sections of the settings that configure the bot itself, and no policy of `provisioning`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field


class ReportSettings(BaseModel):
    """The weekly report of hours, cost, idle time and what the cleanup saved."""

    weekly: bool = True
    """Whether reports are sent: a DM to each member who had servers, and the report on the whole
    installation to the admins."""
    hour: int = Field(default=9, ge=0, le=23)
    """Hour of Monday from which reports are sent, in the reader's time zone; in UTC for the
    installation's report."""
    channel: str = ""
    """Slack channel id for the installation's report; invite the bot into the channel. Empty: a DM
    to each admin."""


class BackupSettings(BaseModel):
    """Regular backups of the database and the keys by the running bot."""

    folder: Path | None = None
    """Folder for backups, on another disk than the database. Empty: none are made. On PostgreSQL
    they have the keys alone."""
    at: str = "43 2 * * *"
    """When a backup is made: cron in UTC."""
    kept: int = Field(default=14, ge=1)
    """Number of the newest backups that are kept in the folder."""
    passphrase_file: Path | None = None
    """File with the passphrase by which backups are encrypted. Empty: they are not, and
    everyone who reads one has the keys to all servers."""


class TlsSettings(BaseModel):
    """The source of the servers' TLS certificates."""

    mode: Literal["self-signed", "organisation", "acme"] = "self-signed"
    """`self-signed`: each server makes its own certificate; browsers warn once, and the DM shows
    the fingerprint. `organisation`: your own wildcard certificate. `acme`: certificates of an
    authority, by HTTP-01. **With `organisation` each server has the wildcard certificate's key, and
    everyone who runs code on one of them can read it:** use `acme` where members don't trust each
    other."""
    domain: str = ""
    """Your own DNS domain for the servers' names; required by `organisation` and `acme`. One record
    points all names to Azure: `<domain> DNAME <region>.cloudapp.azure.com`. Each other region
    needs `<region>.<domain> DNAME <region>.cloudapp.azure.com` too. **Such a record gives all names
    below the domain to every customer of Azure.** So register a domain for this alone, and never
    use one below a domain that has sign-in cookies."""
    certificate_file: Path | None = None
    """PEM file for `organisation`: the certificate for `*.<domain>` (and `*.<region>.<domain>` for
    each other region), followed by its chain. When the file changes, running servers use the new
    certificate within `check_seconds`, without a restart."""
    key_file: Path | None = None
    """PEM file of the certificate's key, without a passphrase."""
    check_seconds: float = 300.0
    """Seconds between two checks of the certificate and key files."""
    acme_directory: str = "https://acme-v02.api.letsencrypt.org/directory"
    """The authority's ACME directory URL. Mode `acme` accepts the authority's terms of service."""
    acme_email: str = ""
    """E-mail address for the authority's warnings before a certificate expires; may stay empty."""
    acme_ca_file: Path | None = None
    """PEM file of the CA certificates to trust for a private ACME directory."""
    http_port: int = 80
    """Port of the HTTP-01 challenge; open to the internet in mode `acme`."""
