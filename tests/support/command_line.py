"""The ``venvoy`` command as people run it: a process with a clean environment, its words compared whole.

    venvoy("add", "demo").says('''
        exit 0
        err Wrote pylock.toml (1 added)
    ''')

Each line says where it was written (``out``, ``err``); what differs from machine to machine and from run to run stands
in brackets. ``SNAPSHOTS=update python3 tests tests/end_to_end`` (in one process) writes what was said into the tests.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import difflib
import inspect
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from venvoy.system import program

WINDOWS = os.name == "nt"
PYTHON = ".".join(map(str, sys.version_info[:3]))
MINOR = ".".join(map(str, sys.version_info[:2]))
# Without these Windows starts no process that uses sockets or folders for temporary files.
_NEEDED = (
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "COMSPEC",
    "PATHEXT",
    "WINDIR",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
)
_PLACE = r"\[(?:HOME|FOLDER|CACHE|PROJECT|HERE)\](?:[^\s'\",;:\\]|\\(?!\"))*"


_WIDTH = 100


def folded(lines: list[str]) -> list[str]:
    """The lines of a JSON document with as much of it on each line as goes there; any other lines as they are."""
    if lines[:1] != ["{"] or lines[-1] != "}":
        return lines
    open_: list[list[str]] = [[]]
    for line in lines:
        if line[-1] in "{[":
            open_.append([line])
            continue
        block = [line]
        if line.strip(" ,") in {"}", "]"}:
            block = [*_filled(open_.pop()), line]
            whole = block[0] + " ".join(part.strip() for part in block[1:-1]) + line.strip()
            block = [whole] if len(whole) <= _WIDTH else block
        open_[-1] += block
    return open_[0]


def _filled(block: list[str]) -> list[str]:
    """A head and the lines below it; those that are whole in themselves share lines."""
    head, *lines = block
    margin = " " * (len(head) - len(head.lstrip()) + 2)
    filled: list[str] = []
    for line in lines:
        whole = all(
            one.startswith(margin) and one[len(margin)] not in " }]" and one[-1] not in "{["
            for one in (line, *filled[-1:])
        )
        if filled and whole and len(filled[-1]) + 1 + len(line.strip()) <= _WIDTH:
            filled[-1] += f" {line.strip()}"
        else:
            filled.append(line)
    return [head, *filled]


@dataclass(frozen=True)
class Ran:
    """How a run ended: its exit code, and what it wrote after the filters."""

    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        lines = [f"exit {self.code}"]
        for name, text in (("out", self.stdout), ("err", self.stderr)):
            lines += [f"{name} {line}".rstrip() for line in folded(text.splitlines())]
        return "\n".join(lines)

    def says(self, text: str) -> None:
        """Assert that it ended with this exit code and these words."""
        _compare(str(self), text)


@dataclass
class CommandLine:
    """Runs venvoy in ``project``; ``filters`` are patterns with what stands in the texts instead."""

    project: Path
    environ: dict[str, str]
    filters: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, *arguments: str, directory: Path | None = None, **environ: str) -> Ran:
        return self.finish(self.start(*arguments, directory=directory, **environ))

    def start(self, *arguments: str, directory: Path | None = None, **environ: str) -> subprocess.Popen[str]:
        """Start it and go on; :meth:`finish` waits for its end."""
        return self.process([sys.executable, "-m", "venvoy", *arguments], directory=directory, **environ)

    def process(self, arguments: list[str], *, directory: Path | None = None, **environ: str) -> subprocess.Popen[str]:
        """Start any program with the same environment."""
        return subprocess.Popen(
            arguments,
            cwd=directory or self.project,
            env={name: value for name, value in {**self.environ, **environ}.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def finish(self, process: subprocess.Popen[str], timeout: float = 120) -> Ran:
        """Wait for the end of a process."""
        with process:
            try:
                out, err = process.communicate(timeout=timeout)
            except BaseException:
                process.kill()
                raise
        return Ran(process.returncode, self.filtered(out), self.filtered(err))

    def on_terminal(self, letters: str, *arguments: str, **environ: str) -> Ran:
        """Run it with a pseudo-terminal for standard input and error, where each letter is typed as a line. POSIX."""
        mine, theirs = os.openpty()
        os.write(mine, "".join(f"{letter}\n" for letter in letters).encode())
        command = [sys.executable, "-m", "venvoy", *arguments, "--no-color"]
        environment = {**self.environ, **environ}
        try:
            process = subprocess.Popen(
                command, cwd=self.project, env=environment, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
            )
        finally:
            os.close(theirs)
        with process:
            out, _ = process.communicate(timeout=120)
        # Once the other side is closed, what it wrote is read to its end, which Linux tells by an error.
        data = b""
        with contextlib.suppress(OSError):
            while piece := os.read(mine, 65536):
                data += piece
        os.close(mine)
        said = data.decode().replace("\r\n", "\n").removeprefix("".join(f"{letter}\n" for letter in letters))
        return Ran(process.returncode, self.filtered(out.decode()), self.filtered(said))

    def filtered(self, text: str) -> str:
        """The text without what is different elsewhere or tomorrow."""
        for pattern, replacement in self.filters:
            text = re.sub(pattern, replacement, text)
        return re.sub(_PLACE, lambda found: found[0].replace("\\\\", "/").replace("\\", "/"), text)

    def hide(self, text: str | Path, name: str) -> None:
        """Show ``[NAME]`` where ``text`` stands; what is hidden last is looked for first."""
        # In JSON the separators of Windows are written twice.
        forms = {re.escape(str(text)), re.escape(str(text).replace("\\", "\\\\"))}
        if isinstance(text, Path):
            forms |= {re.escape(os.path.realpath(text)), re.escape(text.as_posix())}
        self.filters[:0] = [(form, f"[{name}]") for form in sorted(forms, key=len, reverse=True)]
        if isinstance(text, Path) and text.is_absolute():  # with one more slash on Windows
            self.filters.insert(0, (re.escape(text.as_uri()), f"file://[{name}]"))


def clean_environment(*, home: Path, cache: Path, temporary: Path, index: str) -> dict[str, str]:
    """Environment variables with nothing of whoever runs the tests."""
    # Nothing is found on PATH, above all no other Python; Windows loads its own libraries from there.
    path = str(Path(os.environ["SYSTEMROOT"], "System32")) if WINDOWS else str(home)
    homes = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), str(home))
    return {
        **({"PYTHONUTF8": "1"} if WINDOWS else {}),  # texts are compared as UTF-8, whatever the code page
        **{name: os.environ[name] for name in _NEEDED if name in os.environ},
        **homes,
        "PATH": path,
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)),
        "VENVOY_CACHE_DIR": str(cache),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index,
        "NO_PROXY": "127.0.0.1",
    }


def usual_filters() -> list[tuple[str, str]]:
    """What every text is freed of: versions of Python, digests, process numbers, folders with a platform's names."""
    base = program.python()
    bases = {re.escape(os.path.realpath(base)), re.escape(base), re.escape(re.sub(r"[\d.]+(?=(\.exe)?$)", "", base))}
    bases.add(re.escape(base.replace("\\", "\\\\")))  # in JSON
    return [
        *((rf"{form}[\d.]*", "[BASE]") for form in sorted(bases, key=len, reverse=True)),
        (rf"\.venv{_SEP}(?:lib{_SEP}python[\d.]+|Lib){_SEP}site-packages", ".venv/[SITE]"),
        (rf"\b(?:lib{_SEP}python{re.escape(MINOR)}|Lib){_SEP}site-packages", "[SITE]"),
        (rf"{_SEP}(?:bin|Scripts){_SEP}python", "/[SCRIPTS]/python"),
        (rf"{_SEP}(?:bin|Scripts)(?=[\"'])", "/[SCRIPTS]"),
        (rf"{_SEP}\.venv", "/.venv"),
        (r"(?m)^(  cd|Its Python:) \"(.*)\"$", r"\1 '\2'"),  # each system's shell has quotes of its own
        (r"\btaskkill /F /PID ", "kill "),
        (rf"\w+ {re.escape(PYTHON)} on \w+ \w+", "[TARGET]"),
        (r"python_version == .* platform_machine == \"[\w]+\"", "[MARKER]"),
        (r"(size\"?(?: =|:)) \d+", r"\1 [SIZE]"),  # zlib differs from build to build
        (rf"\b{re.escape(PYTHON)}\b", "[PYTHON]"),
        (rf"(?<![\d.]){re.escape(MINOR)}(?![\d.])", "[MINOR]"),
        (rf"(?:\b[0-9a-f]{{2}}{_SEP})?\b[0-9a-f]{{64}}\b", "[DIGEST]"),
        (r"(?<=locks[/\\])[0-9a-f]{24}\b", "[KEY]"),
        (r"\bprocess \d+", "process [PID]"),
    ]


_SEP = r"[\\/]{1,2}"


def tree(folder: Path) -> dict[str, str]:
    """What a folder holds: each path with its content, or where a link leads.

    Left out are compiled modules, and the note of what may not be on the disk yet, which holds times.
    """
    return dict(_entries(folder))


def state(project: Path) -> dict[str, str]:
    """The same for a project, without venvoy's own notes: the journal's empty folder, and the times of the stamp."""
    return {place: content for place, content in tree(project).items() if not place.startswith(".venv/.venvoy")}


def _entries(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts or path.parts[-2:] == (".venvoy", "unsettled"):
            continue
        place = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield place, f"→ {path.readlink()}"
        elif path.is_file():
            yield place, f"{path.stat().st_mode & 0o777:o} {path.read_bytes()!r}"
        else:
            yield place, "folder"


_UPDATE = os.environ.get("SNAPSHOTS") == "update"
_said: dict[str, dict[int, str]] = {}


def expect(said: str, text: str) -> None:
    """Assert that a text is this."""
    _compare(said, text)


def _compare(said: str, text: str) -> None:
    said, wanted = said.strip("\n"), textwrap.dedent(text).strip("\n")
    if said != wanted and _UPDATE:
        caller = inspect.stack()[2]
        _said.setdefault(caller.filename, {})[caller.lineno] = said
        return
    if said != wanted:
        changes = difflib.unified_diff(wanted.splitlines(), said.splitlines(), "expected", "said", lineterm="")
        raise AssertionError("\n".join(changes))


@atexit.register
def _write_snapshots() -> None:
    for name, texts in _said.items():
        source = Path(name).read_text(encoding="utf-8")
        lines = source.splitlines(keepends=True)
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        for line, text in sorted(texts.items(), reverse=True):
            for call in calls:
                called = ast.unparse(call.func).rpartition(".")[2]
                if called in {"expect", "says"} and call.lineno <= line <= (call.end_lineno or 0):
                    old = call.args[-1]
                    end = old.end_lineno or old.lineno
                    margin = " " * (len(lines[call.lineno - 1]) - len(lines[call.lineno - 1].lstrip()))
                    indent = f"{margin}    "
                    raw = "r" if "\\" in text else ""
                    new = f'{raw}"""\n{textwrap.indent(text, indent)}\n{margin if called == "says" else indent}"""'
                    before = lines[old.lineno - 1].encode()[: old.col_offset].decode()
                    after = lines[end - 1].encode()[old.end_col_offset :].decode()
                    lines[old.lineno - 1 : end] = [before + new + after]
                    break
        Path(name).write_text("".join(lines), encoding="utf-8")
