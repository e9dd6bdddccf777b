"""The form of a new server. Pure: data -> view, and what was entered -> data."""

from collections.abc import Mapping
from typing import Any


def errors_at(view: Mapping[str, Any], field: str, sentence: str) -> dict[str, str]:
    """Slack's `errors`: the sentence at the block of that field, or at the first one."""
    blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    at = next((each for each in blocks if each.partition("_")[0] == field), blocks[0])
    return {at: sentence.replace("`", "")}
