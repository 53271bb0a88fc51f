from __future__ import annotations

from pathlib import Path

import pytest

from venvoy import settings
from venvoy.errors import Problem
from venvoy.formats import pylock, pyproject
from venvoy.model.interpreter import Interpreter
from venvoy.operations.project import Located
from venvoy.operations.resolving import claims, inputs
from venvoy.values import replace

LINUX = {
    "implementation_name": "cpython",
    "implementation_version": "3.12.1",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1.0",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.12.1",
    "python_version": "3.12",
    "sys_platform": "linux",
}
HERE = Interpreter("/p", "/p", "3.12.1", "CPython", 64, False, LINUX, ("cp312-cp312-linux_x86_64", "py3-none-any"))
UNUSUAL = replace(HERE, markers={**LINUX, "platform_machine": "riscv64"}, tags=("cp312-cp312-linux_riscv64",))
EVERY = 42


def claim(python: str = ">=3.9", interpreter: Interpreter = HERE, **flags: object) -> claims.Claim:
    text = f'[project]\nname = "demo"\nversion = "1"\nrequires-python = "{python}"\n'
    located = Located(Path("demo"), text, pyproject.parse(text, "pyproject.toml"))
    return claims.claim(chosen(**flags), located, interpreter)


def chosen(**flags: object) -> settings.Settings:
    return settings.load({"VENVOY_CACHE_DIR": "cache"}, {}, flags)


def required(made: claims.Claim) -> list[str]:
    return [target.label for target in made.targets if made.required(target, ())]


def test_the_interpreter_at_hand_is_required_and_the_others_are_wished_for() -> None:
    made = claim()
    assert len(made.targets) == EVERY
    assert required(made) == ["Linux on x86_64 with Python 3.12"]
    assert made.here is not None
    assert made.here.label == "CPython 3.12.1 on Linux x86_64"


def test_a_python_that_is_no_longer_supported_is_required_when_the_project_names_it() -> None:
    assert {label.rpartition(" ")[2] for label in required(claim(">=3.7"))} == {"3.12", "3.7", "3.8"}
    assert required(claim(">=3")) == ["Linux on x86_64 with Python 3.12"]


def test_pypy_is_implied_unless_targets_are_named() -> None:
    text = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.14"\n'
    located = Located(Path("demo"), text, pyproject.parse(text, "pyproject.toml"))
    assert len(claims.implied(chosen(), located)) == len(("3.14", "3.15")) * 6
    assert claims.implied(chosen(targets=["default"]), located) == []


def test_markers_name_what_is_required_besides() -> None:
    made = claim(">=3.13", required_environments=["sys_platform == 'win32' and platform_machine == 'AMD64'"])
    assert required(made) == [f"Windows on AMD64 with Python {version}" for version in ("3.13", "3.14", "3.15")]
    assert len(required(claim(strict_targets=True))) == EVERY


def test_a_required_environment_is_there_with_each_python_where_its_marker_is_true_somewhere() -> None:
    made = claim(">=3.13", interpreter=UNUSUAL, required_environments=["sys_platform == 'win32'"])
    windows = [target for target in made.targets if target.markers["sys_platform"] == "win32"]
    amd64 = [target for target in windows if target.markers["platform_machine"] == "AMD64"]
    going = [target for target in windows if target not in amd64]
    assert going
    assert not any(made.required(target, amd64) for target in going)
    assert [made.required(target, amd64[1:]) for target in going] == [True, False, False]
    assert all(made.required(target, made.targets[:1]) for target in windows)


def test_an_unusual_interpreter_joins_the_usual_targets() -> None:
    made = claim(interpreter=UNUSUAL)
    assert len(made.targets) == EVERY + 1
    assert required(made) == ["Linux on riscv64 with Python 3.12"]


def test_a_project_can_be_locked_for_other_machines_only() -> None:
    made = claim(targets=["windows-amd64"])
    assert {target.platform for target in made.targets} == {"windows-amd64"}
    assert (made.here, required(made)) == (None, [])


def test_current_is_the_platform_at_hand() -> None:
    assert {target.platform for target in claim(targets=["current"]).targets} == {"linux-x86_64"}
    assert [target.label for target in claim(targets=["current"], interpreter=UNUSUAL).targets] == [
        "Linux on riscv64 with Python 3.12"
    ]
    assert len(claim(">=3.15", targets=["current", "linux"]).targets) == 2


def test_a_requires_python_that_admits_nothing_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        claim("<3.9", targets=["linux"])
    assert str(caught.value) == (
        "pyproject.toml: requires-python = '<3.9' admits no version of Python that venvoy knows.\n"
        "→ Widen it: a lockfile has to be for some Python."
    )


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, {}),
        ({"targets": ["default"]}, {}),
        ({"targets": ["windows", "macos", "linux"]}, {}),
        ({"targets": ["linux-x86_64"]}, {"targets": ("linux-x86_64",)}),
        ({"targets": ["no such"]}, {"targets": ("no such",)}),
        (
            {"required_environments": ["b", "a", "b"], "strict_targets": True},
            {"required-environments": ["a", "b"], "strict-targets": True},
        ),
        ({"only_binary": ["x"], "no_binary": ["y"]}, {"only-binary": ["x"], "no-binary": ["y"]}),
        ({"resolution": "lowest"}, {"resolution": "lowest"}),
    ],
)
def test_the_digest_knows_what_is_not_as_usual(flags: dict[str, object], expected: dict[str, object]) -> None:
    assert inputs.of(chosen(**flags)) == expected


def test_a_lockfile_for_other_machines_is_no_reason_to_lock_again() -> None:
    text = "lock-version = '1.0'\ncreated-by = 'x'\nenvironments = [\"sys_platform == 'win32'\"]\npackages = []\n"
    lock = pylock.parse(text, "pylock.toml")
    assert not claims.covers(chosen(), lock, HERE)
    assert not claims.covers(chosen(targets=["linux"]), lock, HERE)
    assert not claims.covers(chosen(targets=["windows", "current"]), lock, HERE)
    assert claims.covers(chosen(targets=["windows"]), lock, HERE)
    assert claims.covers(chosen(), lock, replace(HERE, markers={**LINUX, "sys_platform": "win32"}))
