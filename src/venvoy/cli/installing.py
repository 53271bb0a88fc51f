"""What ``install`` and ``uninstall`` tell, and the question about PATH."""

from __future__ import annotations

import contextlib

from venvoy.cli import paint, words
from venvoy.cli.output import Outcome, quote
from venvoy.errors import Problem
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from venvoy.cli.request import Request
    from venvoy.operations.standalone.scenes import Done
    from venvoy.operations.standalone.sites import Site


def told(request: Request, site: Site, done: Done, names: Sequence[str]) -> Outcome:
    """The result in words."""
    return Outcome(done, notes=list(_notes(request, site, done, names)))


def _notes(request: Request, site: Site, done: Done, names: Sequence[str]) -> Iterator[str]:
    would = done.dry_run
    place = words.home(str(done.environment)) if done.user else words.shown(done.environment)
    for text in done.skipped:
        yield f"Not needed here, so it was left out: {text}"
    yield from words.changes(done.changes)
    if done.changes:
        yield words.counted(done.changes, place, dry_run=would)
    else:
        yield f"Nothing to do: all of it is in {place} already"
    yield from _besides(site, done)
    if done.user and done.changes and not would:
        there = f"With Python {done.python} it is there for you; " if request.output.command == "install" else ""
        yield f"{there}venvoy undo{site.option} takes that back"
    elif done.changes and not would and _is_elsewhere(request, site):
        yield f"venvoy undo --env {quote([place])} takes that back"
    if done.project and done.changes and not would:
        yield from _lasting(request, done, names)


def _is_elsewhere(request: Request, site: Site) -> bool:
    """Whether ``undo`` alone would be about something else: the project here, or another environment."""
    from venvoy.operations.project import nearest
    from venvoy.operations.standalone import sites

    if nearest(request.start) is not None:
        return site.located is None or site.located.directory != nearest(request.start)
    active = sites.active(request.bare().environ)
    return active is None or not active.exists() or not active.samefile(site.layout.root)


def _besides(site: Site, done: Done) -> Iterator[str]:
    """What was met on the way: other tools' distributions, what is left over, what hides what."""
    would = done.dry_run
    if done.adopted:
        yield f"{'Would take' if would else 'Took'} over what another tool had installed: {', '.join(done.adopted)}"
    if done.left:
        yield f"There already, from another tool, and left alone: {', '.join(done.left)}"
    for sentence in done.broken:
        yield f"Without what it needs now: {sentence}"
    if done.unneeded:
        again = f"venvoy uninstall{site.option} {' '.join(done.unneeded)}"
        yield f"Came along, and nothing needs it now: {', '.join(done.unneeded)}"
        yield f"  {paint.style('→', fg='green')} {again}"
    if any(change.name == "pip" and change.new is None for change in done.changes):
        yield "Without pip, the command pip of this environment no longer works; venvoy pip fix puts one there again"
    if done.lost and not would:
        yield f"venvoy undo cannot bring back what another tool had installed: {', '.join(done.lost)}"
    for one in done.shadows:
        winner, loser = words.home(one.winner), words.home(one.loser)
        yield f"{one.name} {one.wins} in {winner} hides {one.name} {one.loses} in {loser}"


def _lasting(request: Request, done: Done, names: Sequence[str]) -> Iterator[str]:
    """In a project's own environment the project says what belongs there."""
    verb, effect = ("add", "takes it out") if request.output.command == "install" else ("remove", "brings it back")
    yield f"This environment belongs to the project in {done.project}, whose next venvoy sync {effect}."
    again = " ".join((f"venvoy {verb}", *names))
    yield f"  {paint.style('→', fg='green')} {again}   is the lasting way"


def onto_path(request: Request, environ: Mapping[str, str], folder: str, *, given: bool, asking: bool) -> Iterator[str]:
    """Say what puts the folder of commands on PATH, and with consent do it."""
    from venvoy.operations.shells import activate, hook
    from venvoy.operations.standalone import search_path

    yield f"The commands are in {words.home(folder)}, which is not on PATH: your shell does not find them there."
    shell = None
    with contextlib.suppress(Problem):
        shell = activate.find_shell(environ, None).shell
    try:
        startup = search_path.adding(shell, environ, folder)
    except Problem as problem:
        for step in problem.fix:
            yield f"  {paint.style('→', fg='green')} {step}"
        return
    agreed = given
    if asking and not given and startup.changes:
        from venvoy.cli.consent import confirmed  # only who asks needs it

        agreed = confirmed(request.output, f"{startup.file} would get this line:\n  {startup.line}", "Add it?")
    if agreed and startup.changes:
        done = hook.carry_out(startup)
        yield f"Put this line into {done.file}:"
        yield f"  {done.line}"
        yield "Open a new shell to use it."
    elif startup.changes:
        yield f"  {paint.style('→', fg='green')} Put this line into {words.home(str(startup.file))}:"
        yield f"    {startup.line}"
        yield f"  {paint.style('→', fg='green')} or let venvoy do it: the same command with --add-to-path"
    else:
        yield f"{startup.file} puts it there, from the next shell on."
