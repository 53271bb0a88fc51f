"""The wording of explanations: lists and ranges of versions, and who asks."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.model.requirement import Origin
    from venvoy.resolver.choices import Choices
    from venvoy.resolver.facts import Needs

_RUNS = 4
_FEW = 4


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def versions(choices: Choices, bits: int, skipped: int) -> list[str]:
    """A set of candidates as runs: ``1.0``, ``2.1 to 2.4``; oldest first.

    Candidates in ``skipped``, which cannot be chosen anyway, do not interrupt a run.
    """
    runs: list[tuple[int, int]] = []
    open_run = False
    for index in range(choices.count):
        bit = 2 << index
        if bits & bit:
            runs[-1:] = [(runs[-1][0], bit)] if open_run else [*runs[-1:], (bit, bit)]
            open_run = True
        elif not skipped & bit:
            open_run = False
    texts = [
        str(choices.candidate(first).version) + (f" to {choices.candidate(last).version}" if last > first else "")
        for first, last in runs
    ]
    if len(texts) > _RUNS:
        texts = [*texts[: _RUNS - 1], f"{len(texts) - _RUNS + 1} other ranges"]
    return texts


def only(choices: Choices) -> str:
    """What there is of a name, where that is not what is needed: a run could be read as holding what it lacks."""
    every = [str(choices.candidate(2 << index).version) for index in range(choices.count)]
    if len(every) > _FEW:
        return f"none of its {len(every)} versions ({every[0]} to {every[-1]}) is that"
    return f"the versions that are there are {listed(every)}" if len(every) > 1 else f"the only version is {every[0]}"


def subject(choices: Choices, bits: int, skipped: int) -> tuple[str, bool]:
    """A set of candidates as the subject of a sentence, and whether it is plural."""
    if not choices.all & ~skipped & ~bits and bits.bit_count() > 1:
        return f"every version of {choices.name}", False
    texts = versions(choices, bits, skipped)
    return f"{choices.name} {listed(texts)}", len(texts) > 1 or " to " in texts[0]


def requirement(need: Needs) -> str:
    """What is needed, as one would type it."""
    extra = f"[{need.child_extra}]" if need.child_extra else ""
    return f"{need.child}{extra}{' ' * need.wanted.startswith('@')}{need.wanted}"


def part(origin: Origin) -> str:
    """Where a requirement stands that is not a distribution's: ``your project``, ``a constraint``."""
    return "a constraint" if origin.kind == "constraint" else str(origin)


def asker(origin: Origin) -> str:
    """Who asks, as the beginning of a sentence."""
    if origin.kind == "command":
        return "You ask for"
    if origin.kind == "constraint":
        return "A constraint allows only"
    text = str(origin)
    return f"{text[0].upper()}{text[1:]} needs"


def capital(sentence: str) -> str:
    """A sentence with a capital first letter, unless it begins with a name."""
    return (
        sentence[0].upper() + sentence[1:] if sentence.startswith(("every version of ", "no version of ")) else sentence
    )
