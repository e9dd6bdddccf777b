"""The methods of the tables, bound to the objects of their classes."""

from collections.abc import Awaitable, Callable, Iterable
from types import MethodType
from typing import Any

from handlers.commands.registry import Handlers
from handlers.commands.request import UseCase
from handlers.kit.blocks import Message
from provisioning.core.model.people import Member

OnClick = Callable[[Member, str, str], Awaitable[Message | None]]
OnForm = Callable[[Any, dict[str, Any]], Awaitable[None]]


class Dispatch:
    """The bound methods, by command, action id and callback id."""

    def __init__(self, handlers: Iterable[Handlers]) -> None:
        self.commands: dict[str, UseCase] = {}
        self.buttons: dict[str, OnClick] = {}
        self.questions: dict[str, OnClick] = {}
        self.forms: dict[str, OnForm] = {}
        self.fields: dict[str, OnForm] = {}
        for each in handlers:
            for command in each.COMMANDS:
                self.commands[command.name] = MethodType(command.run, each)
            for action_id, clicked in each.BUTTONS.items():
                self.buttons[action_id] = MethodType(clicked, each)
            for action_id, asked in each.QUESTIONS.items():
                self.questions[action_id] = MethodType(asked, each)
            for callback_id, submitted in each.FORMS.items():
                self.forms[callback_id] = MethodType(submitted, each)
            for action_id, changed in each.FIELDS.items():
                self.fields[action_id] = MethodType(changed, each)
