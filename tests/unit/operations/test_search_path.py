"""The line that puts a folder of commands on PATH, for each shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from venvoy.environment.activation.shells import SHELLS
from venvoy.errors import Problem
from venvoy.operations.shells import hook
from venvoy.operations.standalone import search_path
from venvoy.system import native


@pytest.mark.parametrize(
    ("shell", "file", "line"),
    [
        ("zsh", ".zshrc", "export PATH='/my home/bin':$PATH  # venvoy path"),
        ("fish", ".config/fish/config.fish", "fish_add_path '/my home/bin'  # venvoy path"),
        ("tcsh", ".cshrc", "set path = ('/my home/bin' $path)  # venvoy path"),
        ("xonsh", ".xonshrc", "$PATH.insert(0, '/my home/bin')  # venvoy path"),
    ],
)
def test_each_shell_has_its_own_words(
    shell: str, file: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    place = tmp_path / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("mine", encoding="utf-8")
    startup = search_path.adding(SHELLS[shell], {}, "/my home/bin")
    assert (startup.file, startup.line) == (place, line)
    assert hook.carry_out(startup).backup == place.with_name(f"{place.name}.before-venvoy")
    assert place.read_text(encoding="utf-8").splitlines() == ["mine", line]
    assert not search_path.adding(SHELLS[shell], {}, "/my home/bin").changes


_DIALOGUE = "Add that folder to Path: Windows key, “Edit environment variables for your account”, Path, New"
_NUSHELL = 'Add a line to env.nu, which `config env` opens: $env.PATH = ($env.PATH | prepend "/bin/mine")'
_UNKNOWN = "Add that folder to PATH in the file that your shell reads when it starts."


@pytest.mark.parametrize(
    ("windows", "shell", "step"),
    [
        (True, "cmd", _DIALOGUE),
        (True, "powershell", _DIALOGUE),
        (True, "", _DIALOGUE),
        (False, "cmd", _DIALOGUE),
        (False, "nushell", _NUSHELL),
        (False, "", _UNKNOWN),
    ],
)
def test_where_it_has_to_be_done_by_hand_the_step_is_named(
    windows: bool, shell: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "WINDOWS", windows)
    with pytest.raises(Problem) as caught:
        search_path.adding(SHELLS.get(shell), {}, "/bin/mine")
    assert caught.value.code == "hook-by-hand"
    assert caught.value.fix == (step,)
