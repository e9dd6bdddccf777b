"""Signing in to a machine over https, as the page's form does without JavaScript."""

import re
from enum import Enum

import aiohttp

_BROKEN = (OSError, aiohttp.ClientError, TimeoutError)
_SECONDS = aiohttp.ClientTimeout(total=20)
_FIELD = re.compile(r'name="_xsrf" value="([^"]+)"')


class Door(Enum):
    """What a password opened."""

    NOTHING = "no machine answered"
    REFUSED = "refused"
    CHOICE = "it worked as a one-time password"
    OPEN = "it worked as an own password"


async def sign_in(url: str, user: str, password: str, own: str = "") -> Door:
    """Sign in with a password; after a one-time password, choose the own one, if there is one."""
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(ssl=False)
    try:
        async with aiohttp.ClientSession(
            cookie_jar=jar, connector=connector, timeout=_SECONDS
        ) as session:
            page = await _submit(session, f"{url}login", name=user, password=password)
            if page is None:
                return Door.NOTHING
            if page[0] != 302:
                return Door.REFUSED if page[0] in (400, 401) else Door.NOTHING
            if "choose-password" not in page[1]:
                return Door.OPEN
            if own:
                fields = {"new_password": own, "again": own}
                chosen = await _submit(session, f"{url}choose-password", **fields)
                return Door.OPEN if chosen and chosen[0] == 302 else Door.CHOICE
            return Door.CHOICE
    except _BROKEN:
        return Door.NOTHING


async def _submit(
    session: aiohttp.ClientSession, url: str, **fields: str
) -> tuple[int, str] | None:
    """Send a page's form; return the status and where it leads."""
    async with session.get(url) as page:
        found = _FIELD.search(await page.text())
    if found is None:
        return None
    data = {"_xsrf": found[1], **fields}
    async with session.post(url, data=data, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", "")
