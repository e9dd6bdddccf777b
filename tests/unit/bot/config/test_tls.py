"""The TLS section of the settings: an error names the missing or unusable setting."""

import pytest

from bot.config.sections import TlsSettings
from bot.config.settings import AzureSettings, Settings
from bot.config.tls import tls_of
from provisioning.core.errors import UserError
from tests.certificates import SmallAuthority

DOMAIN = "notebooks.example.com"
HERE, THERE = "westeurope", "northeurope"


def of(**values):
    azure = AzureSettings(other_regions=(THERE,))
    return tls_of(Settings(tls=TlsSettings(**values), azure=azure))


def test_by_default_servers_make_their_own_certificates_for_azures_names():
    tls, files = of()
    assert files is None
    assert tls.mode == "self-signed"
    given = "nb-abc.westeurope.example.net"
    assert tls.hostname("abc", given, HERE) == given


def test_in_mode_acme_names_keep_their_labels_below_the_own_domain():
    tls, files = of(mode="acme", domain=DOMAIN, acme_email="a@example.com")
    assert files is None
    assert tls.directory.startswith("https://acme-v02")
    assert tls.hostname("abc", "nb-abc-1f.westeurope.example.net", HERE) == f"nb-abc-1f.{DOMAIN}"
    assert tls.hostname("abc", "127.64.0.4", HERE) == f"nb-abc.{DOMAIN}"


def test_the_organisations_files_are_read_at_start(tmp_path):
    certificate, key, sha256 = SmallAuthority().give(f"*.{DOMAIN}", f"*.{THERE}.{DOMAIN}")
    (tmp_path / "c").write_text(certificate)
    (tmp_path / "k").write_text(key)
    _, files = of(
        mode="organisation", domain=DOMAIN, certificate_file=tmp_path / "c", key_file=tmp_path / "k"
    )
    assert files.read().sha256 == sha256


def test_names_in_another_region_have_the_region_in_their_domain():
    tls, _ = of(mode="acme", domain=DOMAIN)
    given = "nb-abc.northeurope.example.net"
    assert tls.hostname("abc", given, THERE) == f"nb-abc.{THERE}.{DOMAIN}"


def test_a_certificate_without_a_regions_names_is_refused(tmp_path):
    certificate, key, _ = SmallAuthority().give(f"*.{DOMAIN}")
    (tmp_path / "c").write_text(certificate)
    (tmp_path / "k").write_text(key)
    files = {"certificate_file": tmp_path / "c", "key_file": tmp_path / "k"}
    with pytest.raises(UserError, match=rf"does not cover \*\.{THERE}"):
        of(mode="organisation", domain=DOMAIN, **files)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"mode": "acme"}, "TLS__DOMAIN"),
        ({"mode": "organisation", "domain": DOMAIN}, "TLS__CERTIFICATE_FILE"),
        ({"mode": "acme", "domain": DOMAIN, "acme_ca_file": "/nowhere"}, "TLS__ACME_CA_FILE"),
        ({"mode": "acme", "domain": DOMAIN, "acme_ca_file": __file__}, "TLS__ACME_CA_FILE"),
    ],
)
def test_a_missing_setting_is_named(values, named):
    with pytest.raises(UserError, match=named):
        of(**values)
