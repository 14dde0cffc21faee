"""Installs a Vosk model from the makers' site, a mirror, a zip file or a folder, all or nothing.

A download goes on where it was cut off. An archive is unpacked aside and looked at before it is put in place by one
rename, so that a half-installed model is never there to be loaded, and two installations at once do no harm.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import stat
import tempfile
import urllib.error
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ivr.errors import InputError, UnavailableError
from ivr.recognise.models import KNOWN
from ivr.recognise.vosk_library import check_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[int, int], None]
    """Told bytes done and bytes in all (0: not known)."""

BLOCK = 1 << 18
TIMEOUT = 30.0
LARGEST = 16 << 30
"""Bytes that an archive may unpack to."""
MOST_FILES = 2000
SPARE = 64 << 20
"""Bytes of disk left free."""
_PARTIAL, _COMPLETE, _BEYOND = 206, 200, 416


def install(source: str, models: Path, *, checksum: str = "", progress: Progress | None = None) -> Path:
    """Install a model into the folder `models` and return its own folder.

    `source` is a known model's name, an http(s) address, a zip file or an unpacked folder; `checksum` the archive's
    SHA-256, by default the one in `KNOWN`. Raises InputError for a source that is no sound model, UnavailableError
    where the network or the disk fails, or another process fetches the same archive.
    """
    known = next((model for model in KNOWN if model.name == source), None)
    address = known.url if known else source
    checksum = checksum or (known.sha256 if known else "")
    try:
        models.mkdir(parents=True, exist_ok=True)
        if address.startswith(("http://", "https://")):
            archive = download(address, models, checksum=checksum, progress=progress)
            place = _from_archive(archive, models)
            archive.unlink(missing_ok=True)
            return place
        path = Path(address).expanduser()
        if path.is_dir():
            return _from_folder(path, models)
        if path.is_file():
            _check_sum(path, checksum)
            return _from_archive(path, models)
    except OSError as error:
        raise UnavailableError(f"{error.filename or models}: {error.strerror or error}") from error
    raise InputError("neither a known model nor a file, folder or address", where=source,
                     todo="see `ivr models list`")  # fmt: skip


def download(address: str, models: Path, *, checksum: str = "", progress: Progress | None = None) -> Path:
    """Fetch an archive into `models/.downloads`, going on where an earlier try stopped. Raises UnavailableError."""
    folder = models / ".downloads"
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / (PurePosixPath(address).name or "model.zip")
    part = whole.with_name(whole.name + ".part")
    with _alone(part):
        if not (whole.is_file() and zipfile.is_zipfile(whole)):
            _fetch_said(address, part, progress or (lambda _done, _all: None))
            part.replace(whole)
        try:
            _check_sum(whole, checksum)
        except InputError:
            whole.unlink()
            raise
    return whole


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Keep other processes from writing the same file. Raises UnavailableError where one is at it."""
    with part.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnavailableError(f"{part}: another process is fetching it; wait for that one to finish") from error
        yield


def _fetch_said(address: str, part: Path, progress: Progress) -> None:
    """Fetch, or say in one line why not."""
    try:
        _fetch(address, part, progress)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        why = getattr(error, "reason", error)
        why = getattr(why, "strerror", None) or why
        todo = "run the same command again to go on, or name a zip file"
        raise UnavailableError(f"{address}: {why}; {todo}") from error


def _fetch(address: str, part: Path, progress: Progress) -> None:
    done = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={done}-"} if done else {})  # noqa: S310 - checked
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310 - http and https only, by `install`
    except urllib.error.HTTPError as error:
        if error.code == _BEYOND:  # all of it is there already
            return
        raise
    with answer:
        if answer.status != _PARTIAL:
            done = 0
        length = int(answer.headers.get("Content-Length") or 0)
        _require_space(part.parent, length)
        with part.open("ab" if done else "wb") as out:
            while block := answer.read(BLOCK):
                out.write(block)
                done += len(block)
                length = max(length - len(block), 0)
                progress(done, done + length)
    if length:
        raise UnavailableError(f"{address}: cut off after {done:,} bytes; run the same command again to go on")


def _check_sum(archive: Path, checksum: str) -> None:
    if not checksum:
        return
    digest = hashlib.sha256()
    with archive.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != checksum.lower():
        raise InputError("is not the file expected (its SHA-256 differs)", where=str(archive), todo="fetch it again")


def _require_space(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted + SPARE > free:
        raise UnavailableError(
            f"{folder}: {wanted / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free; make room and try again"
        )


def _from_archive(archive: Path, models: Path) -> Path:
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = _checked(zipped, archive)
            _require_space(models, sum(member.file_size for member in members))
            with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=models) as aside:
                zipped.extractall(aside, members)
                return _put_in_place(_model_in(Path(aside), archive), models, archive.stem)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise InputError("is no whole zip file", where=str(archive), todo="fetch it again") from error


def _checked(zipped: zipfile.ZipFile, archive: Path) -> list[zipfile.ZipInfo]:
    """Return the members of an archive that is safe to unpack. Raises InputError for one that is not."""
    members = zipped.infolist()
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename:
            raise InputError(f"wants to write outside its folder ({member.filename})", where=str(archive))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise InputError(f"holds a link ({member.filename})", where=str(archive), todo="get the original archive")
    size = sum(member.file_size for member in members)
    if size > LARGEST or len(members) > MOST_FILES:
        raise InputError(f"would unpack to {size / 1e9:,.1f} GB in {len(members)} files", where=str(archive),
                         todo="get the original archive")  # fmt: skip
    return members


def _model_in(folder: Path, source: Path) -> Path:
    """Return the folder of the model inside an unpacked archive."""
    candidates = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
    for candidate in candidates:
        if (candidate / "am" / "final.mdl").is_file() or (candidate / "final.mdl").is_file():
            try:
                check_folder(candidate)
            except InputError as error:
                raise InputError(error.what, where=str(source), todo="get a Vosk model's archive again") from error
            return candidate
    raise InputError("holds no Vosk model (no am/final.mdl)", where=str(source), todo="get a Vosk model's archive")


def _from_folder(folder: Path, models: Path) -> Path:
    check_folder(folder)
    if folder.resolve().parent == models.resolve():
        return folder
    files = [path for path in folder.rglob("*") if path.is_file()]
    _require_space(models, sum(path.stat().st_size for path in files))
    with tempfile.TemporaryDirectory(prefix=".copying-", dir=models) as aside:
        copied = Path(aside) / folder.name
        shutil.copytree(folder, copied)
        return _put_in_place(copied, models, folder.resolve().name)


def _put_in_place(made: Path, models: Path, name: str) -> Path:
    """Rename the finished folder to its place; one that is there already, and sound, stays."""
    place = models / (name if made.name.startswith(".") else made.name)
    made.chmod(0o755)
    try:
        made.rename(place)
    except OSError:
        check_folder(place)
    return place
