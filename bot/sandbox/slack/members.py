"""auth.test, users.*, usergroups.*, team.info and bots.info: people, groups, team and bot."""

from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.web_api import Arguments, Method, is_true, required


class Members:
    """The methods over the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        return {
            "auth.test": _auth_test,
            "bots.info": _bots_info,
            "team.info": _team_info,
            "usergroups.list": self._groups,
            "usergroups.users.list": self._group_users,
            "users.info": self._user,
            "users.list": self._users,
        }

    def _user(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        user = people.api_user(
            str(required(arguments, "user", "user_not_found")),
            with_locale=is_true(arguments.get("include_locale")),
            deactivated=self._workspace.deactivated,
        )
        if user is None:
            raise ApiError("user_not_found")
        return {"user": user}

    def _users(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        with_locale = is_true(arguments.get("include_locale"))
        gone = self._workspace.deactivated
        ids = (*people.PEOPLE, people.BOT_USER)
        members = [people.api_user(each, with_locale=with_locale, deactivated=gone) for each in ids]
        return {"members": members, "response_metadata": {"next_cursor": ""}}

    def _groups(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        group: dict[str, Any] = {
            "id": people.GROUP,
            "team_id": people.TEAM,
            "is_usergroup": True,
            "name": "Data team",
            "handle": people.GROUP_HANDLE,
            "user_count": len(self._in_group()),
        }
        if is_true(arguments.get("include_users")):
            group["users"] = self._in_group()
        return {"usergroups": [group]}

    def _group_users(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        if required(arguments, "usergroup") != people.GROUP:
            raise ApiError("no_such_subteam")
        return {"users": self._in_group()}

    def _in_group(self) -> list[str]:
        """Return a group's members; a deactivated person is in no group."""
        return sorted(self._workspace.group - self._workspace.deactivated)


def _auth_test(request: web.Request, _arguments: Arguments) -> dict[str, Any]:
    return {
        "url": f"{request.url.origin()}/",
        "team": people.TEAM_NAME,
        "user": people.BOT_NAME,
        "team_id": people.TEAM,
        "user_id": people.BOT_USER,
        "bot_id": people.BOT,
        "is_enterprise_install": False,
    }


def _bots_info(_request: web.Request, arguments: Arguments) -> dict[str, Any]:
    if arguments.get("bot") not in (None, "", people.BOT):
        raise ApiError("bot_not_found")
    bot = {"id": people.BOT, "app_id": people.APP, "name": people.BOT_NAME, "deleted": False}
    return {"bot": bot | {"user_id": people.BOT_USER}}


def _team_info(_request: web.Request, arguments: Arguments) -> dict[str, Any]:
    if arguments.get("team") not in (None, "", people.TEAM):
        raise ApiError("team_not_found")
    team = {"id": people.TEAM, "name": people.TEAM_NAME, "domain": people.TEAM_DOMAIN}
    return {"team": team}
