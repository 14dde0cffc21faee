"""Which of those offered: "the one in housing", "Smith", "the street light"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.model import Target, TargetKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.match.forms import Forms

_CLOSE: Final = 0.15


def pick(
    said: Sequence[str], offered: Sequence[str], forms: Forms, numbers: Mapping[str, int], frame: frozenset[str]
) -> tuple[str, ...]:
    """Those of `offered` (as `kind:id`) that most of the words fit, where some fit better than others.

    Words count that are in an entry's name, department or role. Empty: the words do not tell them apart.
    """
    known = {target: _words(target, forms, numbers) for target in offered}
    fits = dict.fromkeys(offered, 0)
    for word in (word for word in said if word not in frame):
        near = {n.word for n in forms.vocabulary.near(word) if n.distance <= _CLOSE}
        for target in offered:
            fits[target] += bool(near & known[target])
    best = max(fits.values(), default=0)
    chosen = tuple(target for target in offered if fits[target] == best)
    return chosen if best and len(chosen) < len(offered) else ()


def _words(target: str, forms: Forms, numbers: Mapping[str, int]) -> frozenset[int]:
    parsed = Target.parse(target)
    number = numbers.get(parsed.id)
    if parsed.kind is not TargetKind.ENTRY or number is None:
        return frozenset()
    return forms.words_of(number) | forms.qualifiers[number]
