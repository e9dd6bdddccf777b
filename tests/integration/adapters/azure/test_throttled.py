"""The bot under Azure's limits: a 429 costs the wait that Azure asks for, and nothing else."""

import asyncio
import time
from dataclasses import replace

import pytest

from bot.sandbox.azure.app import LocalAzure
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import NotYet
from provisioning.core.retry import patiently
from tests.integration.adapters.azure.test_role import BOOT, UBUNTU


async def create(cloud, server):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)


async def test_a_poll_that_azure_throttles_does_not_end_the_creation(cloud, server, azure):
    await azure.fault("operations.get", "throttle", count=3, retry_after=0.2)
    await azure.fault("virtualMachines.put", "slow", factor=5)

    await create(cloud, server)

    puts = [
        r for r in await azure.requests() if (r.method, r.name) == ("PUT", "nb-abc123def456-vm")
    ]
    assert len(puts) == 1


async def test_a_longer_wait_than_the_bot_retries_is_asked_of_the_caller(cloud, server, azure):
    await azure.fault("publicIPAddresses.get", "throttle", count=1, retry_after=90)

    with pytest.raises(NotYet, match="fewer requests") as refused:
        await cloud.network.ensure_address(server)

    assert (refused.value.retry_in, refused.value.is_asked) == (90, True)


async def test_a_wait_that_was_asked_for_is_never_cut():
    began, tries = time.monotonic(), []

    async def attempt():
        tries.append(time.monotonic() - began)
        if len(tries) == 1:
            raise NotYet("throttled", 0.3, is_asked=True)

    await patiently(attempt, 5, 0.01)

    assert tries[1] >= 0.3


async def test_a_creation_on_a_busy_subscription_meets_no_limit(tmp_path, machines, config, server):
    """The bot watches a creation so seldom that a tenth of Azure's limits of polls suffice."""
    running = LocalAzure.running(
        tmp_path / "busy", machines=machines, speed=50, seed=3, group="group", requests_share=0.9
    )
    async with running as local:
        urls = {"management_url": local.url, "authority": local.url, "ca_file": local.ca_file}
        cloud = open_cloud(replace(config, **urls, poll_seconds=0.02), "test", OpenPorts())
        await cloud.account.check()
        servers = [replace(server, id=f"busy{number}") for number in range(6)]
        await asyncio.gather(*(create(cloud, each) for each in servers))
        await cloud.account.close()
        statuses = [entry["status"] for entry in local.traffic.page(0)["entries"]]
    assert statuses.count(429) == 0
