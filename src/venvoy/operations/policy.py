"""From the settings to the resolver's policy: names normalized, requirements and moments understood."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from venvoy.errors import Problem
from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.patterns import pattern
from venvoy.resolver.policy import ALL, Policy
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement

    from venvoy.model.project import ProjectFile
    from venvoy.settings import Settings

_AGO = pattern(r"(?:p(?=\d+[dw]$)|pt(?=\d+h$))?(\d{1,4}) *(h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?)(?: ago)?", re.ASCII)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_DAY = pattern(r"\d{4}-\d\d-\d\d", re.ASCII)


def policy(settings: Settings, now: datetime) -> Policy:
    """How versions are chosen; ``7 days`` in ``exclude-newer`` counts back from ``now``.

    Raises:
        Problem: setting-invalid.
    """
    return Policy(
        allow_source=True,
        only_binary=_names(settings.only_binary),
        no_binary=_names(settings.no_binary),
        prereleases=settings.prereleases,
        prerelease_names=_names(settings.prerelease_names),
        resolution=settings.resolution.value,
        exclude_newer=moment(settings.exclude_newer, now) if settings.exclude_newer else None,
        constraints=tuple(_requirement("constraints", text) for text in settings.constraints),
        overrides=tuple(_requirement("overrides", text) for text in settings.overrides),
        exclude=_names(settings.exclude),
    )


def of_project(policy: Policy, file: ProjectFile, settings: Settings) -> Policy:
    """How versions are chosen for a project: one that is installed itself is what others mean by its name.

    Extras, and groups that are not installed by default, are optional, unless no target may be left out; and so is
    what ``why-not`` is asked about.
    """
    itself = file.name if file.is_package(settings.package) else None
    always = {Origin("project"), *(Origin("group", canonicalize_name(name)) for name in settings.default_groups)}
    parts = {Origin("command"), *(root.origin for root in file.roots())} - always
    exclude = policy.exclude | {itself} if itself else policy.exclude
    return replace(policy, exclude=exclude, optional=frozenset(() if settings.strict_targets else parts))


def for_builds(policy: Policy, settings: Settings) -> Policy:
    """How versions of what builds need are chosen: wheels, the newest that ``build-constraints`` allow.

    Raises:
        Problem: setting-invalid.
    """
    bounds = tuple(_requirement("build-constraints", text) for text in settings.build_constraints)
    return Policy(exclude_newer=policy.exclude_newer, constraints=bounds, only_binary=policy.only_binary)


def moment(text: str, now: datetime) -> str:
    """The moment that a text names, as ISO 8601 in UTC to the second, ending in ``Z``.

    A day without a time stands for its last second in UTC, so that the day itself belongs to it everywhere.

    Args:
        text: ``2026-05-01``, ``2026-05-01T12:00:00Z``, or how long ago: ``12 hours``, ``7 days``, ``2 weeks``, or
            shorter, as others write it: ``12h``, and ``P7D`` (ISO 8601).
        now: what the latter counts back from.

    Raises:
        Problem: setting-invalid.
    """
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        if ago:
            found = now - timedelta(**{_UNITS[ago[2][0]]: int(ago[1])})
        elif _DAY.fullmatch(text.strip()):
            found = datetime.fromisoformat(f"{text.strip()}T23:59:59+00:00")
        else:
            # Python 3.10 does not know what Z means.
            found = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
        if found.tzinfo is None:
            found = found.replace(tzinfo=timezone.utc)
        return found.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError) as error:
        raise Problem(
            "setting-invalid",
            f"exclude-newer cannot be {text!r}.",
            why="It takes a day, a moment, or how long ago.",
            fix=('Write it as 2026-05-01, 2026-05-01T12:00:00Z, "12 hours", "7 days" or "2 weeks".',),
            data={"setting": "exclude_newer"},
        ) from error


def _names(texts: Iterable[str]) -> frozenset[NormalizedName]:
    return frozenset(ALL if text == ALL else canonicalize_name(text) for text in texts)


def _requirement(setting: str, text: str) -> Requirement:
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - 20 ms, and few set any

    why = ""
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        why = str(error).partition("\n")[0].rstrip(".") + "."
    else:
        if found.extras:
            why = "It has extras, and these are never about extras."
        elif found.url and setting != "overrides":
            why = "It names an address; an override can do that."
        elif found.marker and "extra" in str(found.marker):
            why = "Its marker is about an extra."
        else:
            return found
    raise Problem(
        "setting-invalid",
        f"{setting} cannot hold {text!r}.",
        why=why,
        fix=(f"""Write it as in: {setting} = ["numpy<2.3"]""",),
        data={"setting": setting},
    )
