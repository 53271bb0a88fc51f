"""Source trees that build without anything from an index: their backend lies in the tree, and does what a test says.

TinySource("demo", "1.0", requires=["helper"]).write(folder)      # demo-1.0.tar.gz
TinySource("demo", "1.0").unpacked(folder)                        # a folder
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.wheels import escaped

BACKEND = """\
import base64, hashlib, json, os, sys, zipfile

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny.json")) as file:
    SPEC = json.load(file)
STEM = "{}-{}".format(SPEC["name"].replace("-", "_"), SPEC["version"])


def _metadata():
    lines = ["Metadata-Version: 2.1", "Name: " + SPEC["name"], "Version: " + SPEC["version"]]
    return "\\n".join(lines + ["Requires-Dist: " + text for text in SPEC["requires"]] + [""])


def _run(hook, settings):
    print("running", hook, settings)
    exec(SPEC["scripts"].get(hook, ""), {"settings": settings})


def get_requires_for_build_wheel(config_settings=None):
    _run("get_requires", config_settings)
    return SPEC["build_requires"]


def _wheel(folder, files):
    files = dict(files)
    info = STEM + ".dist-info/"
    files[info + "METADATA"] = _metadata()
    head = "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\n"
    files[info + "WHEEL"] = head + "Tag: {}\\n".format(SPEC["tag"])
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        rows.append("{},sha256={},{}\\n".format(path, digest, len(text.encode())))
    files[info + "RECORD"] = "".join(rows) + info + "RECORD,,\\n"
    name = "{}-{}.whl".format(STEM, SPEC["tag"])
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _run("build_wheel", config_settings)
    module = SPEC["name"].replace("-", "_") + ".py"
    text = "VERSION = {!r}\\nSETTINGS = {!r}\\nPYTHON = {!r}\\n".format(SPEC["version"], config_settings, sys.version)
    return _wheel(wheel_directory, {module: text})
"""
PREPARE = """

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    _run("prepare_metadata", config_settings)
    folder = os.path.join(metadata_directory, STEM + ".dist-info")
    os.mkdir(folder)
    with open(os.path.join(folder, "METADATA"), "w") as file:
        file.write(_metadata())
    return STEM + ".dist-info"
"""
EDITABLE = """

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    _run("build_editable", config_settings)
    return _wheel(wheel_directory, {"__editable__." + STEM + ".pth": os.getcwd() + "\\n"})
"""


@dataclass(frozen=True)
class TinySource:
    """A source tree, or a source distribution of it, whose metadata is known only when its backend has run.

    ``says`` is the name and version that the backend says, where they are not those of the file. ``scripts`` are run by
    the hooks ``get_requires``, ``prepare_metadata``, ``build_wheel`` and ``build_editable``. ``system_requires`` stand
    in ``[build-system]``, ``build_requires`` are what the hook says. With ``static`` PKG-INFO tells everything.
    """

    name: str
    version: str = "1.0"
    requires: Sequence[str] = ()
    says: tuple[str, str] | None = None
    scripts: Mapping[str, str] = field(default_factory=dict)
    system_requires: Sequence[str] = ()
    build_requires: Sequence[str] = ()
    tag: str = "py3-none-any"
    prepare: bool = True
    editable: bool = True
    static: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    project: str = ""
    """Further text of pyproject.toml."""

    def contents(self) -> dict[str, str]:
        name, version = self.says or (self.name, self.version)
        spec = {
            "name": name,
            "version": version,
            "requires": list(self.requires),
            "scripts": dict(self.scripts),
            "build_requires": list(self.build_requires),
            "tag": self.tag,
        }
        metadata = "2.2" if self.static else "2.1"
        needs = "".join(f"Requires-Dist: {text}\n" for text in self.requires)
        return {
            "PKG-INFO": f"Metadata-Version: {metadata}\nName: {self.name}\nVersion: {self.version}\n{needs}",
            "pyproject.toml": (
                f"[build-system]\nrequires = {json.dumps(list(self.system_requires))}\n"
                f'build-backend = "tiny"\nbackend-path = ["backend"]\n{self.project}'
            ),
            "backend/tiny.py": BACKEND + PREPARE * self.prepare + EDITABLE * self.editable,
            "backend/tiny.json": json.dumps(spec),
            **self.files,
        }

    def write(self, folder: Path) -> Path:
        """Write the source distribution into a folder (made when missing)."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{escaped(self.name)}-{self.version}"
        path = folder / f"{stem}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, text in self.contents().items():
                member = tarfile.TarInfo(f"{stem}/{name}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        return path

    def unpacked(self, folder: Path) -> Path:
        """Write the tree into a folder."""
        for name, text in self.contents().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder
