"""Reading single resources and lists, so that a broken answer is never taken for an absence."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from azure.core.exceptions import DecodeError, ResourceNotFoundError

from provisioning.adapters.azure.errors import is_absence

_T = TypeVar("_T")


async def or_none(request: Awaitable[_T]) -> _T | None:
    """Return the resource, or None if Azure says that the resource does not exist."""
    try:
        found = await request
    except ResourceNotFoundError as error:
        if is_absence(error):
            return None
        raise
    if not getattr(found, "id", None):
        raise DecodeError("an answer without a resource")
    return found


def whole_page(response: Any) -> None:
    """Require a page of a list to have its entries; the SDK takes a page without them as empty.

    A hook of the SDK: give it as `raw_response_hook` to a request for a list.

    Raises:
        DecodeError: of the SDK, which `translated` makes `NotYet`.
    """
    answer = response.http_response
    if answer.status_code != 200:
        return
    try:
        body = answer.json()
    except ValueError as error:
        raise DecodeError("a page that is no JSON", response=answer) from error
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise DecodeError("a page without entries", response=answer)
