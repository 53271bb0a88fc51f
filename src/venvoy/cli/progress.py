"""Progress for people at a terminal: a bar for what takes long, nothing for what is quick or piped."""

from __future__ import annotations

import time
from _thread import allocate_lock  # without the rest of threading, which takes longer to load than this module

from venvoy.events import Phase
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from venvoy.cli.output import Output

PATIENCE = 0.3
"""Seconds before a bar appears: quick work needs none, and ``rich`` costs 57 ms to import."""


_INTERVAL = 0.05
"""Seconds between two states of the line about resolving: it decides faster than anybody reads."""


class Terminal:
    """A :class:`venvoy.events.Reporter` that writes to standard error; safe to call from any thread."""

    def __init__(self, output: Output, *, bars: bool, verbose: bool) -> None:
        self._output = output
        self._bars = bars
        self._verbose = verbose
        self._lock = allocate_lock()
        self._begun: dict[Phase, tuple[float, int | None]] = {}
        self._done: dict[Phase, int] = {}
        self._display: Progress | None = None
        self._tasks: dict[Phase, TaskID] = {}
        self._decided: set[str] = set()
        self._shown = 0.0

    def begin(self, phase: Phase, total: int | None = None) -> None:
        """Remember the phase; its bar comes when it turns out to take long."""
        with self._lock:
            self._begun[phase] = (time.monotonic(), total)
            self._done[phase] = 0
            self._decided = set()

    def advance(self, phase: Phase, amount: int = 1, detail: str = "") -> None:
        """Move the bar on."""
        if not self._bars or phase not in self._begun:
            return
        with self._lock:
            started, total = self._begun[phase]
            self._done[phase] += amount
            if phase is Phase.RESOLVE:
                # What is decided anew, after a way that led nowhere or for other targets, counts once.
                self._decided.add(detail.partition(" ")[0])
                self._done[phase] = len(self._decided)
            now = time.monotonic()
            if now - started < PATIENCE or (phase is Phase.RESOLVE and now - self._shown < _INTERVAL):
                return
            self._shown = now
            display = self._display or self._open()
            if phase not in self._tasks:
                self._tasks[phase] = display.add_task(phase.value, total=total, unit=phase, detail="")
            display.update(self._tasks[phase], completed=self._done[phase], detail=detail)

    def end(self, phase: Phase) -> None:
        """Take the bar away; the last one closes the display."""
        with self._lock:
            self._begun.pop(phase, None)
            task = self._tasks.pop(phase, None)
            if self._display and task is not None:
                self._display.remove_task(task)
                if not self._tasks:
                    self._display.stop()
                    self._display = None

    def close(self) -> None:
        """Leave the terminal as it was, also after an error in the middle of a phase."""
        for phase in Phase:
            self.end(phase)

    def warn(self, message: str) -> None:
        """Show a warning above the bars."""
        self._output.warn(message)

    def remark(self, message: str) -> None:
        """Show a remark, with ``-v`` only."""
        if self._verbose:
            self._output.note(message)

    def _open(self) -> Progress:
        from rich import filesize
        from rich.console import Console  # costs 57 ms: only when there is something to show
        from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
        from rich.text import Text

        class Amount(ProgressColumn):
            """Bytes and speed for downloads, a count for everything else."""

            def render(self, task: Task) -> Text:
                done, total = int(task.completed), task.total
                if task.fields["unit"] is Phase.RESOLVE:
                    return Text(f"{done} decided")
                if task.fields["unit"] is not Phase.DOWNLOAD:
                    return Text(f"{done}/{int(total)}" if total else str(done))
                words = filesize.decimal(done) + (f"/{filesize.decimal(int(total))}" if total else "")
                return Text(words + (f"  {filesize.decimal(int(task.speed))}/s" if task.speed else ""))

        self._display = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            Amount(),
            TextColumn("{task.fields[detail]}", style="dim"),
            console=Console(stderr=True),
            transient=True,
        )
        self._display.start()
        return self._display
