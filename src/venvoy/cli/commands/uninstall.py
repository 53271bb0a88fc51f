"""``venvoy uninstall``."""

from __future__ import annotations

from venvoy.cli import grammar, options, paint
from venvoy.cli.installed_names import complete_installed
from venvoy.cli.installing import told
from venvoy.cli.output import Outcome
from venvoy.cli.request import Request
from venvoy.errors import Problem
from venvoy.operations import uninstall


@options.command(
    "uninstall",
    examples="""
    venvoy uninstall rich
    venvoy uninstall --yes rich           and what came along with it and nothing needs now
    venvoy uninstall --user rich          from what is installed for you alone
    venvoy uninstall --env tools rich     from another environment, by its folder
    """,
)
@grammar.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_installed)
@options.user("From what is installed for you alone, beside all environments.")
@grammar.option("--yes", is_flag=True, help="Do not ask; what nothing needs any more goes too.")
@grammar.option("--keep-unneeded", is_flag=True, help="Do not ask; what nothing needs any more stays.")
@grammar.option("--force", is_flag=True, help="Take it out although others need it.")
@options.break_system_packages
@options.dry_run
def command(
    request: Request,
    *,
    names: tuple[str, ...],
    user: bool,
    yes: bool,
    keep_unneeded: bool,
    force: bool,
    break_system_packages: bool,
    dry_run: bool,
) -> Outcome:
    """Take distributions out of the active environment.

    What came along with them and is needed by nothing else goes too if you say so; without a terminal it stays.
    """
    context, site = request.site_to_install_into(" ".join(names), user=user)
    if user:
        from venvoy.operations.standalone import user_site

        user_site.allow(context, site, f"uninstall --user {' '.join(names)}", given=break_system_packages)
    leaving = uninstall.look(context, site, names)
    also = yes
    asking = not (request.output.json or yes or dry_run) and paint.interactive()
    if leaving.broken and not force and asking:
        force = _ask(request, leaving)
    if leaving.unneeded and asking and not keep_unneeded and (force or not leaving.broken):
        from venvoy.cli.consent import confirmed  # only who asks needs it

        came = f"{', '.join(leaving.unneeded)} came along, and nothing needs that now."
        also = confirmed(request.output, came, "Take that out too?", usual=True)
    done = uninstall.uninstall(leaving, unneeded=also and not keep_unneeded, force=force, dry_run=dry_run)
    return told(request, site, done, names)


def _ask(request: Request, leaving: uninstall.Leaving) -> bool:
    from venvoy.cli.consent import confirmed  # as above

    if not confirmed(request.output, "\n".join(leaving.broken), "Take it out all the same?"):
        raise Problem("interrupted", "Stopped.", why="Nothing was changed.")
    return True
