"""Block Kit's shapes and limits, as data from docs.slack.dev/reference/block-kit.

Lengths are in characters. `blocks` checks the app's messages and views against these shapes.
"""

from bot.sandbox.slack.shapes import Anything, Fields, Items, OneOf, Shape, String, Text

LONGEST_MESSAGE = 40_000
LONGEST_UPDATE = 4_000  # chat.update takes less than chat.postMessage
MOST_ATTACHMENTS = 100
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}

_ANY = Anything()
_ID = String(255, least=1)
_URL = String(3000, least=1)
_STYLE = String(words=frozenset({"primary", "danger"}))
_PLACEHOLDER = Text(150, plain=True)

CONFIRM = Fields(
    {
        "title": Text(100, plain=True, required=True),
        "text": Text(300, required=True),
        "confirm": Text(30, plain=True, required=True),
        "deny": Text(30, plain=True, required=True),
        "style": _STYLE,
    }
)
OPTION = Fields(
    {
        "text": Text(75, plain=True, required=True),
        "value": String(150, required=True),
        "description": Text(75, plain=True),
        "url": _URL,
    }
)
CHOICE = Fields(  # checkboxes and radio buttons also take mrkdwn
    {
        "text": Text(75, required=True),
        "value": String(150, required=True),
        "description": Text(75),
    }
)
GROUP = Fields(
    {"label": Text(75, plain=True, required=True), "options": Items(OPTION, 100, required=True)}
)
_SLACK_FILE = Fields({"id": _ANY, "url": _URL}, any_of=[("id", "url")])
_IMAGE = Fields(
    {
        "image_url": _URL,
        "slack_file": _SLACK_FILE,
        "alt_text": String(2000, required=True),
    },
    any_of=[("image_url", "slack_file")],
)

_INPUT: dict[str, Shape] = {"placeholder": _PLACEHOLDER, "focus_on_load": _ANY}
_PICK: dict[str, Shape] = {**_INPUT, "confirm": CONFIRM}
_MANY: dict[str, Shape] = {**_PICK, "max_selected_items": _ANY}
_TYPED: dict[str, Shape] = {**_INPUT, "initial_value": _ANY, "dispatch_action_config": _ANY}
_STATIC: dict[str, Shape] = {"options": Items(OPTION, 100), "option_groups": Items(GROUP, 100)}
_EITHER = [("options", "option_groups")]
_CONVERSATION: dict[str, Shape] = {"filter": _ANY, "default_to_current_conversation": _ANY}
_BOXES: dict[str, Shape] = {
    "options": Items(CHOICE, 10, required=True),
    "confirm": CONFIRM,
    "focus_on_load": _ANY,
}

ELEMENTS: dict[str, Fields] = {
    "button": Fields(
        {
            "text": Text(75, plain=True, required=True),
            "url": _URL,
            "value": String(2000),
            "style": _STYLE,
            "confirm": CONFIRM,
            "accessibility_label": String(75),
        }
    ),
    "overflow": Fields({"options": Items(OPTION, 5, required=True), "confirm": CONFIRM}),
    "checkboxes": Fields({**_BOXES, "initial_options": Items(CHOICE, 10)}),
    "radio_buttons": Fields({**_BOXES, "initial_option": CHOICE}),
    "static_select": Fields({**_PICK, **_STATIC, "initial_option": OPTION}, _EITHER),
    "multi_static_select": Fields(
        {**_MANY, **_STATIC, "initial_options": Items(OPTION, 100)}, _EITHER
    ),
    "users_select": Fields({**_PICK, "initial_user": _ANY}),
    "multi_users_select": Fields({**_MANY, "initial_users": _ANY}),
    "channels_select": Fields(
        {**_PICK, "initial_channel": _ANY, "response_url_enabled": _ANY},
    ),
    "multi_channels_select": Fields({**_MANY, "initial_channels": _ANY}),
    "conversations_select": Fields(
        {**_PICK, **_CONVERSATION, "initial_conversation": _ANY, "response_url_enabled": _ANY}
    ),
    "multi_conversations_select": Fields({**_MANY, **_CONVERSATION, "initial_conversations": _ANY}),
    "datepicker": Fields({**_PICK, "initial_date": String(10)}),
    "timepicker": Fields({**_PICK, "initial_time": String(5), "timezone": _ANY}),
    "datetimepicker": Fields(
        {"initial_date_time": _ANY, "confirm": CONFIRM, "focus_on_load": _ANY}
    ),
    "plain_text_input": Fields(
        {**_TYPED, "multiline": _ANY, "min_length": _ANY, "max_length": _ANY}
    ),
    "email_text_input": Fields(_TYPED),
    "url_text_input": Fields(_TYPED),
    "number_input": Fields(
        {**_TYPED, "is_decimal_allowed": Anything(True), "min_value": _ANY, "max_value": _ANY}
    ),
    "image": _IMAGE,
}
_CHOOSING = frozenset(
    (
        "checkboxes radio_buttons static_select users_select channels_select conversations_select "
        "datepicker timepicker"
    ).split()
)
_CHOOSING_MANY = frozenset(name for name in ELEMENTS if name.startswith("multi_"))
_ACTING = _CHOOSING | {"button", "overflow", "datetimepicker"}
_TYPING = frozenset({name for name in ELEMENTS if name.endswith("_input")} | {"datetimepicker"})


def _element(only: frozenset[str], *, required: bool = False) -> OneOf:
    return OneOf(ELEMENTS, only, {"action_id": _ID}, required)


_CONTEXT_TEXT = Fields({"text": String(2000, least=1), "emoji": _ANY, "verbatim": _ANY})
_CONTEXT = OneOf({"image": _IMAGE, "plain_text": _CONTEXT_TEXT, "mrkdwn": _CONTEXT_TEXT})

BLOCKS: dict[str, Fields] = {
    "actions": Fields({"elements": Items(_element(_ACTING | _CHOOSING_MANY), 25, required=True)}),
    "context": Fields({"elements": Items(_CONTEXT, 10, required=True)}),
    "divider": Fields({}),
    "header": Fields({"text": Text(150, plain=True, required=True)}),
    "image": Fields({**_IMAGE.fields, "title": Text(2000, plain=True)}, _IMAGE.any_of),
    "input": Fields(
        {
            "label": Text(2000, plain=True, required=True),
            "element": _element(_CHOOSING | _CHOOSING_MANY | _TYPING, required=True),
            "hint": Text(2000, plain=True),
            "optional": _ANY,
            "dispatch_action": _ANY,
        }
    ),
    "markdown": Fields({"text": String(12_000, least=1, required=True)}),
    "rich_text": Fields({"elements": Items(_ANY, 1000, required=True)}),
    "section": Fields(
        {
            "text": Text(3000),
            "fields": Items(Text(2000), 10),
            "accessory": _element(_ACTING | _CHOOSING_MANY | {"image"}),
            "expand": _ANY,
        },
        any_of=[("text", "fields")],
    ),
    "table": Fields({"rows": Items(_ANY, 100, required=True), "column_settings": _ANY}),
}
BLOCK = OneOf(BLOCKS, common={"block_id": _ID})

_VIEW: dict[str, Shape] = {
    "type": Anything(required=True),
    "private_metadata": String(3000),
    "callback_id": String(255),
    "external_id": String(255),
    "clear_on_close": _ANY,
    "notify_on_close": _ANY,
}
VIEWS: dict[str, Fields] = {
    "modal": Fields(
        {
            **_VIEW,
            "title": Text(24, plain=True, required=True),
            "submit": Text(24, plain=True),
            "close": Text(24, plain=True),
            "submit_disabled": _ANY,
            "blocks": Items(BLOCK, MOST_BLOCKS["modal"], least=0, required=True),
        }
    ),
    "home": Fields({**_VIEW, "blocks": Items(BLOCK, MOST_BLOCKS["home"], least=0, required=True)}),
}
MESSAGE_BLOCKS = Items(BLOCK, MOST_BLOCKS["message"], least=0)
