"""The organisation's certificate on the running servers, and names below its domain."""

import pytest

from bot.config.sections import TlsSettings
from bot.config.settings import AzureSettings
from provisioning.access.certificates import CertificateFiles, CertificateKeeper
from provisioning.access.machine_access import MachineAccess
from provisioning.core.errors import NotYet, UserError
from provisioning.core.model.machine import SetUpResult
from provisioning.core.model.server import Job, Status
from tests.certificates import SmallAuthority
from tests.databases import everything_in, url_of
from tests.fake_host import FINGERPRINT

DOMAIN = "notebooks.example.com"


class Files(CertificateFiles):
    """The two files of a certificate, which a test can write."""

    def put(self, pair: tuple[str, str, str]) -> str:
        self.certificate.write_text(pair[0])
        self.key.write_text(pair[1])
        return pair[2]


@pytest.fixture
def authority() -> SmallAuthority:
    return SmallAuthority()


@pytest.fixture
def files(tmp_path, authority) -> Files:
    files = Files(tmp_path / "wild.crt", tmp_path / "wild.key", (DOMAIN,))
    files.put(authority.give(f"*.{DOMAIN}"))
    return files


@pytest.fixture
def keeper(house, files) -> CertificateKeeper:
    access = MachineAccess(house.cloud, house.bot.edges.machines.reach)
    return CertificateKeeper(files, house.host, access.of, house.store, house.clock)


async def ready(house, number=1):
    server = await house.add(number)
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown(server.id, "ready")
    return await house.store.get(server.id)


def give(house, files, pair) -> str:
    sha256 = files.put(pair)
    house.host.fingerprints[pair[0]] = sha256
    return sha256


async def test_a_changed_certificate_reaches_each_running_server_once(
    house, files, keeper, authority
):
    first, second = await ready(house, 1), await ready(house, 2)
    new = give(house, files, authority.give(f"*.{DOMAIN}"))

    await keeper.check_all()
    await keeper.check_all()

    assert len(house.host.placed) == 2
    for server in (first, second):
        row = await house.store.get(server.id)
        assert (row.certificate_sha256, row.tls) == (new, "organisation")
        assert "certificate" in {
            event.action for event in await house.stores.audit.events(server.id)
        }


async def test_an_unreachable_server_gets_the_certificate_at_the_next_check(
    house, files, keeper, authority
):
    await ready(house)
    new = give(house, files, authority.give(f"*.{DOMAIN}"))
    house.host.failures["place_certificate"] = [NotYet("SSH does not answer")]

    await keeper.check_all()
    assert (await house.store.get("s1")).certificate_sha256 == FINGERPRINT
    await keeper.check_all()

    assert (await house.store.get("s1")).certificate_sha256 == new


async def test_a_stopped_server_gets_no_certificate_until_it_runs(house, files, keeper, authority):
    server = await ready(house)
    await house.store.update(server.id, server.generation, status=Status.STOPPED)
    give(house, files, authority.give(f"*.{DOMAIN}"))
    await keeper.check_all()
    assert house.host.placed == []


async def test_a_half_written_file_changes_nothing(house, files, keeper):
    await ready(house)
    files.certificate.write_text(files.certificate.read_text()[:200])
    await keeper.check_all()
    assert house.host.placed == []


@pytest.mark.parametrize(
    ("names", "days", "complaint"),
    [
        (["*.other.example.com"], 90, r"does not cover \*\.notebooks\.example\.com"),
        ([DOMAIN], 90, "CERTIFICATE_FILE"),
        ([f"*.{DOMAIN}"], -1, "expired on"),
    ],
)
def test_an_unusable_certificate_is_named(files, authority, names, days, complaint):
    files.put(authority.give(*names, days=days))
    with pytest.raises(UserError, match=complaint):
        files.read()


def test_a_key_of_another_certificate_is_named_and_not_shown(files, authority):
    other = authority.give(f"*.{DOMAIN}")[1]
    files.key.write_text(other)
    with pytest.raises(UserError, match="does not belong to the certificate") as refused:
        files.read()
    assert other[40:80] not in refused.value.message


def test_a_missing_file_is_named(files):
    files.key.unlink()
    with pytest.raises(UserError, match="NOTEBOOK_BOT_TLS__KEY_FILE"):
        files.read()


async def test_a_creation_gets_the_organisations_certificate_and_a_name_below_its_domain(
    house, files
):
    tls = TlsSettings(
        mode="organisation",
        domain=DOMAIN,
        certificate_file=files.certificate,
        key_file=files.key,
    )
    await house.rebuild(tls=tls, azure=AzureSettings())
    row = await ready(house)
    assert row.url == f"https://nb-s1.{DOMAIN}/"
    (asked,) = house.host.specifications
    assert asked["tls"]["mode"] == "organisation"
    assert f"nb-s1.{DOMAIN}" in asked["hostnames"]
    assert files.key.read_text().strip()[:40] not in everything_in(url_of(house.folder))


async def test_a_refusal_of_the_authority_is_stored_with_its_reason(house):
    directory = "https://ca.example.com/dir"
    await house.rebuild(tls=TlsSettings(mode="acme", domain=DOMAIN, acme_directory=directory))
    house.host.result = SetUpResult(FINGERPRINT, 1.0, (), "self-signed", "too many certificates")
    row = await ready(house)
    assert (row.tls, row.tls_reason) == ("self-signed", "too many certificates")
    (asked,) = house.host.specifications
    assert asked["tls"]["directory"] == "https://ca.example.com/dir"


async def test_a_renewed_certificate_is_stored_after_the_next_check(house):
    server = await ready(house)
    house.host.shown = "EF:01"
    await house.step(Job.CREATE, "verify").run(server)
    assert (await house.store.get("s1")).certificate_sha256 == "EF:01"
