"""The words of the prompts: `grammars/prompts.LANGUAGE.yaml`, checked on load and filled in on use.

The text that comes out is plain words: no markup, no control characters, none of `<`, `>`, `&`. It can stand in
XML as it is.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from rapidfuzz import process

from ivr.dialogue.wording import CATALOGUE, RECORDING, SERIES, SINGLE, WORDINGS
from ivr.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PLACEHOLDER = re.compile(r"\{([a-z_]*)\}")
_MARKUP = re.compile(r"[<>&\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff{}]")
_UNSAFE = re.compile(r"[<>\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a prompt that is one recording, or one piece of synthetic speech."""

    text: str
    """Words, plain."""
    recording: str = ""
    """File under `audio/prompts/` that holds it, where the directory names one (an entry's recorded name)."""


class Prompts:
    """The words of one language. Immutable."""

    def __init__(self, texts: Mapping[str, str], language: str, others: Iterable[Prompts] = ()) -> None:
        """Take the words of every id of the catalogue; `others` are those in the site's other languages."""
        self._texts = dict(texts)
        self.language = language
        self._others = {prompts.language: prompts for prompts in others}

    @classmethod
    def load(cls, folder: Path, language: str, others: Iterable[str] = ()) -> Prompts:
        """Read `prompts.LANGUAGE.yaml` of `folder`, and those of `others`.

        A prompt that the file lacks, because it was written for an earlier release, is the built-in one; the log says
        which. Raises GrammarError naming file and line of what is wrong.
        """
        more = tuple(cls.load(folder, other) for other in others if other != language)
        file = folder / f"prompts.{language}.yaml"
        try:
            root = yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)
        except FileNotFoundError:
            raise GrammarError(
                "no prompts in this language", where=str(file), todo="write the file, or change `site.language`"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise GrammarError(f"cannot be read: {error}", where=str(file)) from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{file}:{mark.line + 1}" if mark else str(file)
            raise GrammarError(f"not valid YAML: {getattr(error, 'problem', error)}", where=where) from error
        return cls(_completed(_checked(root, str(file)), language, file), language, more)

    def beside(self, folder: Path, languages: Iterable[str]) -> Prompts:
        """Return these prompts with those in other languages. Raises GrammarError."""
        others = (Prompts.load(folder, language) for language in languages if language != self.language)
        return Prompts(self._texts, self.language, others)

    def of(self, language: str) -> Prompts:
        """Return the words in another of the site's languages; these, where it has none in that one."""
        return self._others.get(language, self)

    def words(self, prompt: str) -> str:
        """Return the words of `prompt`, placeholders and all. Raises KeyError for an id it lacks."""
        return self._texts[prompt]

    def changed(self, texts: Mapping[str, str]) -> Prompts:
        """Return these prompts with other words for some ids. Raises GrammarError for an id or words that cannot be."""
        unknown = next((name for name in texts if name not in CATALOGUE), None)
        if unknown is not None:
            raise GrammarError(f"no prompt is called `{unknown}`", todo="see the list of prompts")
        checked = {name: _plain_words(name, text, f"prompt {name}") for name, text in texts.items()}
        return Prompts(self._texts | checked, self.language, self._others.values()) if checked else self

    def render(self, prompt: str, values: Mapping[str, str]) -> str:
        """Return the words of `prompt` with `values` filled in. Raises KeyError for an id or value it lacks."""
        return "".join(segment.text for segment in self._pieces(prompt, values)).strip()

    def segments(self, prompt: str, values: Mapping[str, str]) -> tuple[Segment, ...]:
        """Return the same words in pieces that can be recorded one by one; none is empty."""
        pieces = (Segment(s.text.strip(), s.recording) for s in self._pieces(prompt, values))
        return tuple(piece for piece in pieces if re.search(r"\w", piece.text))

    def script(self) -> tuple[str, ...]:
        """Return the fixed stretches a voice artist would record, in the order of the file, each once."""
        found = (
            piece.text
            for prompt in self._texts
            for piece in self.segments(prompt, dict.fromkeys(CATALOGUE[prompt], ""))
        )
        return tuple(dict.fromkeys(found))

    def _pieces(self, prompt: str, values: Mapping[str, str]) -> Iterator[Segment]:
        parts = _PLACEHOLDER.split(self._texts[prompt])
        for n, part in enumerate(parts):
            if n % 2:
                yield Segment(safe(values[part]), values.get(part + RECORDING, ""))
            elif part:
                yield Segment(part)


def safe(value: str) -> str:
    """Return a value as plain words: nothing that is markup in XML, on one line."""
    return " ".join(_UNSAFE.sub(" ", value.replace("&", " and ")).split())


def _checked(root: yaml.Node | None, file: str) -> dict[str, str]:
    if not isinstance(root, yaml.MappingNode):
        raise GrammarError("no prompts in it", where=file, todo="write one `id: words` a line")
    texts: dict[str, str] = {}
    for key, value in root.value:
        where = f"{file}:{key.start_mark.line + 1}"
        name = str(key.value)
        if name not in SINGLE and name not in SERIES:
            near = process.extractOne(name, [*SINGLE, *SERIES], score_cutoff=60)
            raise GrammarError(
                f"no prompt is called `{name}`", where=where, todo=f"did you mean `{near[0]}`?" if near else "remove it"
            )
        if name in texts or f"{name}_1" in texts:
            raise GrammarError(f"prompt `{name}` is there twice", where=where, todo="keep one")
        texts |= _wordings(name, value, file)
    return texts


def _completed(texts: dict[str, str], language: str, file: Path) -> dict[str, str]:
    """Return the words of every id, the built-in ones where the file has none. Raises GrammarError."""
    missing = [name for name in CATALOGUE if name not in texts]
    if not missing:
        return texts
    built_in = _built_in(language)
    if built_in is None or file.samefile(built_in):
        raise GrammarError(
            f"{len(missing)} prompts are missing, the first is `{missing[0]}`", where=str(file), todo="add them"
        )
    log.warning("%s: %d prompts are missing and the built-in ones are said: %s", file, len(missing), ", ".join(missing))
    given = Prompts.load(built_in.parent, language)
    return {name: texts.get(name) or given.words(name) for name in CATALOGUE}


def _built_in(language: str) -> Path | None:
    """Return the file of the sample site: in the checkout this package runs from, else in the package."""
    package = Path(__file__).parent.parent
    for folder in (package.parent, package / "sample_site"):
        file = folder / "grammars" / f"prompts.{language}.yaml"
        if file.is_file():
            return file
    return None


def _wordings(name: str, value: yaml.Node, file: str) -> dict[str, str]:
    if name in SINGLE:
        return {name: _text(name, value, file)}
    where = f"{file}:{value.start_mark.line + 1}"
    if not isinstance(value, yaml.SequenceNode) or len(value.value) != WORDINGS:
        raise GrammarError(
            f"prompt `{name}` needs a list of {WORDINGS} wordings", where=where, todo="write them as a list"
        )
    texts = {f"{name}_{n}": _text(f"{name}_{n}", item, file) for n, item in enumerate(value.value, 1)}
    if len(set(texts.values())) != WORDINGS:
        raise GrammarError(f"the wordings of `{name}` are alike", where=where, todo="write them differently")
    return texts


def _text(name: str, node: yaml.Node, file: str) -> str:
    where = f"{file}:{node.start_mark.line + 1}"
    return _plain_words(name, str(node.value) if isinstance(node, yaml.ScalarNode) else "", where)


def _plain_words(name: str, words: str, where: str) -> str:
    text = words.strip()
    if not text:
        raise GrammarError(f"prompt `{name}` has no words", where=where, todo="write them as one line of text")
    if bad := _MARKUP.search(_PLACEHOLDER.sub("", text)):
        raise GrammarError(f"prompt `{name}` holds {bad[0]!r}", where=where, todo="write plain words, no markup")
    found = _PLACEHOLDER.findall(text)
    for placeholder in found:
        if placeholder not in CATALOGUE[name]:
            known = ", ".join(f"{{{p}}}" for p in sorted(CATALOGUE[name])) or "none"
            raise GrammarError(f"prompt `{name}` knows no {{{placeholder}}}", where=where, todo=f"it may use: {known}")
    return text
