"""Makes the private environment that the tests, the linters and the examples run in.

Standard library only. The environment lives in the checkout, in ``.setup/<implementation>-<X.Y>-<purpose>``, and is
used again as long as a digest of pyproject.toml, this file, the interpreter and the platform stays the same; the digest
is written last, so a set-up that was interrupted is started over. ``python3 tests/bootstrap.py PURPOSE`` prints the
path of the environment's Python.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit
from urllib.request import ProxyHandler, Request, build_opener, getproxies, url2pathname

ROOT = Path(__file__).resolve().parent.parent
SETUP = ROOT / ".setup"
GROUPS = {"test": ("test",), "lint": ("test", "lint"), "examples": ()}
WINDOWS = os.name == "nt"
# What pip may be told about where distributions come from. All else (PIP_USER, PIP_TARGET, require-virtualenv, a
# constraint …) is about other environments than this one.
KEPT = {
    *("cache-dir", "cert", "client-cert", "default-timeout", "disable-pip-version-check", "extra-index-url"),
    *("find-links", "index-url", "keyring-provider", "no-cache-dir", "no-index", "proxy", "retries", "timeout"),
    *("trusted-host", "use-deprecated", "use-feature"),
}


class StepFailedError(Exception):
    """One way of doing something did not work; ``output`` is what the process said."""

    def __init__(self, what: str, output: str = "") -> None:
        super().__init__(what)
        self.output = output


def say(message: str) -> None:
    """Tell the person, without getting into data on standard output."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def stop(message: str) -> NoReturn:
    """End with a message and a failure code."""
    sys.stdout.flush()
    say(message)
    raise SystemExit(1)


def require_python() -> None:
    """End kindly when this Python is too old."""
    if sys.version_info < (3, 10):  # noqa: UP036 - this runs before anything has checked it
        stop(
            f"venvoy needs Python 3.10 or newer; this is Python {platform.python_version()} ({sys.executable}).\n"
            "→ Start it with a newer one, for instance: python3.12 tests"
        )


def environment(purpose: str) -> str:
    """Make the environment for a purpose (a key of GROUPS), or take the one that is there.

    Returns:
        The path of its Python.
    """
    require_python()
    flags = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    folder = SETUP / f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}{flags}-{purpose}"
    mark = folder / "complete"
    wanted = digest()
    if not up_to_date(mark, wanted):
        try:
            SETUP.mkdir(exist_ok=True)
            with lock(SETUP / "lock"):
                if not up_to_date(mark, wanted):
                    build(folder, purpose)
                    mark.write_text(wanted, encoding="utf-8")
        except OSError as error:
            stop(f"The private environment cannot be made in {folder}: {error}")
        except KeyboardInterrupt:
            stop("Interrupted. The next start begins the set-up anew.")
    return str(python_of(folder))


def digest() -> str:
    """Name everything that the environment depends on."""
    facts = [sys.version, sys.base_prefix, str(ROOT), platform.system(), platform.machine()]
    files = [(ROOT / "pyproject.toml").read_bytes(), Path(__file__).read_bytes()]
    return hashlib.sha256(
        b"\0".join([*files, *(fact.encode("utf-8", "surrogateescape") for fact in facts)])
    ).hexdigest()


def up_to_date(mark: Path, wanted: str) -> bool:
    """Tell whether the environment was finished with these inputs and its Python is still there."""
    try:
        return mark.read_text(encoding="utf-8") == wanted and python_of(mark.parent).exists()
    except OSError:
        return False


def python_of(folder: Path) -> Path:
    """Return the path of an environment's Python, on POSIX, Windows and MSYS2."""
    scripts = folder / "Scripts" / "python.exe"
    return scripts if WINDOWS and not (folder / "bin").is_dir() else folder / "bin" / ("python" + ".exe" * WINDOWS)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keep a second set-up waiting; the kernel frees the lock when its holder dies."""
    with path.open("a+b") as file:
        told = False
        while not try_lock(file.fileno()):
            if not told:
                say("Waiting for another set-up in this folder to finish …")
                told = True
            time.sleep(0.2)
        yield


def try_lock(descriptor: int) -> bool:
    """Take the lock if it is free."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def build(folder: Path, purpose: str) -> None:
    """Make the environment and install venvoy into it, whatever this Python lacks."""
    started = time.monotonic()
    say(f"Setting up a private environment in {folder.relative_to(ROOT)} (needed once; takes a minute or two) …")
    variables = child_variables()
    failures = []
    for name, way in (
        ("python -m venv", with_venv),
        ("python -m venv, with pip put in by another pip", with_venv_and_pip),
        ("virtualenv", with_virtualenv),
    ):
        remove(folder)
        try:
            way(folder, variables)
            run([python_of(folder), "-I", "-m", "pip", "--version"], variables)
        except (StepFailedError, OSError) as error:
            say(f"  {name} does not work here: {error}")
            failures.append(f"--- {name}: {error}\n{getattr(error, 'output', '')}".rstrip())
        else:
            say(f"  environment made with {name} ({time.monotonic() - started:.0f} s)")
            break
    else:
        say("\n".join(failures))
        stop("No environment could be made with this Python.\n" + advice())
    install(folder, purpose, variables)
    say(f"  venvoy and what it needs installed; done in {time.monotonic() - started:.0f} s")


def advice() -> str:
    """Give the one line that helps on this system."""
    if WINDOWS:
        return "→ Install Python from its official installer with 'pip' ticked, or type: py -m ensurepip"
    if shutil.which("apt-get"):
        return "→ Type: sudo apt install python3-venv"
    if shutil.which("dnf"):
        return "→ Type: sudo dnf install python3-pip"
    return f"→ Type: {sys.executable} -m ensurepip --user"


def with_venv(folder: Path, variables: dict[str, str]) -> None:
    """Use the standard library alone."""
    run([sys.executable, "-I", "-m", "venv", folder], variables)


def with_venv_and_pip(folder: Path, variables: dict[str, str]) -> None:
    """Put pip in afterwards (Debian splits ensurepip off)."""
    run([sys.executable, "-I", "-m", "venv", "--without-pip", folder], variables)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    purelib = run([python_of(folder), "-I", "-X", "utf8", "-c", code], variables).strip()
    run([*a_pip(variables), "install", "--target", purelib, "pip"], variables)


def with_virtualenv(folder: Path, variables: dict[str, str]) -> None:
    """Make the environment without the standard library's venv."""
    tools = SETUP / "virtualenv"
    remove(tools)
    run([*a_pip(variables), "install", "--target", tools, "virtualenv"], variables)
    tool_variables = {**variables, "PYTHONPATH": str(tools), "VIRTUALENV_OVERRIDE_APP_DATA": str(tools / "data")}
    run(
        [sys.executable, "-m", "virtualenv", "--no-periodic-update", "--python", sys.executable, folder], tool_variables
    )
    remove(tools)


def install(folder: Path, purpose: str, variables: dict[str, str]) -> None:
    """Install venvoy, editable, with the dependency groups of the purpose."""
    pip = [python_of(folder), "-I", "-m", "pip"]
    groups = [part for group in GROUPS[purpose] for part in ("--group", f"{ROOT / 'pyproject.toml'}:{group}")]
    try:
        found = re.match(r"pip (\d+)\.(\d+)", run([*pip, "--version"], variables))
        # --group came with pip 25.1
        if not found or (int(found[1]), int(found[2])) < (25, 1):
            run([*pip, "install", "--upgrade", "pip>=25.1"], variables)
        run([*pip, "install", *groups, "--editable", ROOT], variables)
    except StepFailedError as error:
        say(error.output)
        stop(f"venvoy could not be installed into {folder.relative_to(ROOT)}: pip's words are above.")


def a_pip(variables: dict[str, str]) -> list[str]:
    """Return the start of a command that runs some pip on the running Python: its own, else one from a wheel."""
    try:
        run([sys.executable, "-m", "pip", "--version"], variables)
    except StepFailedError:
        wheel = local_pip_wheel(variables) or downloaded_pip_wheel(variables)
        return [sys.executable, os.path.join(wheel, "pip")]  # noqa: PTH118 - a path into a zip
    return [sys.executable, "-m", "pip"]


def local_pip_wheel(variables: dict[str, str]) -> str | None:
    """Find pip's wheel in a folder of this machine: find-links, ensurepip's own, a Linux distribution's."""
    links = [url2pathname(link[5:]) if link.startswith("file:") else link for link in words(variables, "FIND_LINKS")]
    stdlib = Path(sysconfig.get_path("stdlib"))
    folders = [*map(Path, links), stdlib / "ensurepip" / "_bundled", Path("/usr/share/python-wheels")]
    found = [path for folder in folders if folder.is_dir() for path in folder.glob("pip-*.whl")]
    return str(max(found, key=lambda path: release(path.name))) if found else None


def downloaded_pip_wheel(variables: dict[str, str]) -> str:
    """Fetch pip's wheel from the index that pip's configuration names."""
    urls = [] if truthy(variables.get("PIP_NO_INDEX")) else words(variables, "INDEX_URL")
    if not urls:
        raise StepFailedError("this Python has no pip, and pip's configuration names no index to fetch it from")
    page_url = urls[0].rstrip("/") + "/pip/"
    page = fetch(page_url, variables).decode("utf-8", "replace")
    links: dict[tuple[int, ...], tuple[str, str]] = {}
    for anchor in re.findall(r"<a\s[^>]*>", page):
        attributes = {name: value.replace("&gt;", ">") for name, value in re.findall(r'([\w-]+)="([^"]*)"', anchor)}
        minimum = re.match(r">=3\.(\d+)$", attributes.get("data-requires-python", ""))
        fits = minimum is None or int(minimum[1]) <= sys.version_info[1]
        url, fragment = urldefrag(urljoin(page_url, attributes.get("href", "")))
        if fits and "data-yanked" not in attributes and re.search(r"/pip-[\d.]+-py3-none-any\.whl$", url):
            links[release(url)] = (url, fragment)
    if not links:
        raise StepFailedError(f"{bare(page_url)[0]} offers no pip that fits this Python")
    url, fragment = links[max(links)]
    data = fetch(url, variables)
    if fragment.startswith("sha256=") and hashlib.sha256(data).hexdigest() != fragment[7:]:
        raise StepFailedError(f"{bare(url)[0]} arrived damaged: its hash does not match")
    wheel = SETUP / url.rpartition("/")[2]
    wheel.write_bytes(data)
    return str(wheel)


def release(filename: str) -> tuple[int, ...]:
    """Read the version out of the name of pip's wheel."""
    return tuple(int(part) for part in re.findall(r"\d+", filename.rpartition("pip-")[2].partition("-")[0]))


def fetch(url: str, variables: dict[str, str]) -> bytes:
    """Get a URL the way pip's settings say."""
    from urllib.request import HTTPSHandler

    proxy = variables.get("PIP_PROXY")
    certificate = variables.get("PIP_CERT") or None
    proxies = {"http": proxy, "https": proxy} if proxy else getproxies()
    handlers = [ProxyHandler(proxies), HTTPSHandler(context=ssl.create_default_context(cafile=certificate))]
    timeout = float(variables.get("PIP_TIMEOUT") or variables.get("PIP_DEFAULT_TIMEOUT") or 60)
    url, credentials = bare(url)
    request = Request(url, headers={"Accept": "text/html, */*"})
    if credentials:
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials.encode()).decode())
    try:
        with build_opener(*handlers).open(request, timeout=timeout) as answer:
            data: bytes = answer.read()
    except (OSError, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise StepFailedError(f"{url} cannot be fetched: {error}") from None
    return data


def bare(url: str) -> tuple[str, str]:
    """Split the name and password off a URL."""
    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=host)), unquote(credentials)


def child_variables() -> dict[str, str]:
    """Return environment variables for pip and venv: no setting of another environment, only where things come from."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("PYTHON", "PIP_", "VIRTUALENV_", "__PYVENV")) and name != "VIRTUAL_ENV"
    }
    for name, value in pip_settings().items():
        variables["PIP_" + name.upper().replace("-", "_")] = value
    variables.update(PIP_CONFIG_FILE=os.devnull, PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONUTF8="1")
    return variables


def pip_settings() -> dict[str, str]:
    """Return what pip's configuration files and variables say about where distributions come from."""
    settings: dict[str, str] = {}
    for path in pip_configuration_files():
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError) as error:
            say(f"  {path} is not understood and is left out: {error}")
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update((name.replace("_", "-"), value) for name, value in parser.items(section))
    for name, value in os.environ.items():
        if name.upper().startswith("PIP_") and value:
            settings[name[4:].lower().replace("_", "-")] = value
    kept = {name: " ".join(value.split()) for name, value in settings.items() if name in KEPT and value}
    for name in {"cert", "client-cert", "find-links"} & kept.keys():
        # pip runs in another folder than the caller's
        absolute = (os.path.abspath(word) if os.path.exists(word) else word for word in kept[name].split())  # noqa: PTH100, PTH110 - some are URLs
        kept[name] = " ".join(absolute)
    return kept


def pip_configuration_files() -> list[Path]:
    """Return pip's configuration files, the weakest first."""
    own = os.environ.get("PIP_CONFIG_FILE", "")
    if own == os.devnull:
        return []
    home = Path.home()
    name = "pip.ini" if WINDOWS else "pip.conf"
    if WINDOWS:
        everyone = [Path(os.environ.get("PROGRAMDATA", "C:\\ProgramData"))]
        mine = [home / "pip", Path(os.environ.get("APPDATA", home / "AppData" / "Roaming")) / "pip"]
        everyone = [folder / "pip" for folder in everyone]
    else:
        shared = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        everyone = [Path(folder) / "pip" for folder in shared.split(os.pathsep) if folder] + [Path("/etc")]
        mine = [home / ".pip", Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip"]
        if sys.platform == "darwin":
            everyone.insert(0, Path("/Library/Application Support/pip"))
            if (support := home / "Library" / "Application Support" / "pip").is_dir():
                mine[1] = support
    folders = [*everyone, *mine, Path(sys.prefix)]
    return [folder / name for folder in folders] + ([Path(own)] if own else [])


def words(variables: dict[str, str], name: str) -> list[str]:
    """Split a setting that holds several values."""
    return variables.get("PIP_" + name, "").split()


def truthy(text: str | None) -> bool:
    """Read a switch the way pip does."""
    return (text or "").lower() in {"1", "true", "yes", "on", "y", "t"}


def run(command: list[object], variables: dict[str, str]) -> str:
    """Run a command in a folder where nothing can get in its way; return what it printed.

    Raises:
        StepFailedError: it did not start or did not succeed.
    """
    arguments = [str(part) for part in command]
    try:
        # not in the caller's folder: a file there that is called venv.py or pip.py would run in place of the real one
        result = subprocess.run(
            arguments, env=variables, cwd=SETUP, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError as error:
        raise StepFailedError(f"{arguments[0]} does not start: {error}") from None
    output, errors = (text.decode("utf-8", "replace") for text in (result.stdout, result.stderr))
    if result.returncode:
        lines = [line for line in (errors or output).splitlines() if line.strip()] or [f"code {result.returncode}"]
        telling = next((line for line in lines if "No module named" in line or line.startswith("ERROR")), lines[0])
        raise StepFailedError(telling.strip(), output + errors)
    return output


def remove(path: Path) -> None:
    """Take a folder out of the way at once, whatever still writes into it, and delete what can be deleted."""
    if path.exists():
        path.rename(path.with_name(f"old-{time.time_ns()}"))
    for leftover in SETUP.glob("old-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def hand_over(arguments: list[str], variables: dict[str, str] | None = None) -> int:
    """Run the real work in the checkout's folder, connected to the terminal; return its exit code."""
    process = subprocess.Popen(arguments, cwd=ROOT, env=variables)
    while process.poll() is None:
        # the child gets Ctrl-C too and ends by itself
        with suppress(KeyboardInterrupt):
            process.wait()
    return process.returncode


def main() -> int:
    """Set up the environment that is asked for and print its Python."""
    if len(sys.argv) != 2 or sys.argv[1] not in GROUPS:
        stop(f"usage: python3 tests/bootstrap.py {'|'.join(GROUPS)}")
    sys.stdout.write(environment(sys.argv[1]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
