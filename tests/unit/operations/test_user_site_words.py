"""PEP 668: what is said when a Python belongs to the system."""

from __future__ import annotations

from pathlib import Path

from venvoy.model.interpreter import Interpreter
from venvoy.operations.standalone.user_site import managed


def interpreter(marker: Path) -> Interpreter:
    return Interpreter(
        "/usr/bin/python3",
        "/usr/bin/python3",
        "3.11.2",
        "CPython",
        64,
        False,
        {},
        (),
        str(marker),
    )


def test_the_reason_and_the_right_ways(tmp_path: Path) -> None:
    marker = tmp_path / "EXTERNALLY-MANAGED"
    marker.write_text("[externally-managed]\nError=Use apt.\n\n Or make an environment.\n", encoding="utf-8")
    problem = managed(interpreter(marker), "install --user rich", [], verbose=False)
    assert (
        str(problem)
        == f"""\
{marker}: /usr/bin/python3 belongs to your system, which keeps it to itself.
Its package manager looks after it, and what is installed beside that can break programs of the system,
even in your user site (PEP 668).
Its distributor says:
  Use apt.
  … (all of it with -v)
→ Use an environment, which is your own: venvoy venv; venvoy activate; venvoy install rich
→ or a Python that is not your system's: venvoy install --user rich --python VERSION
→ If you know that nothing breaks: venvoy install --user rich --break-system-packages"""
    )
    whole = managed(interpreter(marker), "uninstall --user rich", [], verbose=True)
    assert "  Use apt.\n\n  Or make an environment.\n" in str(whole)
    assert whole.fix == ("If you know that nothing breaks: venvoy uninstall --user rich --break-system-packages",)
    assert "sudo" not in str(problem)


def test_a_distributor_that_says_nothing(tmp_path: Path) -> None:
    problem = managed(interpreter(tmp_path / "gone"), "install --user rich", ["de_DE"], verbose=False)
    assert problem.why.endswith("even in your user site (PEP 668).")
