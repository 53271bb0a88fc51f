"""The hooks of a build backend (PEP 517, PEP 660), called in the interpreter of the environment that has its needs."""

from __future__ import annotations

import os
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from venvoy.errors import Problem
from venvoy.formats import build_log, toml
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeGuard

    from pyproject_hooks import BuildBackendHookCaller

    from venvoy.system.process import Children

_PYPROJECT = "pyproject.toml"
# What a variable of ours would change about somebody else's build.
_HIDDEN = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONSAFEPATH", "__PYVENV_LAUNCHER__"})
_TAIL = 1 << 18


@dataclass(frozen=True, slots=True)
class System:
    """The ``[build-system]`` of a source tree (PEP 518): what the backend needs, which it is, and where it lies."""

    requires: tuple[str, ...]
    backend: str
    path: tuple[str, ...] = ()


LEGACY = System(("setuptools>=40.8.0",), "setuptools.build_meta:__legacy__")
"""What PEP 517 has for a tree that names no backend: setup.py, run by setuptools."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how hooks run.

    ``python`` is the interpreter of an environment that holds what the backend needs, ``variables`` are all environment
    variables, ``folder`` is for temporary files, ``log`` is the file to which output is added.
    """

    python: Path
    variables: Mapping[str, str]
    folder: Path
    log: Path
    children: Children


def read_system(tree: Path, label: str) -> System:
    """What the pyproject.toml of a source tree says about building it.

    Raises:
        Problem: build-failed, when nothing can build it; toml-invalid, permission-denied, file-error.
    """
    path = tree / _PYPROJECT
    where = f"{label}: {_PYPROJECT}"
    with fs.attempting("read this file", path):
        data = toml.loads(toml.decode(path.read_bytes(), where), where) if path.is_file() else {}
        has_setup = (tree / "setup.py").is_file()
    if not data and not has_setup:
        raise _broken(label, "It has neither a pyproject.toml nor a setup.py.")
    table = data.get("build-system")
    if table is None:
        return LEGACY
    requires = table.get("requires") if isinstance(table, dict) else None
    if not _texts(requires):
        raise _broken(label, f"[build-system] in its {_PYPROJECT} has no list requires (PEP 518).")
    backend, places = table.get("build-backend", LEGACY.backend), table.get("backend-path", [])
    if not isinstance(backend, str) or not _texts(places):
        raise _broken(label, f"build-backend or backend-path in its {_PYPROJECT} is not what PEP 517 wants.")
    try:
        for text in requires:
            Requirement(text)
    except InvalidRequirement as error:
        raise _broken(label, f"It needs {text!r} to be built, which nobody understands.") from error
    return System(tuple(requires), backend, tuple(places))


class Backend:
    """The backend of one source tree.

    Args:
        tree: the folder; the hooks run there.
        label: what people call it.
        system: what :func:`read_system` said.
        place: where the hooks run.
        settings: the config settings of PEP 517.
        own: whether it is the user's own code.
    """

    def __init__(  # noqa: PLR0913 - what to run, where and how
        self,
        tree: Path,
        label: str,
        system: System,
        place: Place,
        settings: Mapping[str, str | list[str]],
        *,
        own: bool = False,
    ) -> None:
        self._tree, self._label, self._system, self._place, self._own = tree, label, system, place, own
        self._settings = dict(settings) or None

    def requires(self, *, editable: bool) -> tuple[str, ...]:
        """What the build needs besides ``[build-system] requires``.

        Raises:
            Problem: build-failed, command-not-found, interrupted.
        """
        found = self._call(f"get_requires_for_build_{_kind(editable)}")
        if not _texts(found):
            raise _broken(self._label, "Its build backend does not say in a list what it needs.")
        return tuple(found)

    def metadata(self, folder: Path, *, editable: bool) -> Path | None:
        """Have the metadata made; None when the backend can only build.

        Args:
            folder: an existing, empty folder.
            editable: for an editable install.

        Returns:
            The ``.dist-info`` folder in it.

        Raises:
            Problem: build-failed, command-not-found, interrupted.
        """
        hook = f"prepare_metadata_for_build_{_kind(editable)}"
        name = self._call(hook, metadata_directory=os.fspath(folder), _allow_fallback=False)
        return None if name is None else self._inside(folder, name, "METADATA")

    def build(self, folder: Path, metadata: Path | None = None, *, editable: bool) -> Path:
        """Build a wheel.

        Args:
            folder: an existing folder for it.
            metadata: what :meth:`metadata` returned.
            editable: a wheel that leads to the tree instead of holding what is in it.

        Raises:
            Problem: build-failed, command-not-found, interrupted.
        """
        name = self._call(
            f"build_{_kind(editable)}",
            wheel_directory=os.fspath(folder),
            metadata_directory=os.fspath(metadata) if metadata else None,
        )
        if name is None:
            raise _broken(
                self._label,
                f"Its build backend, {self._system.backend}, cannot make editable installs (PEP 660).",
                "Install it without: --no-editable",
            )
        return self._inside(folder, name)

    def _inside(self, folder: Path, name: object, file: str = "") -> Path:
        path = folder / Path(str(name)).name
        if not isinstance(name, str) or path != folder / name or not (path / file if file else path).is_file():
            raise _broken(self._label, f"Its build backend says that it made {name!r}, and that is not there.")
        return path

    def _call(self, hook: str, **arguments: object) -> Any:  # noqa: ANN401 - what the hook returns; None: it has none
        import warnings  # noqa: PLC0415 - with the next: 30 ms that only a build pays

        import pyproject_hooks  # noqa: PLC0415

        # What a backend warns of is for its own people; they are also in the log.
        warnings.filterwarnings("ignore", category=getattr(pyproject_hooks, "BuildBackendWarning", UserWarning))
        try:
            caller = self._caller()
            return getattr(caller, hook)(config_settings=self._settings, **arguments)
        except pyproject_hooks.HookMissing:
            return None
        except pyproject_hooks.BackendUnavailable as error:
            with self._place.log.open("a", encoding="utf-8") as log:
                log.write(f"{error.traceback}\n")
            raise self.failed(f"Its build backend, {self._system.backend}, cannot be imported.") from error
        except pyproject_hooks.UnsupportedOperation as error:
            raise self.failed("Its build backend says that it cannot do this.") from error
        except (_EndedError, OSError, ValueError) as error:
            raise self.failed("" if isinstance(error, _EndedError) else f"{error}.") from error

    def _caller(self) -> BuildBackendHookCaller:
        import pyproject_hooks  # noqa: PLC0415 - 30 ms that only a build pays

        system, place = self._system, self._place
        return pyproject_hooks.BuildBackendHookCaller(
            os.fspath(self._tree), system.backend, system.path or None, self._run, os.fspath(place.python)
        )

    def _run(self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        place = self._place
        variables = {name: value for name, value in place.variables.items() if name.upper() not in _HIDDEN}
        variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), os.fspath(place.folder))
        variables |= {"PYTHONIOENCODING": "utf-8:backslashreplace", **(extra_environ or {})}
        code = place.children.run(cmd, environment=variables, directory=cwd or os.fspath(self._tree), log=place.log)
        if code:
            raise _EndedError(code)

    def failed(self, why: str = "") -> Problem:
        """The build failed: the lines of the log that matter, and what would help."""
        text = _tail(self._place.log)
        told = build_log.explain(text)
        fix = told.fix if told.cause or not self._own else ("Look at what the build of your project says above.",)
        return Problem(
            "build-failed",
            f"{self._label} could not be built.",
            why="\n".join(filter(None, (why, told.why, *told.lines))),
            fix=(*fix, f"The whole output is in {self._place.log}"),
            data={"label": self._label, "log": os.fspath(self._place.log), "cause": told.cause},
        )


class _EndedError(Exception):
    """The process of a hook ended with an exit code that tells of a failure."""


def _kind(editable: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "editable" if editable else "wheel"


def _texts(found: object) -> TypeGuard[list[str]]:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _broken(label: str, why: str, *fix: str) -> Problem:
    return Problem(
        "build-failed",
        f"{label} cannot be built.",
        why=why,
        fix=fix or ("Choose another version of it, or tell its maintainers.",),
        data={"label": label},
    )
