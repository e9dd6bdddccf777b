"""What only an admin can mend, in the admins' DMs."""

from provisioning.core.model.server import Status


async def test_admins_hear_once_of_each_code_of_a_server(place):
    server = await place.server("sales", status=Status.RUNNING)
    alerts = place.bot.edges.alerts
    for _ in range(2):
        await alerts.needs_admin("ScopeLocked", server, "A lock is on it. Remove the lock.")
    (message,) = await place.dms("U_EVE")
    assert "`sales` of <@U_ANA>" in message["text"]
    assert "A lock is on it. Remove the lock." in message["text"]
    await alerts.needs_admin("AuthorizationFailed", server, "The bot may not.")
    assert len(await place.dms("U_EVE")) == 2
