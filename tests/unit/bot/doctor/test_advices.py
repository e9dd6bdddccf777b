"""What works, but lets more people in than an admin may know: doctor says so."""

import pytest

from bot.config.settings import AzureSettings, Settings, TlsSettings
from bot.doctor.advice import advices


def advice(**changes) -> str:
    return "\n".join(advices(Settings().model_copy(update=changes)))


def test_ssh_that_is_open_to_the_internet_is_named_with_its_setting():
    assert "NOTEBOOK_BOT_AZURE__SSH_SOURCE" in advice(azure=AzureSettings())
    assert "SSH" not in advice(azure=AzureSettings(ssh_source="192.0.2.7"))


@pytest.mark.parametrize("mode", ["organisation", "acme"])
def test_a_dname_into_a_namespace_of_all_customers_is_named(mode):
    said = advice(tls=TlsSettings(mode=mode, domain="notebooks.example.com"))
    assert "DNAME" in said
    assert "registered for this alone" in said
    assert "DNAME" not in advice(tls=TlsSettings())


def test_the_key_of_all_servers_on_each_server_is_named_for_the_organisations_mode():
    domain = {"domain": "notebooks.example.com"}
    assert "the key of *.notebooks.example.com" in advice(
        tls=TlsSettings(mode="organisation", **domain)
    )
    assert "the key of" not in advice(tls=TlsSettings(mode="acme", **domain))
