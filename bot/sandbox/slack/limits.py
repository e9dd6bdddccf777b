"""Block Kit's limits, as Slack documents them, and what Slack says about a breach."""

from typing import Any

Block = dict[str, Any]

LONGEST_MESSAGE = 40_000
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}

# Where a text may stand -> its longest length in characters.
TEXT = {
    "header.text": 150,
    "section.text": 3000,
    "section.field": 2000,
    "context.text": 2000,
    "button.text": 75,
    "option.text": 75,
    "confirm.title": 100,
    "confirm.text": 300,
    "confirm.button": 30,
    "modal.title": 24,
    "modal.button": 24,
    "input.label": 2000,
    "placeholder": 150,
}
LONGEST = {"value": 2000, "url": 3000, "action_id": 255, "block_id": 255, "private_metadata": 3000}
MOST = {"actions": 25, "context": 10, "fields": 10, "options": 100, "checkboxes": 10}
BLOCKS = frozenset(
    {
        "actions", "context", "divider", "file", "header", "image", "input", "rich_text",
        "section", "table", "video",
    }
)  # fmt: skip
STYLES = frozenset({"primary", "danger"})


def check_message(text: str, blocks: list[Block]) -> str | None:
    """The error's word, None if the message is fine."""
    if not text and not blocks:
        return "no_text"
    if len(text) > LONGEST_MESSAGE:
        return "msg_too_long"
    return "invalid_blocks" if check_blocks(blocks) else None


def check_view(view: dict[str, Any]) -> list[str]:
    """What is wrong with a modal or Home tab; nothing if it is fine."""
    kind = str(view.get("type"))
    found = _Checker(kind)
    if kind == "modal":
        found.text(view.get("title"), "modal.title", "/title", required=True)
        for name in ("submit", "close"):
            found.text(view.get(name), "modal.button", f"/{name}")
        inputs = any(block.get("type") == "input" for block in view.get("blocks", []))
        if inputs and not view.get("submit"):
            found.add("missing required field: submit", "/submit")
    found.length(view.get("private_metadata"), "private_metadata", "/private_metadata")
    found.blocks(view.get("blocks") or [])
    return found.problems


def check_blocks(blocks: list[Block], surface: str = "message") -> list[str]:
    """What is wrong with the blocks, each with where it is."""
    found = _Checker(surface)
    if not isinstance(blocks, list):
        return ["[ERROR] must provide an array [json-pointer:/blocks]"]
    found.blocks(blocks)
    return found.problems


class _Checker:
    """Walks the blocks and collects problems."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.problems: list[str] = []

    def add(self, problem: str, where: str) -> None:
        self.problems.append(f"[ERROR] {problem} [json-pointer:{where}]")

    def text(self, value: Any, place: str, where: str, *, required: bool = False) -> None:
        if value is None:
            if required:
                self.add("missing required field", where)
            return
        content = value.get("text", "") if isinstance(value, dict) else str(value)
        if isinstance(value, dict) and value.get("type") not in ("mrkdwn", "plain_text"):
            self.add("unsupported type", f"{where}/type")
        if not content:
            self.add("must be more than 0 characters", f"{where}/text")
        if len(content) > TEXT[place]:
            self.add(f"must be less than {TEXT[place] + 1} characters", f"{where}/text")

    def length(self, value: Any, place: str, where: str) -> None:
        if value is not None and len(str(value)) > LONGEST[place]:
            self.add(f"must be less than {LONGEST[place] + 1} characters", where)

    def count(self, items: Any, place: str, where: str) -> None:
        if len(items or []) > MOST[place]:
            self.add(f"no more than {MOST[place]} items allowed", where)

    def blocks(self, blocks: list[Block]) -> None:
        most = MOST_BLOCKS[self.surface]
        if len(blocks) > most:
            self.add(f"no more than {most} items allowed", "/blocks")
        seen: set[str] = set()
        for number, block in enumerate(blocks):
            where = f"/blocks/{number}"
            if block.get("type") not in BLOCKS:
                self.add(f"unsupported type: {block.get('type')}", f"{where}/type")
                continue
            block_id = block.get("block_id")
            self.length(block_id, "block_id", f"{where}/block_id")
            if block_id and block_id in seen:
                self.add(f"block_id {block_id} already exists", f"{where}/block_id")
            seen.add(block_id or "")
            self.block(block, where)

    def block(self, block: Block, where: str) -> None:
        match block["type"]:
            case "header":
                self.text(block.get("text"), "header.text", f"{where}/text", required=True)
            case "section":
                self.section(block, where)
            case "context":
                self.count(block.get("elements"), "context", f"{where}/elements")
                for number, element in enumerate(block.get("elements") or []):
                    if element.get("type") != "image":
                        self.text(element, "context.text", f"{where}/elements/{number}")
            case "actions":
                self.actions(block, where)
            case "input":
                self.text(block.get("label"), "input.label", f"{where}/label", required=True)
                self.element(block.get("element") or {}, f"{where}/element")

    def section(self, block: Block, where: str) -> None:
        if not block.get("text") and not block.get("fields"):
            self.add("missing required field: text or fields", where)
        self.text(block.get("text"), "section.text", f"{where}/text")
        self.count(block.get("fields"), "fields", f"{where}/fields")
        for number, field in enumerate(block.get("fields") or []):
            self.text(field, "section.field", f"{where}/fields/{number}")
        if block.get("accessory"):
            self.element(block["accessory"], f"{where}/accessory")

    def actions(self, block: Block, where: str) -> None:
        elements = block.get("elements") or []
        if not elements:
            self.add("must have at least 1 item", f"{where}/elements")
        self.count(elements, "actions", f"{where}/elements")
        ids = [element.get("action_id") for element in elements if element.get("action_id")]
        if len(ids) != len(set(ids)):
            self.add("action_id must be unique in its block", f"{where}/elements")
        for number, element in enumerate(elements):
            self.element(element, f"{where}/elements/{number}")

    def element(self, element: dict[str, Any], where: str) -> None:
        if not element.get("type"):
            self.add("missing required field: type", where)
        self.length(element.get("action_id"), "action_id", f"{where}/action_id")
        self.text(element.get("placeholder"), "placeholder", f"{where}/placeholder")
        if element.get("type") == "button":
            self.text(element.get("text"), "button.text", f"{where}/text", required=True)
            self.length(element.get("value"), "value", f"{where}/value")
            self.length(element.get("url"), "url", f"{where}/url")
            if element.get("style") not in (None, *STYLES):
                self.add("unsupported style", f"{where}/style")
        options = element.get("options") or []
        place = (
            "checkboxes" if element.get("type") in ("checkboxes", "radio_buttons") else "options"
        )
        self.count(options, place, f"{where}/options")
        for number, option in enumerate(options):
            self.text(option.get("text"), "option.text", f"{where}/options/{number}", required=True)
        if element.get("confirm"):
            self.confirm(element["confirm"], f"{where}/confirm")

    def confirm(self, confirm: dict[str, Any], where: str) -> None:
        self.text(confirm.get("title"), "confirm.title", f"{where}/title")
        self.text(confirm.get("text"), "confirm.text", f"{where}/text", required=True)
        for name in ("confirm", "deny"):
            self.text(confirm.get(name), "confirm.button", f"{where}/{name}")
