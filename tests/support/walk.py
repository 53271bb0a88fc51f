"""Walks: commands and edits by hand in an order that nobody has foreseen, and what holds after each step.

The same seed makes the same steps; a :class:`Walk` says in ``done`` what it did, so that it can be done again by hand.
POSIX only, as it forks.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import json
import os
import random
import re
import shlex
import shutil
import signal
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from support.alone import lock_of
from support.command_line import tree
from support.forked import Forker
from support.wheels import WheelSpec
from venvoy.environment import stamp
from venvoy.errors import Exit

WHEELS = (
    *(WheelSpec("alpha", version, requires=[needs]) for version, needs in (("1.0", "beta"), ("2.0", "beta>=1.5"))),
    *(WheelSpec("beta", version, entry_points={"console_scripts": {"beta": "beta:f"}}) for version in ("1.0", "2.0")),
    WheelSpec("gamma", requires=["beta<2"]),
    WheelSpec("delta", requires=["epsilon; extra == 'fast'", "iota; sys_platform == 'never'"], extras=["fast"]),
    WheelSpec("epsilon", files={"epsilon/été.py": "", "epsilon/a b,c.txt": ""}, data={"scripts/eps": "#!python\n"}),
    *(WheelSpec(f"zeta.{part}", files={f"zeta/{part}.py": ""}) for part in ("one", "two")),
    *(WheelSpec("many", version, files={f"many/m{i}.py": f"{i % 9}{version}" for i in range(40)}) for version in "12"),
    WheelSpec("turn", "1.0"),
    WheelSpec("turn", "2.0", files={"turn/__init__.py": ""}),
)
_NAMES = ("alpha", "beta", "gamma", "delta", "Epsilon", "zeta-one", "Zeta.Two", "many", "turn")
_ASKED = (*_NAMES, "alpha<2", "beta<2", "beta==2.0", "delta[fast]", "many==1", "turn==1.0", "alpha==9", "nobody")
_PARTS = ((), (), (), ("--dev",), ("--group", "docs"), ("--optional", "plot"))
_LOOKS = (
    *(
        "list",
        "tree",
        "tree --invert",
        "freeze",
        "history",
        "lock --check",
        "lock --dry-run",
        "sync --dry-run",
        "verify",
    ),
    *("undo --dry-run", "export", "outdated", "why beta", "why-not beta", "show alpha", "envs list", "store info"),
)
_SYNCS = ("", "", "", "--group docs", "--extra plot", "--no-dev", "--inexact", "--frozen", "--locked", "--offline")
_UPDATES = ("", "beta", "beta alpha --latest", "--latest")
_LOCKS = ("", "--upgrade", "-P beta", "--offline")
_KILLED = ("add many==1", "add many==2 alpha", "remove many", "sync", "undo --force", "redo --force", "lock --upgrade")
_FIX = re.compile(r"(?:→ |: |^)venvoy ((?:(?!\b[A-Z]+\b).)+?)(?=$|   )")


class Walk:
    """One project on its way.

    Args:
        project: its folder, with nothing in it yet.
        cache: the cache.
        forker: runs venvoy in that folder.
        seed: decides about each step.
    """

    def __init__(self, project: Path, cache: Path, forker: Forker, seed: int) -> None:
        self._project = project
        self._cache = cache
        self._forker = forker
        self._chance = random.Random(seed)
        self._whole = True  # nobody has edited the environment by hand
        self.done: list[str] = []

    def go(self, steps: int, *, kills: bool = False) -> None:
        """Begin a project and take so many steps."""
        self._run("init")
        kinds = {"_add": 9, "_remove": 5, "_sync": 5, "_lock": 2, "_look": 4, "_travel": 4, "_edit": 3, "_hurt": 3}
        kinds |= {"_update": 2, "_edit_lockfile": 1, "_forget": 1, "_kill": 6 if kills else 0}
        for name in self._chance.choices(list(kinds), list(kinds.values()), k=steps):
            getattr(self, name)()

    def _add(self) -> None:
        chance = self._chance
        self._change("add", *chance.sample(_ASKED, chance.choice((1, 1, 2))), *chance.choice(_PARTS))

    def _remove(self) -> None:
        self._change("remove", self._chance.choice(_NAMES), *self._chance.choice(_PARTS))

    def _sync(self) -> None:
        self._change("sync", *self._chance.choice(_SYNCS).split())

    def _lock(self) -> None:
        self._change("lock", *self._chance.choice(_LOCKS).split())

    def _update(self) -> None:
        self._change("update", *self._chance.choice(_UPDATES).split())

    def _travel(self) -> None:
        self._change(*self._chance.choice(("undo", "undo 2", "undo --force", "redo", "redo --force")).split())

    def _look(self) -> None:
        before = self._state()
        self._run(*self._chance.choice(_LOOKS).split(), *self._chance.choice(((), ("--json",))))
        self._claim(self._state() == before, "who only looks changes nothing")

    def _change(self, *words: str) -> None:
        """A command, and what holds behind it whatever it was."""
        before, comments = self._state(), self._comments()
        words = (*words, *self._chance.choice(((), (), ("--json",))))
        code, said = self._run(*words)
        after = self._state()
        if code:
            self._claim(after == before, "what fails changes nothing")
            self._try(json.loads(said)["error"]["fix"] if "--json" in words else said.splitlines())
            return
        if words[0] in {"undo", "redo"}:
            return  # comments that were added since go, too
        self._claim(set(comments) <= set(self._comments()), "comments stay")
        if words[0] != "lock" and "--frozen" not in words:
            self._claim(self._run("lock", "--check")[0] == 0, "the lockfile is up to date")
            self._look_at_environment(exact=words[0] == "sync" and "--inexact" not in words)
        if words[0] not in {"remove", "update"} and "--upgrade" not in words:
            self._claim(self._run(*words)[0] == 0 and self._state() == after, "once more, there is nothing to do")
        if self._whole and _shape(before) != _shape(after):
            self._there_and_back(before, after)

    def _there_and_back(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        self._claim(self._run("undo")[0] == 0 and self._state() == before, "undo brings back every byte")
        self._claim(self._run("redo")[0] == 0 and self._state() == after, "redo does so too")

    def _edit(self) -> None:
        """What people do to pyproject.toml; what cannot be read is put right again later."""
        path, number = self._project / "pyproject.toml", self._chance.randrange(10)
        old = path.read_bytes()
        text = old.decode("utf-8-sig")
        edits = {
            "a comment": text.replace("[project]", f"# note {number}: é\n[project]", 1),
            "a comment in a list": text.replace("\n]", f"\n    # note {number}\n]", 1),
            "line ends": text.replace("\r\n", "\n").replace("\n", "\r\n"),
            "a mark in front": "\ufeff" + text,
            "no line end": text.rstrip(),
            "another order": "[tool.other]\na = 1\n\n" + text if "[tool.other]" not in text else text,
            "a bound less": re.sub(r"(?<=[a-z])>=[\d.]+\"", '"', text, count=1),
            "a requirement less": re.sub(r'(?m)^ {4}"[^"]+",\r?\n', "", text, count=1),
            "broken": text + self._chance.choice(("\n[oops", "\nx = = 1\n", "\n[project]\n")),
            "empty": "",
        }
        kind = self._chance.choice(list(edits))
        self.done.append(f"pyproject.toml: {kind}")
        path.write_bytes(edits[kind].encode())
        if kind in {"broken", "empty"}:
            for step in self._chance.choices((self._look, self._sync, self._add, self._remove, self._lock), k=2):
                step()
            self.done.append("pyproject.toml: as it was")
            path.write_bytes(old)

    def _edit_lockfile(self) -> None:
        path = self._project / "pylock.toml"
        if not path.is_file():
            return
        text = path.read_text(encoding="utf-8")
        edits = {
            "a comment": f"# note\n{text}",
            "half of it": text[: len(text) // 2],
            "nonsense": f"{text}\n[[[",
            "": "",
        }
        kind = self._chance.choice(list(edits))
        self.done.append(f"pylock.toml: {kind}")
        path.write_text(edits[kind], encoding="utf-8")
        self._sync()
        if kind != "a comment":
            self.done.append("pylock.toml: deleted")
            path.unlink()

    def _hurt(self) -> None:
        """What people and other programs do to an environment; then it is put right."""
        site = self._site
        if not site:
            return
        modules, lists = sorted(site.rglob("*.py")), sorted(site.glob("*.dist-info/RECORD"))
        kind = self._chance.choice(("edited", "deleted", "no list", "no metadata", "stranger", "no stamp", "gone"))
        self.done.append(f"environment: {kind}")
        if kind == "edited" and modules:
            module = self._chance.choice(modules)
            module.unlink()  # not through the link into the store
            module.write_text("edited = True\n", encoding="utf-8")
        elif kind == "deleted" and modules:
            self._chance.choice(modules).unlink()
        elif kind == "no list" and lists:
            self._chance.choice(lists).unlink()
        elif kind == "no metadata" and lists:
            shutil.rmtree(self._chance.choice(lists).parent)
        elif kind == "stranger":
            (site / "stranger.pth").write_text("import sys\n", encoding="utf-8")
        elif kind == "no stamp":
            shutil.rmtree(self._project / ".venv" / ".venvoy")
        elif kind == "gone":
            shutil.rmtree(self._project / ".venv")
        self._whole = False
        self._chance.choice((self._look, self._add, self._remove))()
        self._mend()

    def _mend(self) -> None:
        words = [("sync",), ("verify", "--repair", "--clean"), ("sync",), ("verify",)]
        ran = [self._run(*one) for one in words]
        if self._is_locked():
            said = "\n".join(said for _, said in ran)
            self._claim([code for code, _ in ran[2:]] == [0, 0], f"what can be mended is mended\n{said}")
            self._whole = True
            self._look_at_environment(exact=True)

    def _forget(self) -> None:
        """Somebody deletes the cache, or a part of it; the next command that changes something begins anew."""
        parts = sorted(one for one in self._cache.iterdir() if one.name not in {"interpreters-v1", "virtualenv-v1"})
        for part in parts if self._chance.random() < 0.5 else self._chance.sample(parts, min(1, len(parts))):
            self.done.append(f"cache: {part.name} deleted")
            shutil.rmtree(part) if part.is_dir() else part.unlink()

    def _kill(self) -> None:
        """Kill a command at a random moment: what the next one finds and leaves is whole."""
        words = self._chance.choice(_KILLED).split()
        journal = self._project / ".venv" / ".venvoy" / "transaction" / "journal"
        child = self._forker.start(*words)
        for _ in range(self._chance.choice((0, 400))):
            if journal.exists():
                break
            time.sleep(0.0005)
        time.sleep(self._chance.random() * self._chance.choice((0.005, 0.1)))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        code, said = self._forker.finish()
        self.done.append(f"killed ({code}): {' '.join(words)}")
        self._claim(code in {*map(int, Exit), -signal.SIGKILL}, said)
        self._run(*self._chance.choice(("lock --check", "sync --locked", "verify", "undo --dry-run")).split())
        self._claim(not journal.exists(), "an interrupted change is finished or undone")
        if self._whole:
            self._look_at_environment(locked=False)

    def _run(self, *words: str) -> tuple[int, str]:
        code, said = self._forker.run(*words)
        self.done.append(f"venvoy {shlex.join(words)}  → {code}")
        self._claim(code in set(map(int, Exit)) and "[internal]" not in said and "Traceback" not in said, said)
        if "--json" in words:
            document = json.loads(said)
            error: dict[str, Any] = document.get("error", {"exit": code, "code": ""})
            self._claim(document["ok"] == (code == 0) and error["exit"] == code, said)
            self._claim(error["code"] != "internal", said)
        return code, said

    def _try(self, lines: Iterable[str]) -> None:
        """Type what a message says to type: it may have its reasons to fail, but it is a command."""
        for line in lines:
            found = _FIX.search(line)
            if found:
                _, answer = self._run(*shlex.split(found[1]))
                self._claim("[usage]" not in answer, f"{line}\n{answer}")
                return

    def _is_locked(self) -> bool:
        return self._run("lock", "--check")[0] == 0

    def _look_at_environment(self, *, exact: bool = False, locked: bool = True) -> None:
        """What is installed, found out without venvoy: is it what is locked, and is every file what its list says?"""
        site = self._site
        assert site
        infos = list(site.glob("*.dist-info"))
        here = {canonicalize_name(name): version for name, version in (one.stem.split("-") for one in infos)}
        self._claim(len(here) == len(infos), f"no distribution is there twice: {infos}")
        if locked:
            lock = lock_of(self._project)
            groups, extras = stamp.selected(str(self._project / ".venv")) or ((), ())
            asked = {"extras": set(extras), "dependency_groups": set(groups)}
            wanted = {
                one.name: str(one.version) for one in lock.packages if not one.marker or _holds(one.marker, asked)
            }
            self._claim(
                here == wanted if exact else wanted.items() <= here.items(), f"{here} is installed, not {wanted}"
            )
        if self._whole:
            wrong = [fault for info in infos for fault in _faults(site, info)]
            self._claim(not wrong, f"wrong: {wrong}")

    @property
    def _site(self) -> Path | None:
        return next((self._project / ".venv" / "lib").glob("python*/site-packages"), None)

    def _state(self) -> dict[str, str]:
        """Everything in the project but venvoy's own notes."""
        found = tree(self._project)
        return {place: content for place, content in found.items() if not place.startswith(".venv/.venvoy")}

    def _comments(self) -> list[str]:
        text = (self._project / "pyproject.toml").read_text(encoding="utf-8-sig")
        return re.findall(r"(?m)^\s*(#.*?)\s*$", text)

    def _claim(self, holds: object, text: str) -> None:
        if not holds:
            raise AssertionError("\n".join((text, "These were the steps:", *self.done)))


def _shape(state: Mapping[str, str]) -> dict[str, str]:
    """What the history knows of a state: the project's files, and which distributions are installed."""
    return {
        place: "" if place.startswith(".venv") else content
        for place, content in state.items()
        if not place.startswith(".venv") or place.endswith(".dist-info")
    }


def _holds(marker: Marker, asked: Any) -> bool:
    return marker.evaluate(asked, context="lock_file")


def _faults(site: Path, info: Path) -> list[str]:
    found = []
    for path, digest, _ in csv.reader((info / "RECORD").read_text(encoding="utf-8").splitlines()):
        file = site / path
        if not file.is_file():
            found.append(f"{path} is missing")
        elif digest:
            right = base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).rstrip(b"=").decode()
            found += [f"{path} is edited"] if digest != f"sha256={right}" else []
    return found
