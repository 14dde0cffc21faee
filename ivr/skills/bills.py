"""What can be paid by card: `payments.csv` in the folder of the site's corrections.

Columns: `enquiry` (its id), `takes` (what is paid, as it is said), `account` (what the account's number is called),
`digits` (how many it has, `8` or `8|10`), `fund` (code for the payment provider), `least` and `most` (pounds).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import process

from ivr.errors import InputError
from ivr.skills.tables import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ivr.model import Enquiry

FILE = "payments.csv"
LONGEST_ACCOUNT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One thing that can be paid."""

    takes: str
    account: str
    digits: tuple[int, ...]
    fund: str
    least: int
    """Pence."""
    most: int
    """Pence."""


def load_bills(folder: Path) -> Mapping[str, Bill]:
    """Read what can be paid, by enquiry; without the file nothing can. Raises InputError naming the row."""
    return {row["enquiry"]: _bill(row, f"{FILE}, row {number}") for number, row in read_rows(folder / FILE)}


def require_enquiries(bills: Iterable[str], enquiries: Iterable[Enquiry]) -> None:
    """Refuse something to pay that no enquiry leads to. Raises InputError."""
    payable = [enquiry.id for enquiry in enquiries if enquiry.skill == "payment"]
    for name in bills:
        if name not in payable:
            near = process.extractOne(name, payable, score_cutoff=50)
            todo = f"did you mean `{near[0]}`?" if near else "write `skill: payment` in the enquiry, or remove the row"
            raise InputError(f"no enquiry `{name}` has `skill: payment`", where=FILE, todo=todo)


def _bill(row: Mapping[str, str], where: str) -> Bill:
    for name in ("enquiry", "takes", "account", "digits", "least", "most"):
        if not row.get(name):
            raise InputError(f"`{name}` is empty", where=where, todo="fill it in; see docs/enquiries.md")
    digits = tuple(int(part) for part in row["digits"].split("|") if part.strip().isdigit())
    if not digits or not all(0 < many <= LONGEST_ACCOUNT for many in digits):
        raise InputError(f"`digits`: `{row['digits']}`", where=where, todo="write how many digits, as 8 or 8|10")
    least, most = _pence(row["least"], "least", where), _pence(row["most"], "most", where)
    if not 0 < least <= most:
        raise InputError("`least` is more than `most`, or nothing", where=where, todo="write pounds, as 5 and 1500")
    return Bill(takes=row["takes"], account=row["account"], digits=digits, fund=row.get("fund", ""),
                least=least, most=most)  # fmt: skip


def _pence(pounds: str, name: str, where: str) -> int:
    try:
        return round(float(pounds) * 100)
    except (ValueError, OverflowError):
        raise InputError(f"`{name}`: `{pounds}` is no amount", where=where, todo="write pounds, as 12.50") from None
