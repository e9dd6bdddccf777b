"""Slack's app manifest as its reference states it (docs.slack.dev/reference/app-manifest).

Only the parts that the bot uses are here. Slack refuses a key that it does not know.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Address = Annotated[str, StringConstraints(pattern=r"^https://")]


def at_most(length):
    return Annotated[str, StringConstraints(min_length=1, max_length=length)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DisplayInformation(Part):
    name: at_most(35)
    description: at_most(140)


class AppHome(Part):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class BotUser(Part):
    display_name: Annotated[str, StringConstraints(max_length=80, pattern=r"^[\w.-]+$")]
    always_online: bool


class SlashCommand(Part):
    command: Annotated[str, StringConstraints(max_length=32, pattern=r"^/\S+$")]
    description: at_most(2000)
    usage_hint: at_most(1000)
    should_escape: bool
    url: Address | None = None


class Features(Part):
    app_home: AppHome
    bot_user: BotUser
    slash_commands: Annotated[list[SlashCommand], Field(max_length=50)]


class Scopes(Part):
    bot: Annotated[list[str], Field(max_length=255)]


class OauthConfig(Part):
    scopes: Scopes


class EventSubscriptions(Part):
    bot_events: Annotated[list[str], Field(max_length=100)]
    request_url: Address | None = None


class Interactivity(Part):
    is_enabled: bool
    request_url: Address | None = None


class AppSettings(Part):
    event_subscriptions: EventSubscriptions
    interactivity: Interactivity
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Manifest(Part):
    display_information: DisplayInformation
    features: Features
    oauth_config: OauthConfig
    settings: AppSettings
