"""Carrying out a command whose words have been understood."""

from __future__ import annotations

import os
from pathlib import Path

from venvoy import settings
from venvoy.cli.request import Request
from venvoy.errors import Problem
from venvoy.settings import Color
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from venvoy.cli.grammar import Usage
    from venvoy.cli.output import Outcome, Output


def invoke(usage: Usage, output: Output, values: dict[str, Any]) -> Outcome:
    """Carry out a command with a value for each of its parameters.

    Raises:
        Problem: whatever the command raises.
    """
    flags = {setting.name: values.pop(setting.name) for setting in settings.TABLE if setting.name in values}
    if values.pop("no_color"):
        flags["color"] = Color.NEVER.value
    try:
        here = Path.cwd()
    except OSError as error:
        raise Problem(
            "file-error",
            "The current folder is gone.",
            why="It was deleted or moved since your shell entered it, or you may not enter it any more.",
            fix=("Go to a folder that is there, for instance: cd",),
        ) from error
    start = (values.pop("project") or here).absolute()
    output.command = usage.name
    with Request(output, {key: value for key, value in flags.items() if value}, start) as request:
        try:
            return usage.function(request, **values)
        except OSError as error:
            # Where nobody has thought of it: what cannot be opened or written is no mistake of ours.
            if error.filename is None or error.errno not in fs.REFUSALS:
                raise
            raise fs.problem(error, "use this file or folder", os.fsdecode(error.filename)) from error
