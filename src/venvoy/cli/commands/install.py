"""``venvoy install``."""

from __future__ import annotations

from venvoy.cli import grammar, options, paint
from venvoy.cli.installing import onto_path, told
from venvoy.cli.output import Outcome, quote
from venvoy.cli.request import Request
from venvoy.errors import Problem
from venvoy.operations import install
from venvoy.operations.standalone import orders
from venvoy.operations.standalone.orders import Manner, Typed


@options.command(
    "install",
    examples="""
    venvoy install requests "flask>=3,<4"   into the environment that is active
    venvoy install -r requirements.txt      what a file of pip's kind asks for
    venvoy install --upgrade rich           the newest version; of everything without a name
    venvoy install --env tools ruff         into another environment, by its folder
    venvoy install --user rich              for you alone, outside of environments
    venvoy undo --user                      takes the last change back, which --user made
    """,
)
@grammar.argument("requirements", nargs=-1, metavar="[REQUIREMENT...]")
@grammar.option(
    "-r", "--requirement", "files", multiple=True, metavar="FILE", help="Install what a requirements file asks for."
)
@grammar.option(
    "-c", "--constraints", "bounds", multiple=True, metavar="FILE", help="Keep to the bounds in a constraints file."
)
@grammar.option("-e", "--editable", "editables", multiple=True, metavar="PATH", help="Install a folder as it is now.")
@grammar.option("-U", "--upgrade", is_flag=True, help="Look for newer versions of what is named, or of everything.")
@options.user("Install for you alone, beside all environments.")
@grammar.option("--adopt", is_flag=True, help="Take over what pip installed: lock it, replace it where that is needed.")
@options.break_system_packages
@grammar.option("--add-to-path", is_flag=True, help="With --user: put the folder of commands on PATH, without asking.")
@options.dry_run
def command(
    request: Request,
    *,
    requirements: tuple[str, ...],
    files: tuple[str, ...],
    bounds: tuple[str, ...],
    editables: tuple[str, ...],
    upgrade: bool,
    user: bool,
    adopt: bool,
    break_system_packages: bool,
    add_to_path: bool,
    dry_run: bool,
) -> Outcome:
    """Install into the active environment, with no project needed, or for you alone with --user.

    What is installed is locked in a pylock.toml of the environment's own, and can be undone. What another tool
    installed there is left alone, and taken into account. In a project, venvoy add is the lasting way.
    """
    if not (requirements or files or editables or upgrade or adopt):
        raise Problem(
            "usage",
            "Nothing is named to be installed.",
            fix=("venvoy install NAME", "venvoy install -r FILE", "venvoy install --upgrade   everything, anew"),
        )
    rest = [("-r", name) for name in files] + [("-e", name) for name in editables]
    words = quote([*requirements, *(word for pair in rest for word in pair)])
    lasting = f"venvoy add {words}   adds it to this project, and installs it into the project's environment"
    if {*requirements, *editables} == {"."}:
        lasting = "venvoy sync   installs this project, with what it needs"
    elif files:
        lasting = f"{quote(['venvoy', 'import', *files])}   makes it dependencies of this project"
    context, site = request.site_to_install_into(words, user=user, lasting=lasting)
    if user:
        from venvoy.operations.standalone import user_site

        user_site.allow(context, site, f"install --user {words}", given=break_system_packages)
    typed = Typed(requirements, files, bounds, editables)
    order = orders.gather(context, site, typed, request.start)
    again = quote(["venvoy", *(word for word in request.output.typed if word != "--json")])
    done = install.install(context, site, order, Manner(upgrade, adopt, dry_run, again))
    outcome = told(request, site, done, requirements)
    if done.scripts:
        asking = not request.output.json and paint.interactive()
        notes = onto_path(request, context.environ, done.scripts, given=add_to_path, asking=asking)
        outcome = Outcome(outcome.data, outcome.lines, [*outcome.notes, *notes])
    return outcome
