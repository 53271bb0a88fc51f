"""Paths and prompts are written into an environment's scripts as virtualenv writes them."""

from __future__ import annotations

import pytest
from virtualenv.activation import (
    BashActivator,
    CShellActivator,
    FishActivator,
    NushellActivator,
    PowerShellActivator,
    XonshActivator,
)

from venvoy.environment.stamping import WAYS


@pytest.mark.parametrize(
    ("way", "activator"),
    [
        ("sh", BashActivator),
        ("csh", CShellActivator),
        ("fish", FishActivator),
        ("nushell", NushellActivator),
        ("powershell", PowerShellActivator),
        ("python", XonshActivator),
    ],
)
@pytest.mark.parametrize("text", [r"C:\Users\it's me\.venv", "/home/it's me/\u00f8/.venv", "plain"])
def test_it_is_quoted_as_virtualenv_does(way: str, activator: type[BashActivator], text: str) -> None:
    assert WAYS[way](text) == activator.quote(text)
