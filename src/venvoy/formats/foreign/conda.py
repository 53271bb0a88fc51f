"""conda's environment.yml: the pip part, the version of Python, and by name all that is left to conda.

Source: "Managing environments" in conda's documentation.
"""

from __future__ import annotations

import re

from venvoy.errors import Problem
from venvoy.formats import requirements_txt
from venvoy.formats.foreign.found import PROJECT, Basket, from_item
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvoy.formats.foreign.found import Found
    from venvoy.formats.foreign.yaml_subset import Value
    from venvoy.model.requirement import Origin

_SPEC = pattern(r"(?:([^\s:]+)::)?([A-Za-z0-9_.-]+)\s*(.*)$")
_CHANNEL = "it comes from a conda channel"
_SAME = frozenset({"pip", "setuptools", "wheel"})


def read(data: Value, file: str, read_file: Callable[[str], bytes], table: Origin = PROJECT) -> Found:
    """What an environment.yml says.

    Raises:
        Problem: import-invalid, when it has no list of dependencies; what reading a nested requirements file raises.
    """
    items = data.get("dependencies") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(items, list):
        raise Problem(
            "import-invalid",
            f"{file} is no environment.yml: it has no list of dependencies.",
            fix=("Name the file that holds them.",),
            where=file,
        )
    basket = Basket("conda", file)
    for item in items:
        if isinstance(item, dict):
            for line in item.get("pip") or ():
                _pip(basket, str(line), read_file, table)
        elif item:
            _conda(basket, str(item))
    if any(one.why == _CHANNEL for one in basket.left):
        basket.remarks.append(
            "What came from conda may be on the index too, under this or another name: venvoy add NAME"
        )
    for key in ("variables", "prefix"):
        if data.get(key):
            basket.leave(key, "it is about conda's environment")
    return basket.done()


def _pip(basket: Basket, line: str, read_file: Callable[[str], bytes], table: Origin) -> None:
    file = basket.file

    def read_one(path: str) -> bytes:
        return line.encode() if path == file else read_file(path)

    found = requirements_txt.parse(file, read_one)
    for item in found.requirements:
        from_item(basket, item, table)
    for url in found.settings.extra_index_urls:
        basket.index(url, first=False)
    if found.settings.index_url:
        basket.index(found.settings.index_url, first=True)


def _conda(basket: Basket, text: str) -> None:
    match = _SPEC.match(text)
    name, rest = (match[2], match[3]) if match else (text, "")
    if name == "python" and rest:
        version = re.match(r"\s*={1,2}\s*(\d+\.\d+)", rest)
        bounds = re.sub(r"\s", "", rest)
        if version:
            basket.facts |= {
                "requires_python": f">={version[1]}",
                "python_before": text,
                "python_change": "newer ones are let in; `venvoy python pin` names one",
            }
        elif re.fullmatch(r"(?:[<>]=?|!=)[\d.]+(?:,(?:[<>]=?|!=)[\d.*]+)*", bounds):
            basket.facts |= {"requires_python": bounds, "python_before": text}
        else:
            basket.leave(text, "write requires-python in [project]")
    elif name not in _SAME and name != "python":
        basket.leave(text, _CHANNEL)
