"""A project in a small world: what is chosen for it, and what would be if its pyproject.toml said something else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from support.worlds import World, target
from venvoy.model.resolution import Resolution
from venvoy.model.target import Target
from venvoy.operations.project import Located
from venvoy.operations.resolving import fixes
from venvoy.operations.resolving.fixes import Proposal, Wish
from venvoy.resolver.no_solution import NoSolution
from venvoy.resolver.solve import resolve


@dataclass
class Tries:
    """Resolves in a small world, for one Python on Linux; ``tried`` holds every pyproject.toml."""

    provider: World
    minor: int = 11
    tried: list[str] = field(default_factory=list)

    platform = ""

    def targets(self, located: Located) -> list[Target]:
        return [target("linux", f"3.{self.minor}.7")]

    def choose(self, located: Located) -> Resolution:
        return self.choose_for(located, self.minor)

    def choose_for(self, located: Located, minor: int) -> Resolution:
        self.tried.append(located.text)
        return resolve(located.file.roots(), [target("linux", f"3.{minor}.7")], self.provider)


def project(*requirements: str, dev: tuple[str, ...] = (), python: str = "") -> Located:
    """A project that requires this; ``dev`` is its group of that name, ``python`` its requires-python."""
    lines = ["[project]", 'name = "shop"', f"dependencies = {list(requirements)!r}"]
    lines += [f'requires-python = "{python}"'] if python else []
    lines += ["[dependency-groups]", f"dev = {list(dev)!r}"] if dev else []
    return Located.of(Path("nowhere"), "\n".join(lines) + "\n")


def settle(world: str, located: Located, wish: Wish, minor: int = 11) -> Proposal:
    """The proposal that is wished for, in a world where the project has no solution."""
    tries = Tries(World(world), minor)
    try:
        tries.choose(located)
    except NoSolution as problem:
        return fixes.settle(problem, located, tries, wish)
    raise AssertionError("there is a solution")
