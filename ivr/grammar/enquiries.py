"""Reading `grammars/enquiries.yaml`: the simple enquiries the service answers itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import process

from ivr.errors import GrammarError
from ivr.grammar.answers import check_said, fill, load_values
from ivr.grammar.template import parse
from ivr.model import Audience, Enquiry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FILE = "enquiries.yaml"
_INDENT = 2
"""Spaces by which a block of templates stands in from its field's name."""
Text = Annotated[str, Field(min_length=1)]


class _Translated(BaseModel):
    """One enquiry in another language."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Text
    answer: Text
    text: str = ""


class _Written(BaseModel):
    """One enquiry as the file has it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Text
    phrases: Text
    answer: Text
    text: str = ""
    entry: str = ""
    completes: bool = False
    skill: str = ""
    hours: str = ""
    audience: Annotated[Audience, Field(strict=False)] = Audience.EVERYONE


def load_enquiries(folder: Path) -> tuple[Enquiry, ...]:
    """Read the enquiries of a site, in the file's order; a folder without the file has none.

    Every template is parsed, so a mistake is named with its line; `{name}` in an answer or a text is filled in from
    `values.yaml`. Raises GrammarError, also for an answer too long to say and a link nobody could open.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    values = load_values(folder)
    return tuple(_enquiry(key, value, seen, values) for key, value, seen in _unique(_composed(path)))


def load_translated(folder: Path, language: str, enquiries: Iterable[Enquiry]) -> Mapping[str, Enquiry]:
    """Read what `enquiries.LANGUAGE.yaml` says of a site's enquiries in another language, by id.

    An enquiry that is not in it, is left out: its own words are said. A link that
    it lacks is the enquiry's own. Raises GrammarError as `load_enquiries` does, and for an enquiry nobody knows.
    """
    path = folder / f"enquiries.{language}.yaml"
    if not path.exists():
        return {}
    values = {**load_values(folder), **load_values(folder, language)}
    known = by_id(tuple(enquiries))
    return {name: _translated(key, value, known, values, path.name) for key, value, name in _unique(_composed(path))}


def _translated(
    key: yaml.Node, value: yaml.Node, known: Mapping[str, Enquiry], values: Mapping[str, str], file: str
) -> Enquiry:
    name, where = str(key.value), f"{file}, line {key.start_mark.line + 1}"
    if name not in known:
        near = process.extractOne(name, list(known), score_cutoff=60)
        todo = f"did you mean '{near[0]}'?" if near else f"add it to {FILE}, or remove it"
        raise GrammarError(f"no enquiry is called '{name}'", where=where, todo=todo)
    try:
        written = _Translated.model_validate(_plain(value))
    except ValidationError as error:
        raise GrammarError(_explain(name, error, _Translated), where=where, todo="see docs/enquiries.md") from error
    answer = fill(written.answer, values, f"{name}: answer", where)
    text = fill(written.text, values, f"{name}: text", where)
    check_said(name, answer, text, where)
    return replace(known[name], title=written.title, answer=answer, text=text or known[name].text)


def _composed(path: Path) -> yaml.MappingNode:
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise GrammarError(f"cannot be read ({error})", where=str(path), todo="save it as UTF-8 text") from error
    except yaml.YAMLError as error:
        raise GrammarError(
            f"is not YAML: {' '.join(str(error).split())}", where=str(path), todo="mend that line"
        ) from error
    if not isinstance(node, yaml.MappingNode):
        raise GrammarError("holds no enquiries", where=str(path), todo="write 'enquiry_id:' and its fields below it")
    return node


def _unique(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node, str]]:
    found: dict[str, tuple[yaml.Node, yaml.Node, str]] = {}
    for key, value in node.value:
        if key.value in found:
            raise GrammarError(f"enquiry '{key.value}' comes twice", where=_where(key), todo="join the two")
        found[key.value] = (key, value, key.value)
    return list(found.values())


def _where(node: yaml.Node) -> str:
    return f"{FILE}, line {node.start_mark.line + 1}"


def _filled(written: _Written, values: Mapping[str, str], name: str, where: str) -> dict[str, str]:
    """Fill the site's values into answer and text."""
    return {field: fill(getattr(written, field), values, f"{name}: {field}", where) for field in ("answer", "text")}


def _enquiry(key: yaml.Node, value: yaml.Node, name: str, values: Mapping[str, str]) -> Enquiry:
    fields = _plain(value)
    try:
        written = _Written.model_validate(fields)
    except ValidationError as error:
        raise GrammarError(_explain(name, error), where=_where(key), todo="see docs/grammar.md") from error
    written = written.model_copy(update=_filled(written, values, name, _where(key)))
    check_said(name, written.answer, written.text, _where(key))
    phrases = tuple(_phrases(value, written.phrases))
    if not phrases:
        raise GrammarError(f"{name}: phrases: nothing to say", where=_where(key), todo="write a template a line")
    return Enquiry(id=name, **{**written.model_dump(), "phrases": phrases})


def _phrases(value: yaml.Node, text: str) -> Iterator[str]:
    """Yield the templates, one a line, each parsed once to find its mistakes where they stand."""
    mark = next(key.start_mark for key, _ in value.value if key.value == "phrases")
    for number, line in enumerate(text.splitlines(), start=mark.line + 2):
        template = line.split("#", 1)[0].strip()
        if template:
            parse(template, FILE, line=number, column=mark.column + _INDENT + line.index(template) + 1)
            yield template


def _explain(name: str, error: ValidationError, fields: type[BaseModel] = _Written) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = process.extractOne(place, list(fields.model_fields), score_cutoff=60)
        return f"{name}: unknown field '{place}'" + (f" (did you mean '{near[0]}'?)" if near else "")
    return f"{name}: {place or 'entry'}: {first['msg'].lower()}"


def _plain(node: yaml.Node) -> object:
    """Values of a node as YAML's safe types."""
    loader = yaml.CSafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise GrammarError(f"is not understood: {error}", where=_where(node), todo="mend that line") from error
    finally:
        loader.dispose()


def by_id(enquiries: tuple[Enquiry, ...]) -> Mapping[str, Enquiry]:
    """Enquiries by their id."""
    return {enquiry.id: enquiry for enquiry in enquiries}
