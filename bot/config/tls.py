"""The TLS section of the settings, checked: what is missing or won't do is named."""

from pathlib import Path

from bot.config.settings import Settings
from provisioning.access.certificates import CertificateFiles, check_authorities
from provisioning.core.errors import UserError
from provisioning.core.model.policy import Tls


def tls_of(settings: Settings) -> tuple[Tls, CertificateFiles | None]:
    """How servers come by certificates, and the organisation's own files if they do by these.

    Raises:
        UserError: naming the setting that is missing or whose file won't do.
    """
    tls = settings.tls
    prefix = "NOTEBOOK_BOT_TLS__"
    if tls.mode == "self-signed":
        return Tls(), None
    if not tls.domain:
        raise UserError(f"Mode {tls.mode} needs {prefix}DOMAIN: the servers' names are below it.")
    if tls.mode == "organisation":
        if tls.certificate_file is None or tls.key_file is None:
            raise UserError(
                f"Mode organisation needs {prefix}CERTIFICATE_FILE and {prefix}KEY_FILE."
            )
        known = Tls(tls.mode, tls.domain, region=settings.azure.region)
        regions = (settings.azure.region, *settings.azure.other_regions)
        domains = tuple(map(known.domain_of, regions))
        files = CertificateFiles(tls.certificate_file, tls.key_file, domains)
        files.read()
        return known, files
    authorities = read_authorities(tls.acme_ca_file, f"{prefix}ACME_CA_FILE")
    known = Tls(
        tls.mode,
        tls.domain,
        tls.acme_directory,
        tls.acme_email,
        authorities,
        tls.http_port,
        settings.azure.region,
    )
    return known, None


def read_authorities(file: Path | None, setting: str) -> str:
    """The PEM in the file that `setting` names; "" where it names none.

    Raises:
        UserError: naming the setting whose file won't do.
    """
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise UserError(
            f"{file} can't be read ({type(error).__name__}). Check {setting}."
        ) from error
    return check_authorities(text, setting)
