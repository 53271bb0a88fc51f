"""How a wheel is turned down: the two kinds of Problem, worded the same way everywhere."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.values import dataclass


@dataclass(frozen=True, slots=True)
class Wheel:
    """The wheel in question, as its file name describes it; ``name`` and ``version`` are empty when that is no help."""

    filename: str
    name: str = ""
    version: str = ""

    def unsafe(self, why: str, entry: str = "") -> Problem:
        """It tries to do what no honest wheel does."""
        return self._refuse("wheel-unsafe", "it is not safe", why, entry)

    def invalid(self, why: str, entry: str = "") -> Problem:
        """It is not what the wheel format (PEP 427) asks for."""
        return self._refuse("wheel-invalid", "it is not a correct wheel", why, entry)

    def _refuse(self, code: str, verdict: str, why: str, entry: str) -> Problem:
        fix = []
        if self.name:
            fix = [
                f'Choose another version: venvoy add "{self.name}!={self.version}"',
                f"Tell the people who publish {self.name}, so that they can put it right.",
            ]
        return Problem(
            code,
            f"{self.filename} was not installed, because {verdict}.",
            why=why,
            fix=fix,
            data={"file": self.filename} | ({"entry": entry} if entry else {}),
        )
