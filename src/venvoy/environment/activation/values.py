"""What the texts are made of, and how they are put together."""

from __future__ import annotations

from venvoy.values import dataclass, field

TYPE_CHECKING = False  # as type checkers want it, without the 9 ms of typing
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    """A shell that venvoy can speak to: templates of what it evaluates, and how a word is written there.

    ``quote`` writes a word of a line that is typed, ``inside`` one of a template, where that is another thing. In the
    templates stand ``<<mark>>``; in the hooks ``<<program>>``, the path of venvoy; in the others the parts of an
    :class:`Activation`, with ``<<prompt>>`` for its name in brackets; ``words`` are those that a shell writes in a way
    of its own. ``deactivation`` leaves an environment which this shell did not activate itself but got from the one
    that started it. ``auto_hook`` is the hook with which entering a project activates its environment; empty where
    nothing can be done when the folder changes. ``evaluated`` is how this shell evaluates what a command prints, with
    ``<<command>>`` in it; ``elsewhere`` is the same with the path of an environment, ``<<path>>``, where quotes alone
    would not keep that together. ``source`` is how it runs the environment's own script, with ``<<path>>`` in it, and
    ``script`` that script's name. ``leave`` is what leaves an environment. ``installed`` is the line in its start-up
    file, with ``<<venvoy>>`` in it, which is how that is called (``<<text>>``: as a string), and ``<<words>>``.
    """

    name: str
    quote: Callable[[str], str]
    activation: str
    deactivation: str
    plain_hook: str
    auto_hook: str
    evaluated: str
    script: str
    source: str
    installed: str
    elsewhere: str = ""
    leave: str = "deactivate"
    inside: Callable[[str], str] | None = None
    words: Mapping[str, Callable[[Activation], str]] = field(default_factory=dict, hash=False)

    def activate(self, made: Activation) -> str:
        """The text that activates."""
        return self._text(self.activation, made)

    def deactivate(self, made: Activation) -> str:
        """The text that leaves an environment which came from the program that started this shell."""
        return self._text(self.deactivation, made)

    def hook(self, program: str, *, auto: bool) -> str:
        """What stands in for venvoy in this shell."""
        written = (self.inside or self.quote)(program)
        return fill(self.auto_hook if auto else self.plain_hook, mark=f"{MARK} {self.name}", program=written)

    def _text(self, template: str, made: Activation) -> str:
        write = self.inside or self.quote
        words: dict[str, Callable[[Activation], str]] = {
            "mark": lambda _: f"{MARK} {self.name}",
            "root": lambda made: write(made.root),
            "scripts": lambda made: write(made.scripts),
            "name": lambda made: write(made.name),
            "prompt": lambda made: write(f"({made.name}) "),
            "rest": lambda made: write(made.rest),
            **self.words,
        }
        return fill(template, **{name: word(made) for name, word in words.items() if f"<<{name}>>" in template})


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
