"""A reporter that tests can ask what it was told."""

from __future__ import annotations

from venvoy.events import Silent


class Notes(Silent):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []
        self.details: list[str] = []
        self.warnings: list[str] = []
        self.remarks: list[str] = []

    def begin(self, phase: object, total: int | None = None) -> None:
        self.events.append(("begin", phase, total))

    def advance(self, phase: object, amount: int = 1, detail: str = "") -> None:
        self.events.append(("advance", phase, amount, detail))
        self.details.append(detail)

    def end(self, phase: object) -> None:
        self.events.append(("end", phase))

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def remark(self, message: str) -> None:
        self.remarks.append(message)
