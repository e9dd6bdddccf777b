"""The tables list all commands, buttons and forms: each is answered, and no other."""

from handlers.commands.help import groups_of
from handlers.kit import action_ids
from handlers.kit.action_ids import HELP_GROUP_BUTTON
from handlers.listeners.dispatch import Dispatch
from handlers.listeners.table import BUTTONS, COMMANDS, FIELDS, FORMS
from handlers.listeners.wire import make_handlers

WITHOUT_EFFECT = {"OPEN_BUTTON", "NOTHING", "MENU", "OF_A_SERVER", "HELP_GROUP_BUTTON"}
"""A button that only opens an address, a menu whose options name actions, and parts of ids."""


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
    assert drawn == {each for each in BUTTONS if not each.startswith(HELP_GROUP_BUTTON)}


def test_each_command_is_in_one_group_of_the_help():
    groups = groups_of(COMMANDS, admin=True)
    assert sorted(name for each in groups for name in each.names) == sorted(
        each.name for each in COMMANDS
    )


def test_a_menu_asks_only_before_what_a_button_does_too():
    asked = [each for made in make_handlers(Anything(), Anything()) for each in made.QUESTIONS]
    assert set(asked) <= BUTTONS.keys()
