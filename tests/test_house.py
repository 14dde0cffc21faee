"""The house itself: rooms import only what is below them, and nothing happens on import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = (
    "errors", "text", "model", "sites", "settings", "directory", "grammar", "recognise", "match", "dialogue", "skills",
    "records", "channels", "assembly", "web", "cli",
)  # fmt: skip
SOURCES = sorted((ROOT / "ivr").rglob("*.py"))


def _room(parts: tuple[str, ...]) -> str:
    return parts[1].removesuffix(".py") if len(parts) > 1 else ""


def _imports(path: Path) -> set[str]:
    """Modules of ours that the file imports, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} if node.module != "ivr" else {f"ivr.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("ivr.")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_the_rooms_below_it(path: Path) -> None:
    """Every import of ours goes to the same room or to one lower in the house."""
    room = _room(path.relative_to(ROOT).parts)
    if room in {"__init__", "__main__", ""}:
        return
    for name in _imports(path):
        other = _room(tuple(name.split(".")))
        if other == "__version__":
            continue
        assert FLOORS.index(other) <= FLOORS.index(room), f"{path.name} ({room}) imports {name}"


def test_importing_everything_does_nothing() -> None:
    """No heavy library is loaded, and nothing is printed, by importing the rooms a call passes through."""
    code = (
        "import sys, ivr.assembly, ivr.cli.app\n"
        "heavy = {'vosk', 'pocketsphinx', 'sounddevice', 'torch', 'sqlalchemy', 'flask', 'twilio'} & set(sys.modules)\n"
        "sys.exit(f'loaded on import: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_machine_is_named() -> None:
    """No file names a package index or a path of somebody's machine."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT).stdout.split(
        "\n"
    )
    needles = ("/" + "root/", "/" + "home/", "index" + "-url", "pypi" + ".org/simple")
    for name in listed:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".txt", ".csv", ".cfg", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [n for n in needles if n in text], name
