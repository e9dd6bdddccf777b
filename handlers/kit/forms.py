"""What all forms share. Pure."""

from collections.abc import Mapping
from typing import Any


def errors_at(view: Mapping[str, Any], field: str, sentence: str) -> dict[str, str]:
    """Return Slack's `errors`: the sentence at the field's block, or at the first input block."""
    blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    at = next((each for each in blocks if each.partition("_")[0] == field), blocks[0])
    return {at: sentence.replace("`", "")}
