"""The real libvosk on the built-in model: it hears whole sentences, streams, shares, and fails in one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ivr.errors import InputError, RecogniserError, UnavailableError
from ivr.grammar.pronounce import Pronouncer
from ivr.grammar.tree import Alternatives, Grammar, Maybe, Repeat, Sentence, Sequence, Slot, SlotValue, Words
from ivr.model import Target, TargetKind
from ivr.recognise.audio import read_wav
from ivr.recognise.base import Recogniser
from ivr.recognise.builtin import model_folder, with_endpoint
from ivr.recognise.builtin_ears import builtin_recogniser, loop_folder
from ivr.recognise.graph.network import UNKNOWN, bigrams, closed
from ivr.recognise.installed_ears import covering_phrases, installed_recogniser
from ivr.recognise.vosk import joined, readings
from ivr.recognise.vosk_library import check_folder, load_model, new_decoder, sample_rate, takes_grammars, vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.recognise.base import Samples
    from ivr.recognise.vosk import VoskRecogniser

NAMES = (
    "huw llewellyn", "margaret holloway", "brendan o'rourke", "council tax", "parking permits", "karen wong",
    "environmental health", "thomas fletcher", "wojciech nowak", "registrars", "jane smith", "libraries",
)  # fmt: skip
FRAMES = (
    "can i speak to",
    "could you put me through to",
    "i'd like to speak to",
    "good morning could you put me through to",
)
HEARD = {
    "full-name-1.wav": "could you put me through to huw llewellyn please",
    "bare-name-1.wav": "margaret holloway",
    "department-1.wav": "council tax please",
    "department-in-a-sentence-1.wav": "good morning could you put me through to environmental health please",
}


def words(text: str) -> Words:
    """Make an expression of words."""
    return Words(tuple(text.split()))


def either(*texts: str) -> Alternatives:
    """Make an expression of alternatives."""
    return Alternatives(tuple(map(words, texts)))


@pytest.fixture(scope="module")
def pronouncer(root: Path) -> Pronouncer:
    """Say every word as the sample site does."""
    return Pronouncer(root / "grammars")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep this module's graphs."""
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def grammars() -> dict[str, Grammar]:
    """Make a grammar of names in frames, and one of digits."""
    values = tuple(SlotValue(name, Target(TargetKind.ENTRY, name.replace(" ", "-"))) for name in NAMES)
    named = Sentence(Sequence((Maybe(either(*FRAMES)), Slot("name"), Maybe(words("please")))))
    answers = Sentence(either("yes", "no"))
    digits = Sentence(Repeat(either("one", "two", "three", "four", "five"), 1, 4))
    return {
        "directory": Grammar("directory", (named,), {}, {"name": values}),
        "yes_no": Grammar("yes_no", (answers,)),
        "digits": Grammar("digits", (digits,)),
    }


@pytest.fixture(scope="module")
def recogniser(grammars: dict[str, Grammar], pronouncer: Pronouncer, cache: Path) -> VoskRecogniser:
    """Make a recogniser on the built-in model."""
    return builtin_recogniser(grammars, pronouncer.pronounce, cache)


def call(root: Path, name: str) -> Samples:
    """Read one of the sample calls."""
    return read_wav(root / "audio" / "calls" / name)


def hear(recogniser: VoskRecogniser, samples: Samples, grammar: str = "directory", portion: int = 1600) -> list[str]:
    """Feed samples in portions; return each partial, then the text."""
    hearing = recogniser.start(grammar)
    partials = [hearing.feed(samples[start : start + portion]) for start in range(0, samples.size, portion)]
    return [*partials, hearing.finish().text]


def test_it_is_a_recogniser(recogniser: VoskRecogniser) -> None:
    """It promises what it does: grammars, streaming, times, and not to hold Python's lock."""
    assert isinstance(recogniser, Recogniser)
    capabilities = recogniser.capabilities
    assert capabilities.engine == "vosk"
    assert capabilities.streaming
    assert not capabilities.holds_lock


@pytest.mark.parametrize(("recording", "said"), HEARD.items())
def test_whole_sentences_are_heard(recogniser: VoskRecogniser, root: Path, recording: str, said: str) -> None:
    """Names and departments in and out of polite frames, a name that no dictionary has among them."""
    assert hear(recogniser, call(root, recording))[-1] == said


def test_words_come_with_times_in_order(recogniser: VoskRecogniser, root: Path) -> None:
    """Each word has a start and an end within the recording, one after the other."""
    samples = call(root, "full-name-1.wav")
    hearing = recogniser.start("directory")
    hearing.feed(samples)
    best = hearing.finish().hypotheses[0]
    assert [word.word for word in best.words] == best.text.split()
    times = [time for word in best.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 < times[0] < times[-1] < samples.size / 8000


def test_partials_grow_towards_the_result(recogniser: VoskRecogniser, root: Path) -> None:
    """While audio is fed the text so far is there, well before the end."""
    *partials, text = hear(recogniser, call(root, "full-name-1.wav"))
    assert any(partial and text.startswith(partial) for partial in partials[: len(partials) * 3 // 4])


def test_portions_do_not_change_the_result(recogniser: VoskRecogniser, root: Path) -> None:
    """20 ms at a time, 200 ms, or all at once: the same recognition, confidence and all."""
    samples = call(root, "department-in-a-sentence-1.wav")
    found = []
    for portion in (160, 1111, 1600, samples.size):
        hearing = recogniser.start("directory")
        for start in range(0, samples.size, portion):
            hearing.feed(samples[start : start + portion])
        found.append(hearing.finish().hypotheses)
    assert all(other == found[0] for other in found)


def test_threads_share_one_recogniser(recogniser: VoskRecogniser, root: Path) -> None:
    """Several callers at once each get what they said."""
    jobs = [(call(root, recording), said) for recording, said in HEARD.items()] * 3
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda job: hear(recogniser, job[0])[-1], jobs))
    assert heard == [said for _, said in jobs]


def test_strangers_are_not_believed(recogniser: VoskRecogniser, root: Path) -> None:
    """A closed grammar always hears something; how sure it is tells what was said from what was not."""
    sure = []
    for recording, grammar in (("department-1.wav", "directory"), ("department-in-a-sentence-1.wav", "digits")):
        hearing = recogniser.start(grammar)
        hearing.feed(call(root, recording))
        sure.append(sum(h.confidence or 0.0 for h in hearing.finish().hypotheses))
    assert sure[0] > 0.6
    assert sure[1] < 0.2


def test_alternatives_are_scored_and_share_the_confidence(recogniser: VoskRecogniser, root: Path) -> None:
    """Readings are distinct, best first, their confidences adding up to one at most."""
    hearing = recogniser.start("directory")
    hearing.feed(call(root, "bare-name-1.wav"))
    hypotheses = hearing.finish().hypotheses
    confidences = [hypothesis.confidence or 0.0 for hypothesis in hypotheses]
    assert len({hypothesis.text for hypothesis in hypotheses}) == len(hypotheses)
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) <= 1.001


def test_silence_is_no_speech(recogniser: VoskRecogniser) -> None:
    """Nothing said is nothing recognised: silence, hiss, and no samples at all."""
    hiss = np.random.default_rng(0).normal(0, 20, 16000).astype(np.int16)
    for samples in (np.zeros(16000, np.int16), hiss, np.zeros(0, np.int16)):
        hearing = recogniser.start("directory")
        hearing.feed(samples)
        heard = hearing.finish()
        assert not heard.speech
        assert heard.text == ""


def test_an_utterance_has_a_longest_length(
    grammars: dict[str, Grammar], pronouncer: Pronouncer, cache: Path, root: Path
) -> None:
    """What goes on too long is not listened to: memory and time stay bounded."""
    brief = builtin_recogniser(grammars, pronouncer.pronounce, cache, longest=1.0)
    hearing = brief.start("directory")
    for _ in range(5):
        hearing.feed(call(root, "department-1.wav"))
    assert hearing.finish().audio_seconds == pytest.approx(1.0)


def test_a_grammar_can_be_narrowed(recogniser: VoskRecogniser, root: Path) -> None:
    """With only some targets left, nothing else is heard."""
    hearing = recogniser.start("directory", only=frozenset(("entry:council-tax", "entry:jane-smith")))
    hearing.feed(call(root, "bare-name-1.wav"))
    assert "margaret" not in hearing.finish().text


def test_an_unknown_grammar_is_refused(recogniser: VoskRecogniser) -> None:
    """The message names the grammars there are."""
    with pytest.raises(RecogniserError, match="known: digits, directory, yes_no"):
        recogniser.start("nonsense")


def test_graphs_are_cached_by_content(tmp_path: Path) -> None:
    """The same words give the same folder at once; other pronunciations another; a damaged one is made again."""
    network, lexicon = closed([("yes",), ("no",)]), {"yes": (("Y", "EH", "S"),), "no": (("N", "OW"),)}
    folder = model_folder(network, lexicon, tmp_path)
    before = (folder / "graph" / "HCLG.fst").stat().st_mtime_ns
    assert model_folder(network, lexicon, tmp_path) == folder
    assert (folder / "graph" / "HCLG.fst").stat().st_mtime_ns == before
    assert model_folder(network, lexicon | {"no": (("N", "AA"),)}, tmp_path) != folder
    (folder / "graph" / "HCLG.fst").write_bytes(b"cut")
    assert model_folder(network, lexicon, tmp_path) == folder
    load_model(folder)
    assert not list(tmp_path.glob(".building*"))


def test_two_processes_may_compile_at_once(tmp_path: Path) -> None:
    """Both end with the one whole folder."""
    script = (
        "from pathlib import Path; import sys; from ivr.recognise.builtin_ears import loop_folder;"
        "print(loop_folder(Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    folders = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert folders == {str(loop_folder(tmp_path))}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_disk_is_one_clear_line(tmp_path: Path) -> None:
    """A cache that cannot be written says so, and which setting to change."""
    tmp_path.chmod(0o500)
    with pytest.raises(UnavailableError, match=r"set \[recognition\] cache"):
        loop_folder(tmp_path / "graphs")


def test_a_cache_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    """Likewise where the folder cannot be made at all."""
    (tmp_path / "graphs").write_text("")
    with pytest.raises(UnavailableError, match="cannot store a compiled grammar") as raised:
        loop_folder(tmp_path / "graphs")
    assert "\n" not in str(raised.value)


def test_a_word_without_sounds_is_a_recogniser_error(grammars: dict[str, Grammar], cache: Path) -> None:
    """A caller's turn ends in one clear line, not in a traceback."""
    with pytest.raises(RecogniserError, match="no pronunciation"):
        builtin_recogniser(grammars, lambda _word: (), cache).start("yes_no")


def test_vosk_ends_an_utterance_where_asked(cache: Path, root: Path) -> None:
    """With an endpoint set, libvosk itself says when the caller has finished; the stretches join."""
    lexicon = {"council": (("K", "AW", "N", "S", "AH", "L"),), "tax": (("T", "AE", "K", "S"),),
               "please": (("P", "L", "IY", "Z"),)}  # fmt: skip
    folder = model_folder(closed([("council", "tax", "please")]), lexicon, cache, with_endpoint(0.5))
    decoder = new_decoder(load_model(folder), 8000, alternatives=1)
    sound = np.concatenate([call(root, "department-1.wav"), np.zeros(8000, np.int16)])
    ended = [decoder.AcceptWaveform(sound[start : start + 800].tobytes()) for start in range(0, sound.size, 800)]
    assert any(ended)
    assert joined([decoder.Result(), decoder.FinalResult()])[0].text == "council tax please"


def test_open_words_hear_any_order_and_the_unknown(cache: Path, root: Path, pronouncer: Pronouncer) -> None:
    """A language model with `[unk]` hears known words in a new order, and marks what it does not know."""
    network = bigrams([("please", "council"), ("tax", "yes")], unknown_cost=8.0)
    lexicon = {word: pronouncer.pronounce(word) for word in network.vocabulary()}
    model = load_model(model_folder(network, lexicon, cache))
    decoder = new_decoder(model, 8000)
    decoder.AcceptWaveform(call(root, "department-1.wav").tobytes())
    assert "council tax please" in readings(decoder.FinalResult())[0].text
    decoder = new_decoder(model, 8000)
    decoder.AcceptWaveform(call(root, "bare-name-1.wav").tobytes())
    assert UNKNOWN in decoder.FinalResult()


def test_an_installed_model_is_heard_through_the_same_protocol(
    grammars: dict[str, Grammar], pronouncer: Pronouncer, cache: Path, root: Path
) -> None:
    """A folder with a fixed vocabulary: known words are heard, and unknown ones respelled and mapped back."""
    sentences = [("council", "tax", "please"), ("marge", "are", "ate", "hollow", "way"), ("parking", "permits")]
    network = bigrams(sentences)
    lexicon = {word: pronouncer.pronounce(word) for word in network.vocabulary()}
    folder = model_folder(network, lexicon, cache)
    recogniser = installed_recogniser(grammars, pronouncer.pronounce, folder)
    assert hear(recogniser, call(root, "department-1.wav"))[-1] == "council tax please"
    assert "holloway" in hear(recogniser, call(root, "bare-name-1.wav"))[-1]


def test_a_model_of_another_rate_is_fed_at_its_own(
    grammars: dict[str, Grammar], pronouncer: Pronouncer, cache: Path, root: Path, tmp_path: Path
) -> None:
    """A model made for 16 kHz hears a telephone call brought to that rate."""
    network = bigrams([("council", "tax", "please"), ("parking", "permits")])
    lexicon = {word: pronouncer.pronounce(word) for word in network.vocabulary()}
    wide = tmp_path / "wide"
    shutil.copytree(model_folder(network, lexicon, cache), wide)
    options = (wide / "conf" / "mfcc.conf").read_text(encoding="utf-8").replace("=8000", "=16000")
    (wide / "conf" / "mfcc.conf").unlink()
    (wide / "conf" / "mfcc.conf").write_text(options.replace("high-freq=-200", "high-freq=3800"), encoding="utf-8")
    assert sample_rate(wide) == 16000
    recogniser = installed_recogniser(grammars, pronouncer.pronounce, wide)
    assert hear(recogniser, call(root, "department-1.wav"))[-1] == "council tax please"


def test_phrases_for_runtime_grammars_cover_the_grammar(grammars: dict[str, Grammar]) -> None:
    """Every name, frame and ending is in at least one whole phrase."""
    from ivr.recognise.graph.spoken import compact_network_of

    phrases = set(covering_phrases(compact_network_of(grammars["directory"])))
    assert all(any(name in phrase for phrase in phrases) for name in (*NAMES, *FRAMES, "please"))


def test_what_a_folder_holds_is_told(cache: Path) -> None:
    """Rate, grammar support and vocabulary come from the folder's own files."""
    folder = model_folder(closed([("yes",)]), {"yes": (("Y", "EH", "S"),)}, cache)
    assert (sample_rate(folder), takes_grammars(folder), vocabulary(folder)) == (8000, False, {"yes"})


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda folder: shutil.rmtree(folder / "am"), "no am/final.mdl"),
        (lambda folder: (folder / "graph" / "HCLG.fst").unlink(), "no decoding graph"),
        (lambda folder: (folder / "graph" / "words.txt").unlink(), "lacks words.txt"),
        (lambda folder: _overwrite(folder / "am" / "final.mdl", b"<html>not found</html>"), "damaged"),
        (lambda folder: _overwrite(folder / "am" / "final.mdl", b""), "no am/final.mdl"),
    ],
)
def test_a_wrong_folder_is_one_clear_line(tmp_path: Path, damage: object, complaint: str) -> None:
    """What is missing or damaged is said before libvosk is asked."""
    folder = model_folder(closed([("yes",)]), {"yes": (("Y", "EH", "S"),)}, tmp_path)
    damage(folder)  # type: ignore[operator]
    with pytest.raises(InputError, match=complaint) as raised:
        load_model(folder)
    assert "\n" not in str(raised.value)


def _overwrite(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def test_a_cut_off_model_is_one_clear_line(tmp_path: Path) -> None:
    """Weights that begin well and stop half way: libvosk's own failure becomes one line."""
    folder = model_folder(closed([("yes",)]), {"yes": (("Y", "EH", "S"),)}, tmp_path)
    whole = (folder / "am" / "final.mdl").read_bytes()
    _overwrite(folder / "am" / "final.mdl", whole[: len(whole) // 2])
    with pytest.raises(InputError, match="Vosk cannot load it"):
        load_model(folder)


def test_the_folder_around_a_model_is_pointed_into(tmp_path: Path) -> None:
    """Naming the folder around a model says which one to name."""
    folder = model_folder(closed([("yes",)]), {"yes": (("Y", "EH", "S"),)}, tmp_path)
    with pytest.raises(InputError, match=f"name the folder inside it: .*{folder.name}"):
        check_folder(tmp_path)


def test_results_are_read_in_both_forms() -> None:
    """One best with word confidences, or alternatives with scores; an empty text is no reading."""
    one = json.dumps({"text": "yes", "result": [{"word": "yes", "start": 0.1, "end": 0.4, "conf": 0.9}]})
    many = json.dumps({"alternatives": [{"text": "no", "confidence": -3.5}, {"text": "", "confidence": -4}]})
    assert readings(one)[0].words[0].confidence == 0.9
    assert [(r.text, r.score) for r in readings(many)] == [("no", -3.5)]
    assert joined([one, many])[0].text == "yes no"
