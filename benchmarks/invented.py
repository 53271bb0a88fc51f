"""Invented worlds: a package index that is the same for the same seed, served on the loopback interface.

    python3 benchmarks/invented.py "dense 1000" 0

prints one line of JSON (the address of the index, and what a project asks for) and serves from memory until it is
ended. Names have numbers, and each has releases 1 to 10, some worlds 1 to 30; metadata comes as PEP 658 has it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
from typing import NamedTuple

RELEASES = 10
ASKED = 20
NEAR = 0.9
HUBS = 10
SIMPLE = "application/vnd.pypi.simple.v1+json"


class World(NamedTuple):
    """What the project asks for, and by name the requirements of each release."""

    asked: list[str]
    releases: dict[str, list[list[str]]]


def few(size: int, dice: random.Random) -> World:
    """A tree of names with some links across. One requirement in fifty keeps its child from the newest release."""
    releases: dict[str, list[list[str]]] = {}
    for number in range(size):
        children = [child for child in range(number * 4 + ASKED, number * 4 + ASKED + 4) if child < size]
        children += [dice.randrange(number + 1, size) for _ in range(dice.randint(0, 2)) if number + 1 < size]
        rows = releases[f"p{number}"] = []
        for release in range(1, RELEASES + 1):
            bounds = [(max(1, release - dice.randint(0, 4)), dice.randrange(50)) for _ in children]
            rows.append(
                [
                    f"p{child}>={least}" + (f",<{RELEASES}" if least < RELEASES and not old else "")
                    for child, (least, old) in zip(children, bounds, strict=True)
                ]
            )
    return World([f"p{number}" for number in range(min(size, ASKED))], releases)


def dense(size: int, dice: random.Random) -> World:
    """Random ranges among neighbours; one release of each name is hidden, and these agree with one another."""
    answer = [dice.randint(RELEASES // 2, RELEASES) for _ in range(size)]
    releases: dict[str, list[list[str]]] = {}
    for number in range(size):
        rows = releases[f"p{number}"] = []
        for release in range(1, RELEASES + 1):
            needs = []
            for _ in range(dice.randint(1, 3)):
                near = dice.random() < NEAR
                child = dice.randrange(number, min(size, number + 30)) if near else dice.randrange(size)
                least, width = dice.randint(1, RELEASES), dice.randint(0, 6)
                most = least + width
                if release == answer[number]:
                    least, most = max(1, answer[child] - width), max(answer[child], answer[child] + 6 - width)
                if child != number:
                    needs.append(f"p{child}>={least},<={most}")
            rows.append(needs)
    return World([f"p{number}" for number in range(min(size, ASKED))], releases)


def hubs(size: int, dice: random.Random) -> World:
    """Everybody wants two of a few names, in random ranges; again one release of each name is hidden."""
    count = 30
    answer = [dice.randint(count // 2, count) for _ in range(size)]
    releases: dict[str, list[list[str]]] = {}
    for number in range(size):
        wanted = dice.sample([hub for hub in range(size - HUBS, size) if hub != number], 2)
        children = [child for child in (2 * number + ASKED, 2 * number + ASKED + 1) if child < size - HUBS]
        rows = releases[f"p{number}"] = []
        for release in range(1, count + 1):
            needs = [f"p{child}" for child in children]
            for hub in wanted:
                least, width = dice.randint(1, count), dice.randint(3, 12)
                most = least + width
                if release == answer[number]:
                    least, most = max(1, answer[hub] - width), answer[hub] + 3
                needs.append(f"p{hub}>={least},<={most}")
            rows.append(needs)
    return World([f"p{number}" for number in range(min(size, ASKED))], releases)


def clash(size: int, dice: random.Random) -> World:
    """As dense, but every release of the names in the middle excludes all of what others in the middle want."""
    world = dense(size, dice)
    for number in range(ASKED, 2 * ASKED):
        for release, needs in enumerate(world.releases[f"p{number - ASKED}"], 1):
            needs.append(f"p{number}>={1 + release % 2}")
        for release, needs in enumerate(world.releases[f"p{number}"], 1):
            needs.append(f"q{number % 3}=={release % 5 * 2 + number % 2 + 1}")
    for number in range(3):
        world.releases[f"q{number}"] = [[] for _ in range(RELEASES)]
    return world


def maze(size: int, dice: random.Random) -> World:
    """Chains beside one another. The end of each excludes most releases of its beginning; all the rest goes together.

    Plain backtracking tries all combinations of what lies between before it doubts a beginning.
    """
    releases: dict[str, list[list[str]]] = {}
    asked = []
    for number in range(size):
        asked.append(f"a{number}")
        releases[f"a{number}"] = [[f"b{number}"] for _ in range(RELEASES)]
        releases[f"b{number}"] = [[f"c{number}", f"b{(number + 7) % size}"] for _ in range(RELEASES)]
        releases[f"c{number}"] = [[f"z{number}>={release}"] for release in range(RELEASES)]
        good = dice.randint(1, 3)
        releases[f"z{number}"] = [[f"a{number}<={good}", f"c{(number + 11) % size}"] for _ in range(RELEASES)]
    return World(asked, releases)


KINDS = {"few": few, "dense": dense, "hubs": hubs, "clash": clash, "maze": maze}


def made(text: str, seed: int) -> World:
    """The world with a name such as ``dense 1000``."""
    kind, size = text.split()
    return KINDS[kind](int(size), random.Random(f"{text} {seed}"))


def answers(world: World) -> dict[bytes, bytes]:
    """Path → the whole HTTP answer."""
    found = {}
    for name, releases in world.releases.items():
        files = []
        for version, needs in enumerate(releases, 1):
            filename = f"{name}-{version}-py3-none-any.whl"
            lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Requires-Python: >=3.8"]
            metadata = "\n".join([*lines, *(f"Requires-Dist: {need}" for need in needs), "", ""]).encode()
            files.append(
                {
                    "filename": filename,
                    "url": f"../../files/{filename}",
                    "hashes": {"sha256": hashlib.sha256(filename.encode()).hexdigest()},
                    "requires-python": ">=3.8",
                    "core-metadata": {"sha256": hashlib.sha256(metadata).hexdigest()},
                    "size": 1000,
                    "upload-time": "2024-01-01T00:00:00Z",
                    "yanked": False,
                }
            )
            found[f"/files/{filename}.metadata".encode()] = _answer("text/plain", metadata)
        versions = [str(version) for version in range(1, len(releases) + 1)]
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": versions, "files": files}
        found[f"/simple/{name}/".encode()] = _answer(SIMPLE, json.dumps(page).encode())
    return found


def _answer(kind: str, body: bytes, status: str = "200 OK") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f'ETag: "{hashlib.sha256(body).hexdigest()[:16]}"\r\nCache-Control: max-age=3600\r\n\r\n'
    )
    return head.encode() + body


class _Answering(asyncio.Protocol):
    """HTTP/1.1 as far as clients need it that only ever get: connections stay open, requests come one by one."""

    def __init__(self, found: dict[bytes, bytes]) -> None:
        self._found = found
        self._waiting = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # what create_server makes
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport
        *requests, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1]
            self._transport.write(self._found.get(path) or _answer("text/plain", b"not here", "404 Not Found"))


async def serve(world: World) -> None:
    """Serve a world until the process is ended."""
    found = answers(world)
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(found), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/simple/"
    print(json.dumps({"index": address, "asked": world.asked}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(made(sys.argv[1], int(sys.argv[2]))))
