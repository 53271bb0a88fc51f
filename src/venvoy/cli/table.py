"""The commands: their names and what is said of each in one line. Their code is in ``venvoy.cli.commands``."""

from __future__ import annotations

COMMANDS = {
    "init": "Make a folder a project: pyproject.toml, environment, lockfile.",
    "add": "Add dependencies, lock them, install them.",
    "remove": "Remove dependencies.",
    "update": "Take newer versions, lock them, install them.",
    "lock": "Write pylock.toml: what exactly is to be installed.",
    "sync": "Make the environment equal to the lockfile.",
    "install": "Install into the active environment, or for you alone.",
    "uninstall": "Take distributions out of the active environment.",
    "undo": "Take back the last change of a project, or of an environment.",
    "redo": "Do again what was undone.",
    "history": "Show what changed the project, and when.",
    "run": "Run a command in the project's environment.",
    "activate": "Activate an environment in your shell, or say what to type there.",
    "deactivate": "Leave the environment that is active in your shell.",
    "shell": "Start a shell in which the environment is active.",
    "hook": "Print or install what lets venvoy change your shell.",
    "trust": "Let entering a project activate its environment.",
    "venv": "Create an environment without a project.",
    "python": "Look at the Pythons on this computer, and pin one.",
    "pip": "Check whether pip fits its Python, and mend it.",
    "envs": "List, clear away and mend the environments on this computer.",
    "freeze": "Print what is installed, in pip's format.",
    "list": "List what is installed in the environment.",
    "tree": "Show who needs what.",
    "show": "Show what is known about one installed distribution.",
    "why": "Show why a distribution is locked: every path that leads to it.",
    "why-not": "Show what keeps a version out, and what it would take to get it.",
    "verify": "Check every file of the environment, and mend what is damaged.",
    "store": "Look after the store: the wheels that environments are filled from.",
    "outdated": "List what is newer than the lockfile, and what holds it back.",
    "import": "Take over what pip, pipenv, Poetry, PDM, uv or conda keep in files.",
    "export": "Write what is locked as a file for pip and other tools.",
    "completion": "Print the script that completes venvoy's commands in your shell.",
}
"""Every command with its one line of help, in the order people meet them. Its code is imported when it is used."""

ELSEWHERE = {
    "new": "init",
    "create": "init",
    "exec": "run",
    "compile": "lock",
    "env": "envs",
    "pip install": "add",
    "pip uninstall": "remove",
    "pip list": "list",
    "pip freeze": "freeze",
    "pip show": "show",
}
"""Commands that people know from other tools, and what they are here."""

OPTIONS_ELSEWHERE = {
    "venvoy add -r": "venvoy import FILE   takes over what a requirements file asks for",
    "venvoy list --outdated": "venvoy outdated   lists what is newer",
    "venvoy run -c": "venvoy run python -c CODE",
    "venvoy run -m": "venvoy run python -m MODULE",
    "venvoy sync --dev": "venvoy sync   installs the group dev too; --no-dev leaves it out",
}
"""The same for options: what to type instead."""
