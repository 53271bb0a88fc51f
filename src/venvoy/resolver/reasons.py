"""Why candidates cannot be installed on a target, counted by kind, for people."""

from __future__ import annotations

from venvoy.resolver import files
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from venvoy.model.names import NormalizedName
    from venvoy.resolver.knowledge import Knowledge

YANKED = "yanked"
BROKEN = "broken"
DIRECT = "direct"
UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A kind of reason: the versions (oldest first) that it rejects, and what is true of them.

    ``detail`` is the Requires-Python for ``python``, the fault for ``broken``, ``UNDATED`` for ``newer`` if nobody says
    when it was uploaded, and empty otherwise.
    """

    reason: str
    detail: str
    versions: tuple[str, ...]


def rejected(knowledge: Knowledge, name: NormalizedName, bits: int, index: int) -> list[Rejected]:
    """Why the candidates in ``bits`` cannot be chosen for target number ``index``: most frequent reason first.

    Candidates that could be are left out.
    """
    choices = knowledge.choices[name]
    choices.look(bits)
    broken = knowledge.broken(name, 1 << index)
    kinds: dict[tuple[str, str], list[str]] = {}
    for bit in reversed(list(choices.newest_first(bits))):
        candidate = choices.candidate(bit)
        key = None
        fitting = knowledge.fit.best(candidate, 1 << index)
        requires = [] if fitting else [each.requires_python for each in candidate.artifacts]
        release = knowledge.releases[name].get(bit)
        if fitting and release:
            requires = [part.metadata.requires_python for part in release.parts]
            fitting = [each for each in fitting if all(knowledge.fit.python(text) >> index & 1 for text in requires)]
        if not fitting:
            wrong = [text for text in requires if text and not knowledge.fit.python(text) >> index & 1]
            reason = files.PYTHON if wrong and release and release.parts else knowledge.fit.reason(candidate, index)
            undated = reason == files.NEWER and not any(each.upload_time for each in candidate.artifacts)
            key = reason, wrong[0] if wrong and reason == files.PYTHON else UNDATED if undated else ""
        elif bit in broken:
            itself = f"{name} {candidate.version} "
            # What is wrong with many is told once.
            key = BROKEN, f"it {broken[bit].removeprefix(itself)}" if broken[bit].startswith(itself) else broken[bit]
        elif bit & choices.yanked & ~knowledge.named[name]:
            key = YANKED, ""
        elif bit & choices.direct & ~knowledge.named[name]:
            key = DIRECT, ""
        if key:
            kinds.setdefault(key, []).append(str(candidate.version))
    ordered = sorted(kinds.items(), key=lambda each: (-len(each[1]), each[0]))
    return [Rejected(reason, detail, tuple(texts)) for (reason, detail), texts in ordered]


def sentence(each: Rejected, knowledge: Knowledge, index: int, who: str, plural: bool) -> str:  # noqa: FBT001 - grammar
    """What is true of the versions that ``who`` stands for, without the full stop."""
    target = knowledge.task.targets[index]
    if each.reason == files.PYTHON:
        have = "you have" if len(knowledge.task.targets) == 1 else "this is"
        return f"{who} need{'' if plural else 's'} Python {each.detail}, and {have} {target.python_full_version}"
    have, are = ("have", "are") if plural else ("has", "is")
    fault = each.detail.rstrip(".")
    fault = f"each {fault.removeprefix('it ')}" if plural and fault.startswith("it ") else fault
    texts = {
        files.PLATFORM: f"{have} no wheel for {target.label}",
        files.SOURCE: f"{have} no wheel, only source code that would have to be built",
        files.WHEEL: f"{have} no source distribution, and no wheel of it may be used",
        files.NEWER: f"{'were' if plural else 'was'} not yet there at {knowledge.task.policy.exclude_newer}",
        UNDATED: f"{are} on the index without an upload time, so exclude-newer leaves {'them' if plural else 'it'} out",
        files.NO_FILE: f"{have} no file that can be installed",
        YANKED: f"{are} yanked (withdrawn), and no requirement asks for exactly {'these' if plural else 'this'}",
        DIRECT: f"{are} known by URL only, and no requirement names the URL",
        BROKEN: f"cannot be used: {fault}",
    }
    text = texts[each.detail if each.detail == UNDATED else each.reason]
    if who.startswith("every ") and text.startswith("has no "):
        return f"no {who.removeprefix('every ')} has a {text.removeprefix('has no ')}"
    return f"{who} {text}"
