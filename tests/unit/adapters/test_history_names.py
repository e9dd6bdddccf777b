"""What the engine's history stores by name, for work in flight while the bot is upgraded.

A change of these names is allowed. Work in flight whose steps before the change have other names
begins anew from its first step, so each of those must be safe to run again on a server that is
further on. Check that for the workflows that you change, then change the table here.
"""

from provisioning.adapters.engine.config import APPLICATION_VERSION, QUEUE, WORKFLOW
from tests.bots import IDENTITY, bot_of, settings_in
from tests.fakes import FakeEngine

STEPS = {
    "clean_up": "again tell",
    "create": (
        "check_capacity network_and_address nic vm connect set_up repository verify admit_keys "
        "hand_over"
    ),
    "delete": "remove tell_deleted farewell",
    "delete_with_copy": "send_notebooks turn_off copy remove tell_deleted farewell",
    "packages": "install",
    "password": "password",
    "people": "tag_owner admit invite",
    "redraw": "redraw",
    "rename": "tag redraw",
    "repair": "announce power_on connect repair update admit verify running tell invite",
    "resize": "announce turn_off resize turn_on connect update admit verify settle tell invite",
    "restart": "announce reboot connect update admit verify running tell invite",
    "start": "announce power_on connect update admit verify running tell invite",
    "stop": "announce send_output deallocate tell tell_why",
    "undo": (
        "announce check_capacity network_and_address nic machine connect set_up update admit "
        "verify drop_copy running tell invite"
    ),
    "update": "update verify tell report",
    "warn": "tell_warning tell_held_end",
}


async def test_the_names_of_all_steps_are_those_that_are_stored(tmp_path):
    engine = FakeEngine()
    bot = await bot_of(settings_in(tmp_path), engine=engine, identity=IDENTITY)
    await bot.receiver.close()
    await bot.edges.close()
    steps = {
        name: " ".join(step.name for step in workflow.steps)
        for name, workflow in engine.workflows.items()
    }
    assert steps == STEPS


def test_the_names_that_tie_stored_work_to_the_code_do_not_change():
    # Another version is not needed for any change: the engine moves work between versions.
    assert (APPLICATION_VERSION, QUEUE, WORKFLOW) == ("1", "server-work", "run.v1")
