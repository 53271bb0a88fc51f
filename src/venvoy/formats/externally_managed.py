"""EXTERNALLY-MANAGED: what the distributor of a Python says to who wants to install into it (PEP 668)."""

from __future__ import annotations

import re

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECTION = "externally-managed"


def parse(text: str, languages: Sequence[str] = ()) -> str:
    """The message in the file, in the first of the languages that it has; empty when it says nothing.

    Args:
        text: the file's text: an INI file, of which the ``Error`` keys of one section count.
        languages: as in ``LANG`` (``de_DE.UTF-8``), the most wanted first.
    """
    from configparser import ConfigParser, Error  # noqa: PLC0415 - 8 ms, and only for a refusal

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
        section = dict(parser.items(_SECTION))
    except Error:
        return ""
    for language in languages:
        full = re.split(r"[.@]", language)[0].lower()
        for form in (full, full.replace("_", "-"), re.split(r"[_-]", full)[0]):
            if form and section.get(f"error-{form}", "").strip():
                return section[f"error-{form}"].strip()
    return section.get("error", "").strip()
