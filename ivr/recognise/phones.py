"""The sounds of the built-in telephone model and how its files number them.

A Kaldi model knows four numberings, all fixed here because the weights, the graphs and the training code must agree:

* *phones*: `SIL`, `SPN` (any speech) and the 39 phones of the CMU dictionary, those but `SIL` once for each position
  in a word (`B`egin, `I`nside, `E`nd, `S`ingle), so that word times are exact;
* *pdfs*: the network's outputs, one for entering a phone and one for staying in it, shared by its four positions;
* *transition ids*: 2k-1 to stay in the k-th phone, 2k to enter it;
* *classes*: the pdfs without `SPN`, which is what training labels hold.
"""

from collections.abc import Sequence

SILENCE = "SIL"
SPEECH = "SPN"
CMU_PHONES: tuple[str, ...] = (
    *("AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY"),
    *("F", "G", "HH", "IH", "IY", "JH", "K", "L", "M", "N", "NG", "OW", "OY"),
    *("P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH"),
)
POSITIONS = "BIES"
SILENCE_PDF = 0
SPEECH_PDF = 1
PDF_COUNT = 2 + 2 * len(CMU_PHONES)

PHONE_NAMES: tuple[str, ...] = (
    SILENCE,
    *(f"{phone}_{position}" for phone in (SPEECH, *CMU_PHONES) for position in POSITIONS),
)
_PHONE_ID = {name: number for number, name in enumerate(PHONE_NAMES, start=1)}
_CMU_INDEX = {phone: index for index, phone in enumerate(CMU_PHONES)}
_POSITION_WORDS = {"B": "begin", "I": "internal", "E": "end", "S": "singleton"}
UNUSED_TRANSITION = 2 * len(PHONE_NAMES) + 1
"""A transition id that no graph holds; the decoder wants at least one 'disambiguation' id to be named."""


def enter_pdf(phone: str) -> int:
    """Return the output for the first frame of `phone` (without position mark)."""
    if phone == SILENCE:
        return SILENCE_PDF
    return SPEECH_PDF if phone == SPEECH else 2 + 2 * _CMU_INDEX[phone]


def stay_pdf(phone: str) -> int:
    """Return the output for every further frame of `phone` (without position mark)."""
    return enter_pdf(phone) + (phone in _CMU_INDEX)


def enter_id(name: str) -> int:
    """Return the transition id that enters the positioned phone `name`, such as `AH_B`."""
    return 2 * _PHONE_ID[name]


def stay_id(name: str) -> int:
    """Return the transition id that stays in the positioned phone `name`."""
    return 2 * _PHONE_ID[name] - 1


def pdf_tuples() -> list[tuple[int, int, int]]:
    """Return (phone id, entering pdf, staying pdf) of every positioned phone, in order of id."""
    bases = [name.partition("_")[0] for name in PHONE_NAMES]
    return [(number, enter_pdf(base), stay_pdf(base)) for number, base in enumerate(bases, start=1)]


def is_phone(phone: str) -> bool:
    """Tell whether `phone` may stand in a pronunciation."""
    return phone in _CMU_INDEX


def positioned(phones: Sequence[str]) -> tuple[str, ...]:
    """Return one word's phones with their position marks: `("K", "AE", "T")` -> `("K_B", "AE_I", "T_E")`."""
    if len(phones) == 1:
        return (f"{phones[0]}_S",)
    inside = (f"{phone}_I" for phone in phones[1:-1])
    return (f"{phones[0]}_B", *inside, f"{phones[-1]}_E")


def word_boundaries() -> str:
    """Return the text of `word_boundary.int`: each phone id with its place in a word."""
    places = (_POSITION_WORDS.get(name.partition("_")[2], "nonword") for name in PHONE_NAMES)
    return "".join(f"{number} {place}\n" for number, place in enumerate(places, start=1))
