"""What Azure refuses, from documentation and public reports, and what each of four people reads.

Each row of `refusals.toml` makes local Azure refuse in Azure's own words while a server is created:
by a state of the subscription where there is one, by the documented answer otherwise. The member
reads a sentence with a next step, the admins a remedy if only they can mend it, the audit trail a
code, and the doctor a line if the state lasts and Azure shows it to the bot.
"""

import tomllib
from pathlib import Path

import pytest

from bot.doctor.diagnosis import examine
from bot.doctor.surroundings import Surroundings
from bot.doctor.table import CHECKS
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts, Patience
from provisioning.core.model.server import Job
from tests.databases import place_database
from tests.integration.adapters.azure.test_rights import GROUP_ROLE
from tests.integration.workflows.paper import Paper, begin

TABLE = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text())
ROWS, PASSES = TABLE["refusal"], TABLE["passes"]
UBUNTU = "Canonical:ubuntu-24_04-lts:server"
AUTHORIZATION = "providers/Microsoft.Authorization"
OFTEN = 1000


async def refuse(azure, kind, *what) -> None:
    """Bring local Azure into the state of a row."""
    match kind, *what:
        case "answer", operation, status, code, *message:
            words = {"status": status, "code": code, "message": " ".join(message) or f"{code}."}
            await azure.fault(operation, "answer", count=OFTEN, **words)
        case "fault", operation, name:
            await azure.fault(operation, name, count=OFTEN)
        case "policy", definition, parameters:
            given = {name: {"value": value} for name, value in parameters.items()}
            built_in = f"/{AUTHORIZATION}/policyDefinitions/{definition}"
            made = {"policyDefinitionId": built_in, "parameters": given}
            await azure.as_owner("PUT", f"{AUTHORIZATION}/policyAssignments/rule", made)
        case "lock", level:
            await azure.as_owner("PUT", f"{AUTHORIZATION}/locks/keep", {"level": level})
        case "no right", action:
            kept = [each for each in GROUP_ROLE["Actions"] if each != action]
            await azure.set_role(GROUP_ROLE["Name"], kept)
        case "image", state:
            await azure.set_image(UBUNTU, state)
        case "subscription", state:
            await azure.set_subscription(state)
        case _:
            await azure.set_secret(expired=True)
            await refuse(azure, "answer", "*", 401, "ExpiredAuthenticationToken")


@pytest.fixture
async def place(tmp_path, config, cloud):
    """A bot whose Azure is the local one; `cloud` has made the resource group."""
    await place_database(tmp_path)
    mine = open_cloud(config, "test", OpenPorts(), patience=Patience(delete=0.3))
    paper = await Paper(tmp_path, cloud=mine).open()
    yield paper
    await paper.close()
    await mine.account.close()


async def create(place) -> None:
    await begin(place, Job.CREATE)
    await place.run(Job.CREATE)


async def doctor(place, check: str) -> list[str]:
    cases = place.bot
    surroundings = Surroundings(cases.settings, None, place.cloud, None, place.clock, None)
    return [each.line for each in await examine({check: CHECKS[check]}, surroundings)]


def test_the_table_has_thirty_refusals_with_their_sources():
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 30
    assert all(row["source"].startswith("https://") for row in [*ROWS, *PASSES])


def a_few(rows):
    """Return the rows as cases, of which `make test` runs one in eight."""
    return [
        pytest.param(row, id=row["name"], marks=[pytest.mark.long] if number % 8 else [])
        for number, row in enumerate(rows)
    ]


@pytest.mark.parametrize("row", a_few(ROWS))
async def test_a_refusal_is_a_next_step_for_member_admin_doctor_and_audit(place, azure, row):
    await refuse(azure, *row["act"])

    await create(place)

    server = await place.server()
    last = place.cards.news[-1][1]
    assert row["member"] in last
    trail = await place.bot.edges.stores.audit.events(server.id)
    assert row["code"] in {event.result for event in trail if event.action == "failed"}
    remedies = {code: str(text) for (_, code), text in place.alerts.asked.items()}
    if "admin" in row:
        assert row["admin"] in remedies[row["code"]]
    else:
        assert not remedies
    if "doctor" in row:
        check, words = row["doctor"]
        found = [line for line in await doctor(place, check) if not line.startswith("ok")]
        assert any(words in line for line in found), found


@pytest.mark.parametrize("row", a_few(PASSES))
async def test_what_passes_by_itself_costs_a_wait_and_no_admin_is_told(place, azure, row):
    words = {"status": row["status"], "code": row["code"], "message": "Later."}
    await azure.fault(row["operation"], "answer", count=4, retry_after=0.05, **words)

    await create(place)

    assert ("s1", "ready") in place.cards.news
    assert not place.alerts.asked
