"""Recordings in and out."""

from __future__ import annotations

import logging
import struct
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import AudioError
from ivr.recognise.audio import level, normalise_level, read_wav, resample, telephone_band, write_wav

BROKEN = Path(__file__).parents[3] / "shared" / "data" / "speech" / "broken"


def tone(rate: int, hertz: float = 440.0, seconds: float = 0.5) -> np.ndarray:
    """Return a sine at a third of full scale."""
    time_axis = np.arange(round(rate * seconds)) / rate
    return 0.3 * np.sin(2 * np.pi * hertz * time_axis)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 2), (44100, 1)])
def test_any_coding_rate_and_channels_sound_the_same(
    tmp_path: Path, subtype: str, container: str, rate: int, channels: int
) -> None:
    """Every kind of WAV becomes the same 8 kHz mono sound, within the coding's own noise."""
    file = tmp_path / "tone.wav"
    soundfile.write(file, np.repeat(tone(rate)[:, None], channels, axis=1), rate, subtype=subtype, format=container)
    samples = read_wav(file)
    assert samples.dtype == np.int16
    assert samples.shape == (4000,)
    error = samples[200:-200] - 32768 * tone(8000)[200:-200]
    assert np.sqrt(np.mean(error**2)) < 260


@pytest.mark.parametrize("name", ["awful.wav", "bad.wav", "evil.wav", "null.wav"])
def test_damaged_recordings_are_refused_in_one_line(name: str) -> None:
    """Real damaged files give one line that names the file."""
    if not BROKEN.is_dir():
        pytest.skip("the folder of damaged recordings is not here")
    with pytest.raises(AudioError, match=name) as caught:
        read_wav(BROKEN / name)
    assert "\n" not in str(caught.value)


def test_a_recording_cut_short_gives_what_it_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Half a file is half the sound, and the log says so in one line."""
    file = tmp_path / "cut.wav"
    soundfile.write(file, tone(8000), 8000, subtype="PCM_16")
    file.write_bytes(file.read_bytes()[:4044])
    with caplog.at_level(logging.WARNING):
        assert read_wav(file).size == 2000
    assert [record.message.count("cut short") for record in caplog.records] == [1]


@pytest.mark.parametrize("content", [b"", b"RIFF", b"hello, I am no sound\n" * 20, b"\0" * 5000])
@pytest.mark.parametrize("name", ["x.wav", "x.raw", "x"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, name: str) -> None:
    """An empty file, text or zeros are no recording, whatever they are called."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AudioError, match=name):
        read_wav(tmp_path / name)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """The path is in the message."""
    for path in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(AudioError, match=str(path)):
            read_wav(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 43), value=st.binary(min_size=1, max_size=4), cut=st.integers(0, 900))
def test_a_damaged_header_never_does_worse_than_an_error(tmp_path: Path, position: int, value: bytes, cut: int) -> None:
    """Any bytes in the header: sound, or AudioError, quickly."""
    sound = np.zeros(400, "<i2").tobytes()
    header = b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000,
        16000, 2, 16) + b"data" + struct.pack("<I", len(sound))  # fmt: skip
    content = bytearray(header + sound)
    content[position : position + len(value)] = value
    (tmp_path / "odd.wav").write_bytes(content[: len(content) - cut])
    with suppress(AudioError):
        assert read_wav(tmp_path / "odd.wav").dtype == np.int16


def test_half_an_hour_is_read_in_seconds_and_more_than_an_hour_not_at_all(tmp_path: Path) -> None:
    """A caller who left the line open does not stop the service."""
    soundfile.write(tmp_path / "long.wav", np.zeros(8000 * 1800, np.int16), 8000, subtype="ULAW")
    began = time.thread_time()
    assert read_wav(tmp_path / "long.wav").size == 8000 * 1800
    assert time.thread_time() - began < 10
    soundfile.write(tmp_path / "longer.wav", np.zeros(4000 * 3601, np.int16), 4000, subtype="ULAW")
    with pytest.raises(AudioError, match="longer than 60 minutes"):
        read_wav(tmp_path / "longer.wav")


def test_values_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    """Not-a-number and infinities in float files do not spread."""
    sound = np.array([0.0, np.nan, np.inf, -np.inf, 2.0] * 100)
    soundfile.write(tmp_path / "nan.wav", sound, 8000, subtype="FLOAT")
    assert read_wav(tmp_path / "nan.wav")[:5].tolist() == [0, 0, 32767, -32768, 32767]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """A mu-law file holds the samples within mu-law's own step, and no part of a file is left when it fails."""
    samples = (32768 * tone(8000)).astype(np.int16)
    write_wav(tmp_path / "a.wav", samples)
    assert soundfile.info(tmp_path / "a.wav").subtype == "ULAW"
    assert np.abs(read_wav(tmp_path / "a.wav").astype(int) - samples).max() <= 300
    with pytest.raises(AudioError, match="cannot be written"):
        write_wav(tmp_path / "missing" / "a.wav", samples)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_resampling_keeps_length_and_pitch() -> None:
    """Twice the rate is twice the samples, and a tone stays that tone."""
    samples = (32768 * tone(8000, 1000.0, 1.0)).astype(np.int16)
    doubled = resample(samples, 8000, 16000)
    assert doubled.size == 16000
    assert int(np.argmax(np.abs(np.fft.rfft(doubled)))) == 1000
    assert resample(samples, 8000, 8000) is samples


@pytest.mark.parametrize("gain", [0.005, 0.05, 1.0, 3.0])
def test_level_is_brought_to_the_target(gain: float) -> None:
    """Faint and loud recordings, also with a constant offset, come out alike."""
    samples = np.clip(32768 * gain * tone(8000) + 500, -32768, 32767).astype(np.int16)
    assert -24 < level(normalise_level(samples)) < -18


def test_silence_has_a_level_and_stays_silent() -> None:
    """Nothing divides by zero."""
    silent = np.zeros(800, np.int16)
    assert level(silent) == level(silent[:0]) == -96.0
    assert not normalise_level(silent).any()
    assert normalise_level(silent[:0]).size == 0


def test_a_telephone_passes_voice_and_stops_the_rest() -> None:
    """1000 Hz comes through, 100 Hz and 3800 Hz hardly."""
    levels = {h: level(telephone_band((32768 * tone(8000, h)).astype(np.int16))[400:-400]) for h in (100, 1000, 3800)}
    assert levels[1000] > -14
    assert levels[100] < levels[1000] - 15
    assert levels[3800] < levels[1000] - 20
