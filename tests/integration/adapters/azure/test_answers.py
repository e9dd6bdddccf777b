"""Answers that say less than they seem to: refused tokens, wrong 404s, broken pages, proxies."""

import pytest

from bot.sandbox.azure.app import SUBSCRIPTION
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot, PowerState
from provisioning.platforms.catalogue import get_platform

BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n")
UBUNTU = get_platform("ubuntu")


@pytest.fixture
async def running(cloud, server):
    """A cloud in which the server's machine runs."""
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)
    return cloud


async def tokens(azure):
    return len([r for r in await azure.requests() if r.name == "token"])


async def answers(azure, operation, status, code="", **more):
    await azure.fault(operation, "answer", status=status, code=code, **more)


async def refusal(question):
    with pytest.raises((NotYet, PermanentError)) as refused:
        await question
    return refused.value


@pytest.mark.parametrize("code", ["ExpiredAuthenticationToken", "InvalidAuthenticationToken"])
async def test_a_refused_token_is_replaced_by_a_new_one(running, server, azure, code):
    before = await tokens(azure)
    await answers(azure, "virtualMachines.get", 401, code)

    found = await running.machines.find(server.id)

    assert found is not None
    assert found.power is PowerState.RUNNING
    assert await tokens(azure) == before + 1


async def test_a_write_with_a_refused_token_is_sent_again(running, server, azure):
    await answers(azure, "virtualMachines.deallocate", 401, "ExpiredAuthenticationToken")

    await running.machines.stop(server.id)

    assert (await running.machines.find(server.id)).power is PowerState.DEALLOCATED


async def test_several_requests_with_one_refused_token_ask_for_one_new_one(running, server, azure):
    before = await tokens(azure)
    await answers(azure, "*.get", 401, "ExpiredAuthenticationToken", count=4)

    await running.inventory.delete_server(server.id)

    assert await tokens(azure) <= before + 2


async def test_a_new_token_that_is_refused_too_needs_an_admin(running, server, azure):
    await answers(azure, "virtualMachines.get", 401, "ExpiredAuthenticationToken", count=100)

    error = await refusal(running.machines.find(server.id))

    assert error.code == "TokenRefused"
    assert "clock" in error.remedy


async def test_a_secret_that_expires_at_noon_is_named_with_entras_number(
    running, server, azure, caplog
):
    await azure.set_secret(expired=True)
    await answers(azure, "virtualMachines.get", 401, "ExpiredAuthenticationToken")

    error = await refusal(running.machines.find(server.id))

    assert error.code == "SecretExpired"
    assert "AADSTS7000222" in error.remedy
    assert "AADSTS7000222" in caplog.text
    assert "NOTEBOOK_BOT" not in error.reason


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("SubscriptionNotFound", f"The subscription '{SUBSCRIPTION}' could not be found."),
        ("ResourceGroupNotFound", "Resource group 'group' could not be found."),
    ],
)
async def test_a_hidden_group_or_subscription_is_no_absence_of_a_machine(
    running, server, azure, code, words
):
    await answers(azure, "*", 404, code, message=words, count=1000)

    questions = (
        lambda: running.machines.find(server.id),
        lambda: running.machines.power_states([server.id]),
        lambda: running.machines.stop(server.id),
        running.inventory.resources,
        lambda: running.inventory.delete_server(server.id),
        lambda: running.snapshots.delete_copy(server.id, "word"),
        lambda: running.network.ensure_address(server),
        lambda: running.capacity.sizes("northeurope"),
        lambda: running.capacity.quotas("westeurope"),
        lambda: running.images.missing(["Canonical:ubuntu-26_04-lts:server"], "westeurope"),
    )
    for error in [await refusal(question()) for question in questions]:
        assert isinstance(error, PermanentError)
        assert error.code == code
        assert "does not mean that a server is lost" in error.reason


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {}), (200, []), (200, "<html>Sign in</html>"), (404, "<html>Not found</html>")],
)
@pytest.mark.long
async def test_an_answer_that_is_not_azures_is_no_absence(running, server, azure, status, body):
    await answers(azure, "*", status, body=body, count=1000)

    questions = (
        lambda: running.machines.find(server.id),
        lambda: running.machines.power_states([server.id]),
        running.inventory.resources,
        lambda: running.inventory.delete_server(server.id),
        lambda: running.capacity.quotas("westeurope"),
        lambda: running.capacity.sizes("northeurope"),
    )
    for question in questions:
        assert isinstance(await refusal(question()), NotYet)


async def test_a_page_in_the_middle_that_fails_is_no_end_of_the_list(running, server, azure):
    page = {"value": [], "nextLink": f"{azure.url}/subscriptions/{SUBSCRIPTION}/resources?x=1"}
    await answers(azure, "resources.get", 200, body=page)
    await answers(azure, "resources.get", 502, body="<html>Bad Gateway</html>", count=100)

    assert isinstance(await refusal(running.inventory.resources()), NotYet)


async def test_a_conflict_without_azures_words_is_retried(running, server, azure):
    await answers(azure, "virtualMachines.delete", 409, body="<html>Conflict</html>", count=2)

    await running.inventory.delete_server(server.id)

    assert await running.machines.find(server.id) is None


async def test_an_image_that_is_not_offered_is_missing(cloud, azure):
    await answers(azure, "images/*", 404, "NotFound", message="Artifact: VMImage was not found.")

    image = "Canonical:ubuntu-24_04-lts:server"

    assert await cloud.images.missing([image], "westeurope") == [image]
