"""Ids that stay: made of what an entry is, not of where its row stands or what number it has this month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from ivr.directory.departments import key_of
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.directory.drafts import Draft


def base_id(draft: Draft, *more: str) -> str:
    """Id of a draft by its kind, formal name and department: "p-" and ten hexadecimal digits."""
    name = squash(draft.formal or draft.name) or draft.formal
    identity = "\x1f".join((draft.kind, name, key_of(draft.department), *more))
    return f"{draft.kind[0]}-{blake2b(identity.encode(), digest_size=5).hexdigest()}"


def with_ids(drafts: Iterable[Draft]) -> list[Draft]:
    """Give every draft an id no other has.

    Drafts alike in kind, name and department are told apart by e-mail address, then by number; those alike
    in everything by their order after sorting on content. The order of the rows has no say.
    """
    drafts = list(drafts)
    groups: dict[str, list[int]] = defaultdict(list)
    for i, draft in enumerate(drafts):
        groups[draft.id or base_id(draft)].append(i)
    taken = {key for key, members in groups.items() if len(members) == 1}
    ids = {members[0]: key for key, members in groups.items() if len(members) == 1}
    for key in sorted(groups):
        members = groups[key]
        if len(members) == 1:
            continue
        for i in sorted(members, key=lambda i: _content(drafts[i])):
            ids[i] = _free(drafts[i], taken)
            taken.add(ids[i])
    return [replace(draft, id=ids[i]) for i, draft in enumerate(drafts)]


def _content(draft: Draft) -> tuple[str, ...]:
    return (draft.email, draft.number, draft.name, draft.department, draft.role, " ".join(draft.spoken))


def _free(draft: Draft, taken: set[str]) -> str:
    found = base_id(draft, draft.email or draft.number)
    more = 1
    while found in taken:
        more += 1
        found = base_id(draft, draft.email or draft.number, str(more))
    return found
