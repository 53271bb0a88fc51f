"""Leave to run the code of others' source distributions: asked for once, kept in ``build`` of [tool.venvoy]."""

from __future__ import annotations

import json
import threading

from venvoy.errors import Problem
from venvoy.formats import pyproject_settings, toml
from venvoy.index import near
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.resolver import words
from venvoy.resolver.policy import ALL
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    # what the person should know, then what they answer with yes or no
    Ask = Callable[[str, str], bool]

KEY = "build"


class Approval:
    """What may be built. Safe to use from any thread.

    Args:
        names: what the settings approve; ``:all:`` for every name.
        ask: asks a person, None where there is none.
    """

    def __init__(self, names: Iterable[str], ask: Ask | None) -> None:
        self._names = {ALL if name in {ALL, "*"} else canonicalize_name(name) for name in names}
        self._ask = ask
        self._lock = threading.RLock()
        self.given: list[NormalizedName] = []
        """What a person has approved since; :func:`recorded` writes it down."""

    def holds(self, name: NormalizedName | None) -> bool:
        """Whether a name may be built without asking."""
        return ALL in self._names or name in self._names

    def obtain(self, wanted: Mapping[NormalizedName, str], why: str) -> None:
        """See that names may be built, by asking if need be.

        Args:
            wanted: distributions, each with its name and version for people.
            why: why they have to be built, one sentence.

        Raises:
            Problem: needs-build, when there is nobody to ask, or the answer is no.
        """
        with self._lock:
            for name, label in wanted.items():
                if self.holds(name):
                    continue
                if self._ask is None:
                    raise self.refused(wanted, why)
                known = f"{label} comes as source only. {why}"
                if not self._ask(f"{known} Building it runs its code on this computer.", f"Build {name} from now on?"):
                    raise self.refused({name: label}, why)
                self._names.add(name)
                self.given.append(name)

    def refused(self, wanted: Mapping[NormalizedName, str], why: str) -> Problem:
        """What is said when something has to be built and may not; the line that allows it holds what is allowed."""
        missing = {name: label for name, label in wanted.items() if not self.holds(name)}
        names = sorted({*self._names, *missing})
        labels = words.listed(list(missing.values()))
        instead = " ".join(f"--only-binary {name}" for name in missing)
        meant = [f"Did you mean {near.IMPORT_NAMES[name]}?" for name in missing if name in near.IMPORT_NAMES]
        return Problem(
            "needs-build",
            f"{labels} would have to be built on this computer, and nobody has allowed that yet.",
            why=f"{why} Building a source distribution runs its code.",
            fix=(
                *meant,
                f"build = {json.dumps(names)}   in [tool.venvoy] of pyproject.toml allows it",
                f"{instead}   behind the command takes versions that need not be built, if there are any",
            ),
            data={"names": list(missing)},
        )


def recorded(given: Iterable[NormalizedName], text: str, where: str) -> str:
    """The text of a pyproject.toml with what a person has approved.

    Raises:
        Problem: toml-invalid, pyproject-invalid.
    """
    table = toml.loads(text, where).get("tool", {}).get("venvoy", {})
    there = table.get(KEY, [])
    names = sorted({*there, *given}, key=str.lower)
    return text if names == there else pyproject_settings.put(text, KEY, names, where)
