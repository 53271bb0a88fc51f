"""What the settings say that a lockfile depends on, besides what is in pyproject.toml anyway."""

from __future__ import annotations

from venvoy.settings import Order
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from venvoy.operations.project import Located
    from venvoy.settings import Settings


def in_force(settings: Settings, located: Located) -> Settings:
    """The settings with the targets that pyproject.toml names by now, unless somebody has named others elsewhere."""
    written = located.file.settings.get("targets", ())
    names = tuple(map(str, written)) if isinstance(written, (list, tuple)) else settings.targets
    elsewhere = settings.sources.get("targets", "default") not in {"default", "pyproject.toml"}
    return settings if elsewhere or names == settings.targets else replace(settings, targets=names)


def of(settings: Settings) -> dict[str, object]:
    """What the settings say about targets and files, for the lockfile's digest; what is as usual is left out."""
    found: dict[str, object] = {"targets": _targets(settings.targets)}
    found["required-environments"] = sorted(set(settings.required_environments))
    found["strict-targets"] = settings.strict_targets
    found["only-binary"] = sorted(set(settings.only_binary))
    found["no-binary"] = sorted(set(settings.no_binary))
    found["prereleases"] = settings.prereleases
    for name in ("prerelease-names", "constraints", "overrides", "exclude"):
        found[name] = sorted(set(getattr(settings, name.replace("-", "_"))))
    found["exclude-newer"] = settings.exclude_newer
    found["resolution"] = "" if settings.resolution is Order.HIGHEST else settings.resolution.value
    return {key: value for key, value in found.items() if value}


def _targets(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        return ()
    from venvoy.resolver import platforms as all_platforms

    try:
        targets = all_platforms.platforms(names)
    except all_platforms.UnknownTargetError:
        return names  # a fault that is told when it is locked for them
    return () if targets == all_platforms.DEFAULT else targets
