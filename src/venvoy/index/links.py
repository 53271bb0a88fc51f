"""Sources without the Simple API's protocol: folders of this machine, and pages of links (pip's find-links)."""

from __future__ import annotations

import threading

from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.formats import filenames, simple_api
from venvoy.index import faults
from venvoy.index.sources import as_address, as_path, is_local
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from venvoy.events import Reporter
    from venvoy.formats.simple_api import Page
    from venvoy.index.http import Http
    from venvoy.model.artifact import Artifact
    from venvoy.model.names import NormalizedName


def local_page(index: str, name: NormalizedName) -> Page | None:
    """The page of a project in an index that is a folder: ``NAME/index.html``, or else the files in ``NAME``.

    Raises:
        Problem: the page is there and cannot be read, or is garbage.
    """
    folder = as_path(index) / name
    page = folder / "index.html"
    try:
        return simple_api.parse(page.read_bytes(), "text/html", page.as_uri(), name)
    except (FileNotFoundError, NotADirectoryError):
        return simple_api.select(index, _listed(folder), name) if folder.is_dir() else None
    except OSError as error:
        raise fs.problem(error, "read this page of an index", page) from error


class Links:
    """Files that pages and folders of links offer; each is read once, when first needed.

    Args:
        places: addresses or paths: folders with files, files of links, pages of links.
        http: reads the pages.
        reporter: told about places that are not there.
    """

    def __init__(self, places: Sequence[str], http: Http, reporter: Reporter | None = None) -> None:
        self.places = places
        self._http = http
        self._reporter = reporter or Silent()
        self._lock = threading.Lock()
        self._found: list[tuple[str, Sequence[Mapping[str, Any]]]] | None = None

    def artifacts(self, name: NormalizedName) -> list[Artifact]:
        """The files of a project, in no order.

        Raises:
            Problem: a place cannot be read; one that does not exist is only reported.
        """
        if not self.places:
            return []
        with self._lock:
            if self._found is None:
                self._found = [read for place in self.places if (read := self._read(place))]
        made: list[Artifact] = []
        for base, files in self._found:
            page = simple_api.select(base, files, name)
            for number, text in enumerate(page.versions):
                version = filenames.version(text)
                if version is not None:
                    made.extend(simple_api.artifacts(page.rows(number, name), name, version))
        return list({artifact.filename: artifact for artifact in reversed(made)}.values())

    def _read(self, place: str) -> tuple[str, Sequence[Mapping[str, Any]]] | None:
        if is_local(place):
            return self._read_local(as_path(as_address(place)))
        try:
            answer = self._http.get(place, {"Accept": "text/html"}, accept=(200, 404, 410))
        except Problem as problem:
            if problem.code != "offline":
                raise
            self._reporter.remark(f"Working offline, so the links of {faults.shown(place)} are left out.")
            return None
        if answer.status != 200:  # noqa: PLR2004 - OK
            self._reporter.warn(f"There is no page of links at {faults.shown(place)} (find-links).")
            return None
        return simple_api.parse_html(answer.body, answer.url)

    def _read_local(self, path: Path) -> tuple[str, Sequence[Mapping[str, Any]]] | None:
        try:
            if path.is_dir():
                return path.as_uri() + "/", _listed(path)
            return simple_api.parse_html(path.read_bytes(), path.as_uri())
        except FileNotFoundError:
            self._reporter.warn(f"There is no folder {path} (find-links).")
            return None
        except OSError as error:
            raise fs.problem(error, "read this folder of links", path) from error


def _listed(folder: Path) -> list[dict[str, Any]]:
    """The files of a folder as PEP 691 file objects."""
    suffixes: Iterable[str] = (".whl", *filenames.SDIST_SUFFIXES)
    with fs.attempting("list this folder", folder):
        paths = [path for path in sorted(folder.iterdir()) if path.name.endswith(tuple(suffixes)) and path.is_file()]
        return [{"filename": path.name, "url": path.as_uri(), "size": path.stat().st_size} for path in paths]
