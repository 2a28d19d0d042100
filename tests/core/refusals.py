"""How every test of a refusal looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnfs_core.errors import UserError


def refusal(call: Callable[[], Any], *parts: object, both_sides: bool = True) -> str:
    """Return the message of the error that ``call`` must raise, having looked at its form."""
    with pytest.raises(UserError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message, message
    if both_sides:
        assert "expected " in message, message
        assert "found " in message, message
    return message
