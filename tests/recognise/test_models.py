"""Installing and checking models: whole or not at all, from anywhere, and nothing outside its folder."""

from __future__ import annotations

import fcntl
import hashlib
import stat
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from ivr.errors import InputError, UnavailableError
from ivr.grammar.pronounce import Pronouncer
from ivr.recognise import install as installing
from ivr.recognise.builtin import model_folder
from ivr.recognise.graph.network import closed
from ivr.recognise.install import install
from ivr.recognise.models import KNOWN, check_model, installed_models, lacking
from ivr.settings import RecognitionSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Make a small real model folder that knows a few words."""
    network = closed([("council", "tax"), ("jane", "smith"), ("shiv", "on"), ("parking",)])
    pronounce = Pronouncer(root / "grammars").pronounce
    folder = model_folder(
        network, {word: pronounce(word) for word in network.vocabulary()}, tmp_path_factory.mktemp("m")
    )
    named = folder.with_name("vosk-model-test")
    folder.rename(named)
    return named


@pytest.fixture(scope="module")
def archive(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Zip it as the makers do: one folder inside."""
    path = tmp_path_factory.mktemp("zip") / "vosk-model-test.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file in sorted(model.rglob("*")):
            if file.is_file():
                zipped.write(file, f"vosk-model-test/{file.relative_to(model)}")
    return path


class Site(BaseHTTPRequestHandler):
    """A download site that can break off and go on."""

    content = b""
    break_after = 0
    asked: list[str] = []  # noqa: RUF012 - one server at a time

    def do_GET(self) -> None:
        """Send the content, from where the request says."""
        wanted = self.headers.get("Range", "")
        Site.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(self.content):
            self.send_response(416)
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(self.content) - start))
        self.end_headers()
        end = start + Site.break_after if Site.break_after else len(self.content)
        self.wfile.write(self.content[start:end])

    def log_message(self, *_args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def site(archive: Path) -> Iterator[str]:
    """Serve the archive on this machine."""
    Site.content, Site.break_after, Site.asked = archive.read_bytes(), 0, []
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/vosk-model-test.zip"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_folder_and_a_zip_are_installed_alike(model: Path, archive: Path, tmp_path: Path) -> None:
    """Air-gapped sites bring either; the result is the model's own folder among the models."""
    for number, source in enumerate((model, archive)):
        models = tmp_path / str(number)
        place = install(str(source), models)
        assert place == models / "vosk-model-test"
        assert installed_models(models) == (place,)
        assert (place / "am" / "final.mdl").read_bytes() == (model / "am" / "final.mdl").read_bytes()
        assert install(str(source), models) == place


def test_a_download_reports_and_is_checked(site: str, archive: Path, tmp_path: Path) -> None:
    """Progress reaches the whole size; the right checksum passes."""
    seen: list[tuple[int, int]] = []
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    place = install(site, tmp_path, checksum=digest, progress=lambda done, whole: seen.append((done, whole)))
    assert place.is_dir()
    assert seen[-1] == (len(Site.content), len(Site.content))


def test_a_download_goes_on_where_it_stopped(site: str, tmp_path: Path) -> None:
    """A line that breaks costs what was not yet there, not the whole again; nothing half is installed."""
    Site.break_after = len(Site.content) // 2
    with pytest.raises(UnavailableError, match="again to go on"):
        install(site, tmp_path)
    assert installed_models(tmp_path) == ()
    Site.break_after = 0
    assert install(site, tmp_path).is_dir()
    assert Site.asked == ["", f"bytes={len(Site.content) // 2}-"]


def test_a_wrong_checksum_is_refused_and_forgotten(site: str, tmp_path: Path) -> None:
    """Another file than expected is not unpacked, and not taken for a finished download next time."""
    with pytest.raises(InputError, match="SHA-256 differs"):
        install(site, tmp_path, checksum="0" * 64)
    assert installed_models(tmp_path) == ()
    assert install(site, tmp_path).is_dir()


def test_a_site_that_cannot_be_reached_is_one_line(tmp_path: Path) -> None:
    """No network is an environment error."""
    with pytest.raises(UnavailableError, match="again to go on"):
        install("http://127.0.0.1:9/model.zip", tmp_path)


def test_two_processes_do_not_fetch_into_one_file(site: str, tmp_path: Path) -> None:
    """While one fetches an archive, another is told to wait; afterwards nothing of the download is left."""
    part = tmp_path / ".downloads" / "vosk-model-test.zip.part"
    part.parent.mkdir()
    with part.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UnavailableError, match="another process"):
            install(site, tmp_path)
    assert install(site, tmp_path).is_dir()
    assert not list(part.parent.glob("*.zip*.part")) + list(part.parent.glob("*.zip"))


def test_a_file_of_ones_own_is_never_removed(archive: Path, tmp_path: Path) -> None:
    """A wrong checksum refuses an archive that was brought along, and leaves it where it is."""
    own = tmp_path / "own.zip"
    own.write_bytes(archive.read_bytes())
    with pytest.raises(InputError, match="SHA-256 differs"):
        install(str(own), tmp_path / "models", checksum="0" * 64)
    assert own.is_file()


def test_a_damaged_model_in_a_zip_is_named_by_the_zip(tmp_path: Path) -> None:
    """Not by the folder that it was unpacked in meanwhile."""
    damaged = _zip(tmp_path / "damaged.zip", ("model/am/final.mdl", "nonsense"), ("model/graph/HCLG.fst", "x"))
    with pytest.raises(InputError, match=r"damaged\.zip: am/final\.mdl is damaged"):
        install(str(damaged), tmp_path / "models")


def test_half_a_zip_is_refused(archive: Path, tmp_path: Path) -> None:
    """A half-downloaded archive is no whole zip file."""
    half = tmp_path / "half.zip"
    half.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(InputError, match="no whole zip"):
        install(str(half), tmp_path / "models")


def _zip(path: Path, *members: tuple[zipfile.ZipInfo | str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for member, content in members:
            zipped.writestr(member, content)
    return path


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/outside.txt", "model/../../outside.txt", "..\\outside.txt"])
def test_an_archive_may_not_write_outside(tmp_path: Path, name: str) -> None:
    """Paths that climb out of the folder are refused before anything is unpacked."""
    bad = _zip(tmp_path / "bad.zip", (name, "x"))
    with pytest.raises(InputError, match="outside its folder"):
        install(str(bad), tmp_path / "models")
    assert not (tmp_path / "outside.txt").exists()


def test_links_in_an_archive_are_refused(tmp_path: Path) -> None:
    """A link could point anywhere."""
    link = zipfile.ZipInfo("model/am/final.mdl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(InputError, match="holds a link"):
        install(str(_zip(tmp_path / "bad.zip", (link, "/etc/passwd"))), tmp_path / "models")


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that would fill the disk is refused by what it says it holds."""
    monkeypatch.setattr(installing, "LARGEST", 1000)
    with pytest.raises(InputError, match="would unpack to"):
        install(str(_zip(tmp_path / "bomb.zip", ("model/big", "0" * 100_000))), tmp_path / "models")


def test_a_full_disk_is_said_before_unpacking(tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How much is needed, and how much there is."""
    monkeypatch.setattr(installing, "SPARE", 1 << 60)
    with pytest.raises(UnavailableError, match="are needed"):
        install(str(archive), tmp_path / "models")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    """A zip of something else, a missing file, an empty folder: one line each, and nothing is left behind."""
    other = _zip(tmp_path / "other.zip", ("readme.txt", "hello"))
    for source, complaint in ((other, "holds no Vosk model"), (tmp_path / "none", "neither"), (tmp_path, "holds no")):
        with pytest.raises(InputError, match=complaint):
            install(str(source), tmp_path / "models")
    assert installed_models(tmp_path / "models") == ()
    assert not [path for path in (tmp_path / "models").iterdir() if path.name != ".downloads"]


def test_a_check_tells_what_a_model_knows(model: Path, root: Path) -> None:
    """Vocabulary, rate, grammar support, the names it can hear, and how close the others come."""
    found = check_model(model, ["jane smith", "council tax", "siobhan smith"], Pronouncer(root / "grammars").pronounce)
    assert (found.words, found.rate, found.grammars) == (7, 8000, False)
    assert (found.names, found.known) == (3, 2)
    assert [(r.name, r.said) for r in found.respelled] == [("siobhan", "shiv on")]
    assert any("no runtime grammars" in problem for problem in found.problems)


def test_what_the_sites_model_lacks(model: Path, root: Path, tmp_path: Path) -> None:
    """Each word it lacks with the words it is listened for as; the built-in recogniser takes any word."""
    pronounce = Pronouncer(root / "grammars").pronounce
    rules = RecognitionSettings(vosk_model=str(model))
    found = lacking(
        Settings(root=tmp_path, recognition=rules), ["jane", "siobhan", "zzyzx"], pronounce, lambda f, w: [*map(f, w)]
    )
    assert found is not None
    assert sorted(found) == ["siobhan", "zzyzx"]
    assert found["siobhan"] is not None
    assert found["siobhan"].said == "shiv on"
    assert lacking(Settings(root=tmp_path), ["jane"], pronounce, lambda f, w: [*map(f, w)]) is None


def test_known_models_are_complete() -> None:
    """Each has a licence, a size, a published word-error rate and an address."""
    for known in KNOWN:
        assert known.url.startswith("https://")
        assert known.megabytes > 0
        assert "%" in known.word_error
        assert known.licence
