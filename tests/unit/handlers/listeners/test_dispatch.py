"""The tables list all commands, buttons and forms: each is answered, and no other."""

from handlers.kit import action_ids
from handlers.listeners.dispatch import Dispatch
from handlers.listeners.table import BUTTONS, COMMANDS, FIELDS, FORMS
from handlers.listeners.wire import make_handlers

WITHOUT_EFFECT = {"OPEN_BUTTON", "NOTHING"}
"""The id of a button that only opens an address, and a value that is no button's id."""


class Anything:
    """A stand-in for all use cases and tools; no test calls one."""

    def __getattr__(self, name):
        return self


def test_each_command_button_and_form_has_its_method_on_an_object():
    dispatch = Dispatch(make_handlers(Anything(), Anything()))
    assert dispatch.commands.keys() == {each.name for each in COMMANDS}
    assert dispatch.buttons.keys() == BUTTONS.keys()
    assert dispatch.forms.keys() == FORMS.keys()
    assert dispatch.fields.keys() == FIELDS.keys()
    methods = [*dispatch.commands.values(), *dispatch.buttons.values()]
    for method in (*methods, *dispatch.forms.values(), *dispatch.fields.values()):
        assert method.__func__.__qualname__.startswith(type(method.__self__).__name__)


def test_each_handler_class_is_constructed_once():
    made = [type(each) for each in make_handlers(Anything(), Anything())]
    assert len(made) == len(set(made))


def test_every_command_word_and_button_is_unique():
    made = make_handlers(Anything(), Anything())
    words = [word for each in COMMANDS for word in (each.name, *each.aliases)]
    buttons = [button for each in made for button in each.BUTTONS]
    assert len(words) == len(set(words))
    assert len(buttons) == len(set(buttons))


def test_each_button_id_is_answered():
    drawn = {
        value
        for name, value in vars(action_ids).items()
        if name.isupper() and name not in WITHOUT_EFFECT
    }
    assert drawn == BUTTONS.keys()
