"""Admins and members of the bot, named by id or by Slack's user groups."""

from bot.slack.access import SlackAccess
from tests.integration.handlers.world import until, world


async def test_the_members_of_a_group_are_admins(tmp_path):
    async with world(tmp_path, admins=(), admin_groups=("S_DATA",)) as place:
        assert "Total Regional Cores" in await place.type("admin quota", user="U_BOB")
        assert "may not use notebook servers" in await place.type("admin quota", user="U_MAL")


async def test_the_admins_of_a_group_get_the_messages_to_admins(tmp_path):
    async with world(tmp_path, admins=(), admin_groups=("S_DATA",)) as place:
        server = await place.server("sales")
        await place.cards.notify_host_key_changed(server)

        async def warned():
            return "sales" in str(await place.dms("U_EVE"))

        assert await until(warned)
        assert await place.dms("U_MAL") == []


async def test_without_an_answer_of_slack_no_member_becomes_an_admin(tmp_path):
    settings = {"admins": (), "admin_groups": ("S_DATA",), "allowed_users": ("everybody",)}
    async with world(tmp_path, **settings) as place:
        await place.faults(fail={"usergroups.users.list": {"error": "internal_error", "count": 99}})
        assert "for admins of this bot" in await place.type("admin quota", user="U_EVE")
        assert "You have no servers" in await place.type("list", user="U_EVE")


async def test_a_refusal_names_the_group_of_admins(tmp_path):
    settings = {"admins": (), "admin_groups": ("S_DATA",)}
    async with world(tmp_path, **settings) as place:
        assert "<!subteam^S_DATA>" in await place.type("list", user="U_MAL")


async def test_approvers_are_the_admins_until_approvers_are_set(tmp_path):
    async with world(tmp_path, start=False) as place:
        await place.build_bot()
        assert await place.access.approvers() == ["U_EVE"]
        named = place.settings.model_copy(update={"approvers": ("U_BOB",)})
        access = SlackAccess(place.client, named)
        assert await access.approvers() == ["U_BOB"]
        assert not await access.is_approver("U_EVE")
