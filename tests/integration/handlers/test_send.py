"""The meaning of each option of `DirectMessages.send`, tried on local Slack."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.slack.posts import once
from handlers.kit.blocks import Message, plain
from provisioning.core.errors import DeliveryError
from provisioning.core.language import current_locale
from provisioning.core.model.events import Event
from provisioning.members.settings import MemberSettings, QuietHours

NEWS = plain("There is news.")
NOW_OR_NEVER = {"must_arrive": False, "after_quiet_hours": False}
HOUR = timedelta(hours=1)


async def texts(place, user="U_ANA"):
    return [each["text"] for each in await place.dms(user)]


async def be_quiet(place):
    """Set quiet hours for Ana that began an hour ago and end in an hour."""
    now = datetime.now(ZoneInfo(await place.profiles.zone("U_ANA")))
    quiet = QuietHours((now - HOUR).time(), (now + HOUR).time())
    event = Event(datetime.now(UTC), "U_ANA", "settings", None, "ok")
    await place.own.put("U_ANA", MemberSettings(quiet=quiet), event)


async def test_a_message_that_must_arrive_is_refused_with_the_time_of_the_next_try(place):
    await place.faults(rate_limit={"chat.postMessage": {"retry_after": 7, "count": 1}})
    with pytest.raises(DeliveryError) as refusal:
        await place.direct_messages.send("U_ANA", NEWS, must_arrive=True, after_quiet_hours=False)
    assert refusal.value.retry_in == 7
    assert await texts(place) == []


async def test_another_message_waits_out_a_rate_limit(place):
    await place.faults(rate_limit={"chat.postMessage": {"retry_after": 1, "count": 1}})
    assert await place.direct_messages.send("U_ANA", NEWS, **NOW_OR_NEVER)
    assert await texts(place) == ["There is news."]


async def test_another_message_may_get_lost(place):
    await place.faults(fail={"chat.postMessage": {"error": "internal_error", "count": 1}})
    assert await place.direct_messages.send("U_ANA", NEWS, **NOW_OR_NEVER) is None
    assert await texts(place) == []


async def test_in_quiet_hours_only_what_is_to_wait_waits(place):
    await be_quiet(place)
    send = place.direct_messages.send
    mark = once("key-of-today", datetime.now(UTC))
    for _ in range(2):
        waits = await send("U_ANA", NEWS, must_arrive=True, after_quiet_hours=True, once=mark)
        assert waits is None
    await send("U_ANA", plain("An answer."), must_arrive=True, after_quiet_hours=False)
    assert await texts(place) == ["An answer."]
    (held,) = await place.quiet.held.due(datetime.now(UTC) + 2 * HOUR)
    assert (held.key, held.text) == ("key-of-today", "There is news.")
    await place.direct_messages.post_held(held)
    assert await texts(place) == ["An answer.", "There is news."]


async def test_a_message_that_is_sent_once_is_drawn_again_at_the_second_try(place):
    mark = once("key-of-today", datetime.now(UTC))
    send = place.direct_messages.send
    first = await send("U_ANA", NEWS, must_arrive=True, after_quiet_hours=False, once=mark)
    later = plain("There is more news.")
    second = await send("U_ANA", later, must_arrive=True, after_quiet_hours=False, once=mark)
    assert first == second
    assert await texts(place) == ["There is more news."]


async def test_a_function_draws_in_the_readers_language(place):
    def draw() -> Message:
        return plain(str(current_locale()))

    await place.direct_messages.send("U_BOB", draw, **NOW_OR_NEVER)
    (text,) = await texts(place, "U_BOB")
    assert text.startswith("ko")


async def test_an_edit_of_a_deleted_message_is_no_error(place):
    delivery = await place.direct_messages.send("U_ANA", NEWS, **NOW_OR_NEVER)
    assert await place.direct_messages.update("U_ANA", delivery, NEWS, must_arrive=True)
    await place.client.chat_delete(channel=delivery.channel, ts=delivery.ts)
    assert not await place.direct_messages.update("U_ANA", delivery, NEWS, must_arrive=True)
