"""What the texts are made of, and how they are put together."""

from __future__ import annotations

from venvoy.values import dataclass

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "# venvoy"
"""How every text that is meant to be evaluated begins: what a hook catches may also be a help page."""


@dataclass(frozen=True, slots=True)
class Activation:
    """What is to be in force: the environment's folder, the folder of its commands, the name for the prompt.

    ``windows`` tells that these are paths of Windows, which Git Bash writes in another way. ``rest`` is what PATH holds
    without the folder of the commands: for the shells that cannot take an entry out themselves.
    """

    root: str
    scripts: str
    name: str
    windows: bool = False
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell that venvoy can speak to.

    ``activate`` makes the text that activates, ``deactivate`` the one that leaves an environment which this shell did
    not activate itself but got from the one that started it. ``hook`` takes the path of venvoy and whether entering a
    project activates it. ``evaluated`` is how this shell evaluates what a command prints, with ``<<command>>`` in it;
    ``elsewhere`` is the same with the path of an environment, ``<<path>>``, where quotes alone would not keep that
    together. ``source`` is how it runs the environment's own script, with ``<<path>>`` in it, and ``script`` that
    script's name. ``leave`` is what leaves an environment. ``installed`` is the line in its start-up file, with
    ``<<venvoy>>`` in it, which is how that is called (``<<text>>``: as a string), and ``<<words>>``. ``automatic``
    tells whether it can do something when the folder changes.
    """

    name: str
    quote: Callable[[str], str]
    activate: Callable[[Activation], str]
    deactivate: Callable[[Activation], str]
    hook: Callable[[str, bool], str]
    evaluated: str
    script: str
    source: str
    installed: str
    elsewhere: str = ""
    leave: str = "deactivate"
    automatic: bool = True


def fill(template: str, **values: str) -> str:
    """Put values into a template, where ``<<name>>`` stands; what a value contains is not looked at again."""
    head, *parts = template.split("<<")
    filled = (part.partition(">>") for part in parts)
    return head + "".join(values[name] + text for name, _, text in filled)


def plain_name(name: str) -> str:
    """A name that can stand in every prompt: without control characters, and without what a prompt would expand.

    A prompt is a little program in most shells, and some of them run what a folder's name would make them run.
    """
    return "".join("_" if letter in "$`\\" or not letter.isprintable() else letter for letter in name)
