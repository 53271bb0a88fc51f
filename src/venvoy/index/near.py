"""What somebody may have meant by a name that no index knows."""

from __future__ import annotations

import sys
from pathlib import Path

from venvoy.errors import Problem
from venvoy.model.names import canonicalize_name
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from venvoy.model.names import NormalizedName

IMPORT_NAMES = {
    "attr": "attrs",
    "bio": "biopython",
    "bs4": "beautifulsoup4",
    "crypto": "pycryptodome",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "discord": "discord.py",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "github": "PyGithub",
    "gi": "PyGObject",
    "google-protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "mpl-toolkits": "matplotlib",
    "multipart": "python-multipart",
    "mysqldb": "mysqlclient",
    "nacl": "PyNaCl",
    "openssl": "pyOpenSSL",
    "osgeo": "GDAL",
    "pil": "pillow",
    "pkg-resources": "setuptools",
    "pptx": "python-pptx",
    "pyaudio": "PyAudio",
    "pythoncom": "pywin32",
    "pywintypes": "pywin32",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socks": "PySocks",
    "speech-recognition": "SpeechRecognition",
    "telegram": "python-telegram-bot",
    "usb": "pyusb",
    "vlc": "python-vlc",
    "websocket": "websocket-client",
    "win32api": "pywin32",
    "win32com": "pywin32",
    "win32con": "pywin32",
    "win32gui": "pywin32",
    "wx": "wxPython",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
"""Names that are imported, normalized, and the distribution that people mean by them."""

_MOST = 3
_ALIKE = 0.75


def well_known() -> list[str]:
    """Names of a few hundred distributions that many people use, normalized or not."""
    return Path(__file__).with_name("well_known.txt").read_text(encoding="utf-8").split()


def suggestions(name: NormalizedName, known: Iterable[str]) -> list[str]:
    """Names that look like ``name``, the likeliest first."""
    if name in IMPORT_NAMES:
        return [IMPORT_NAMES[name]]
    candidates = {str(canonicalize_name(text)) for text in known} - {name}
    bare = name.replace("-", "")
    same = sorted(text for text in candidates if text.replace("-", "") == bare)
    import difflib  # noqa: PLC0415 - only for a mistake

    alike = difflib.get_close_matches(name, sorted(candidates), _MOST, _ALIKE)
    return list(dict.fromkeys([*same, *alike]))[:_MOST]


def unknown(name: NormalizedName, known: Iterable[str], indexes: Sequence[str]) -> Problem:
    """The Problem for a name that no index knows; ``indexes`` are those that were asked, fit for people to see."""
    asked = f"Asked: {', '.join(indexes)}" if indexes else "No index is configured."
    module = name.replace("-", "_")
    if module in {standard.lower() for standard in sys.stdlib_module_names}:
        return Problem(
            "project-unknown",
            f"There is no distribution called {name}.",
            why=f"{module} is part of Python itself: there is nothing to install.",
            fix=(f"Remove {name} from what you ask for, and use it with: import {module}",),
            data={"name": name, "suggestions": []},
        )
    if name in {"python", "python3", "cpython"}:
        return Problem(
            "project-unknown",
            f"There is no distribution called {name}.",
            why="Python itself is not installed with a project. Which ones it works with stands in requires-python.",
            fix=(
                "venvoy python list   shows those that are on this computer",
                "venvoy python pin VERSION   chooses one",
            ),
            data={"name": name, "suggestions": []},
        )
    near = suggestions(name, known)
    meant = f"Did you mean {_either(near)}?" if near else "Check the spelling."
    why = asked
    if name in IMPORT_NAMES:
        why = f"{asked}\nA distribution may have another name than what is imported."
    return Problem(
        "project-unknown",
        f"There is no distribution called {name}.",
        why=why,
        fix=(meant,),
        data={"name": name, "suggestions": near},
    )


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
