"""`ivr grammar`: what callers may say."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.grammar.check import Checked, Finding
    from ivr.grammar.tree import Grammar

app = typer.Typer(no_args_is_help=True, help="What callers may say: show it, check it, export it.")


class Format(StrEnum):
    """Formats of `export`."""

    JSGF = "jsgf"
    SRGS = "srgs"
    ARPA = "arpa"
    VOSK = "vosk"
    HINTS = "hints"


AsJson = Annotated[bool, typer.Option("--json", help="For a machine to read.")]


def _site() -> Checked:
    """Read the site's directory, enquiries and grammars."""
    from ivr.directory.load import active_directory
    from ivr.grammar.check import Checked
    from ivr.grammar.compile import compile_grammars
    from ivr.grammar.enquiries import load_enquiries
    from ivr.grammar.pronounce import Pronouncer
    from ivr.settings import load_settings

    settings = load_settings()
    folder = settings.path(settings.grammar.folder)
    directory = active_directory(settings).directory
    enquiries = load_enquiries(folder)
    grammars = compile_grammars(folder, directory, enquiries)
    return Checked(folder, directory, enquiries, grammars, Pronouncer(folder), settings.site.operator)


def _chosen(grammars: Mapping[str, Grammar], name: str) -> Grammar:
    if name not in grammars:
        raise InputError(f"unknown grammar '{name}'", todo=f"use one of: {', '.join(grammars)}")
    return grammars[name]


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="A grammar; all in brief where left out.")] = None,
    samples: Annotated[int, typer.Option(min=0, max=1000, help="Sentences shown.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what may be said: every grammar in brief, or one with its templates and sample sentences."""
    from ivr.grammar.expand import generate
    from ivr.grammar.template import render

    grammars = _site().grammars
    if name is None:
        _brief(grammars, as_json=as_json)
        return
    grammar = _chosen(grammars, name)
    said = [{"text": s.text, "target": str(s.target)} for s in generate(grammar, limit=samples)]
    templates = [
        {"template": render(s.expression), "target": str(s.target or "the name said"), "source": s.source}
        for s in grammar.sentences
    ]
    if as_json:
        typer.echo(json.dumps({"name": name, "templates": templates, "samples": said}, indent=2))
        return
    for item in templates:
        typer.echo(f"{item['target']:32} {item['template']}")
    typer.echo("\nFor example:")
    for item in said:
        typer.echo(f"{item['target']:32} {item['text']}")


def _brief(grammars: Mapping[str, Grammar], *, as_json: bool) -> None:
    from ivr.grammar.check import all_words

    rows = [
        {
            "grammar": grammar.name,
            "templates": len(grammar.sentences),
            "values": sum(len(values) for values in grammar.slots.values()),
            "words": len(all_words([grammar])),
        }
        for grammar in grammars.values()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    typer.echo(f"{'grammar':12} {'templates':>10} {'names':>8} {'words':>8}")
    for row in rows:
        typer.echo(f"{row['grammar']:12} {row['templates']:>10} {row['values']:>8} {row['words']:>8}")


@app.command()
def check(
    samples: Annotated[int, typer.Option(min=1, max=200, help="Sentences drawn from each template.")] = 4,
    as_json: AsJson = False,
    every: Annotated[bool, typer.Option("--all", help="Show what needs nothing done, too.")] = False,
) -> None:
    """Find templates that steal each other's sentences, false alarms, and names that nothing uses. Exit 1: problems."""
    from ivr.grammar.check import check as find
    from ivr.model import Severity

    found = find(_site(), samples=samples)
    problems = [finding for finding in found if finding.severity is not Severity.INFO]
    if as_json:
        typer.echo(json.dumps([_as_dict(finding) for finding in found], indent=2))
    else:
        _report(found if every else problems, len(problems), len(found) - len(problems))
    raise typer.Exit(1 if problems else 0)


def _as_dict(finding: Finding) -> dict[str, str]:
    return {name: str(getattr(finding, name)) for name in ("kind", "severity", "where", "what", "todo")}


def _report(shown: Sequence[Finding], problems: int, notes: int) -> None:
    for finding in shown:
        typer.echo(f"{finding.severity} {finding.kind}: {finding.where}: {finding.what}; {finding.todo}")
    typer.echo(f"{problems} problems, {notes} notes (--all shows them)" if notes else f"{problems} problems")


@app.command()
def export(
    form: Annotated[Format, typer.Option("--format", help="Format of the recogniser it is for.")],
    name: Annotated[str, typer.Option("--grammar", help="Which grammar.")] = "directory",
    out: Annotated[Path | None, typer.Option(help="File to write; the terminal where left out.")] = None,
) -> None:
    """Write a grammar in a format that another recogniser reads."""
    from ivr.grammar.export import export as write

    text = write(_chosen(_site().grammars, name), form.value)
    if out is None:
        typer.echo(text, nl=False)
        return
    part = out.with_name(out.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(
            f"cannot be written ({error.strerror})", where=str(out), todo="choose another place"
        ) from error


@app.command()
def say(
    words: Annotated[list[str], typer.Argument(help="Words or names.")],
    as_json: AsJson = False,
) -> None:
    """Show how words are said, and where that comes from."""
    from ivr.grammar.pronounce import Pronouncer
    from ivr.settings import load_settings
    from ivr.text import words as split

    settings = load_settings()
    pronouncer = Pronouncer(settings.path(settings.grammar.folder))
    rows = [
        {"word": word, "source": pronouncer.source(word), "said": [" ".join(p) for p in pronouncer.pronounce(word)]}
        for text in words
        for word in split(text)
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['word']:20} {row['source']:12} {' | '.join(row['said'])}")
