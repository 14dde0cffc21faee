# ruff: noqa: E501 - a pattern is read whole
"""Words that tell what a cell is about: titles, honours, absences, roles, placeholders, usual names."""

from __future__ import annotations

import re
from typing import Final

TITLES: Final = {
    "mr": "mister", "mrs": "mrs", "ms": "ms", "miss": "miss", "mx": "mx", "dr": "doctor", "doctor": "doctor",
    "prof": "professor", "professor": "professor", "rev": "reverend", "revd": "reverend", "reverend": "reverend",
    "cllr": "councillor", "councillor": "councillor", "coun": "councillor", "sir": "sir", "dame": "dame",
    "lord": "lord", "lady": "lady", "ald": "alderman", "alderman": "alderman", "capt": "captain",
    "captain": "captain", "maj": "major", "col": "colonel", "fr": "father", "hon": "", "rt": "", "mayor": "mayor",
    "messrs": "", "mister": "mister",
}  # fmt: skip
"""Courtesy titles as written, without full stop -> as spoken."""
HONOURS: Final = frozenset(
    {
        "mbe", "obe", "cbe", "dbe", "kbe", "cb", "cmg", "bem", "mvo", "phd", "dphil", "edd", "md", "bsc", "msc",
        "beng", "meng", "llb", "llm", "mba", "mphil", "bed", "med", "pgce", "pgdip", "mrics", "frics", "mrtpi",
        "cipfa", "cpfa", "aca", "acca", "fcca", "mcips", "fcipd", "mcipd", "mciph", "mcieh", "ceng", "frsa", "frcs",
        "mrcp", "jnr", "jr", "sr", "snr", "esq", "hons", "bahons", "bschons", "ba", "ma", "jp", "dl", "qc", "kc", "rgn", "rmn",
        "mciob", "miet", "chartered", "cdir", "diptp", "mcih", "fcih", "imi",
    }
)  # fmt: skip
DOUBTFUL_HONOURS: Final = frozenset({"ma", "ba", "dl", "kc", "md", "jp", "med", "bed", "imi", "cb"})
"""Honours that are names too: taken off only where a whole name remains."""
ABSENCE: Final = re.compile(
    r"\b(mat(?:ernity)?\.?\s*(?:leave|cover)?|paternity|adoption leave|parental leave|on leave|long[- ]term sick|sick(?: leave)?|"
    r"second(?:ed|ment)|sabbatical|career break|a/?l|annual leave|jury service|suspended|garden(?:ing)? leave|absent)\b",
    re.IGNORECASE,
)
LEFT: Final = re.compile(
    r"\b(left|leaver|ex[- ]?employee|no longer (?:here|works|employed)|retired|deceased|former(?:ly)? (?:employee|staff))\b",
    re.IGNORECASE,
)
HOURS_NOTE: Final = re.compile(
    r"\b(p/?t|f/?t|part[- ]time|full[- ]time|job[- ]?share|temp(?:orary)?|agency|casual|locum|contractor|consultant|"
    r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)[a-z]*\b.*|[ap]\.?m\.?|mornings?|afternoons?|term[- ]time(?: only)?|"
    r"wfh|home ?work(?:er|ing)?|new starter|starter|acting|interim|work experience|apprentice|trainee|vol(?:unteer)?)\b",
    re.IGNORECASE,
)
PRONOUNS: Final = re.compile(r"^(she|he|they|her|him|them|his|hers|theirs)(\s*/\s*\w+)+$", re.IGNORECASE)
PRONOUNCED: Final = re.compile(
    r"^(?:pron(?:ounced|unciation)?\.?|say(?: it)?|sounds like|rhymes with)(?:\s*[:=]\s*|\s+|(?<=\.))['\"\N{LEFT DOUBLE QUOTATION MARK}]?(.+?)['\"\N{RIGHT DOUBLE QUOTATION MARK}]?$",
    re.IGNORECASE,
)
MAIDEN: Final = re.compile(r"^(?:n[ée]e|formerly|prev(?:iously)?|was|maiden name)\.?:?\s+(.+)$", re.IGNORECASE)
KNOWN_AS: Final = re.compile(
    r"^(?:known as|aka|a\.k\.a\.|k/a|prefers|pref(?:erred)?\.?|goes by|called)(?:\s*[:=]\s*|\s+)(.+)$", re.IGNORECASE
)
ROLE: Final = re.compile(
    r"\b(manager|mgr|officer|head of|director|assistant|assist|administrator|admin|clerk|leader|lead|engineer|surveyor|"
    r"planner|inspector|adviser|advisor|worker|supervisor|coordinator|co-ordinator|technician|analyst|solicitor|"
    r"librarian|warden|receptionist|registrar|secretary|executive|chief|caretaker|cleaner|driver|operative|teacher|"
    r"nurse|therapist|architect|auditor|accountant|developer|specialist|practitioner|chaplain|mayor|trainee)\b",
    re.IGNORECASE,
)
TEST_ROW: Final = re.compile(
    r"^(?:z{2,}|x{3,})\b|\bz{3,}|\bdo not (?:use|call|delete|transfer)\b|\bdon't use\b|\bdelete(?: me| this)?$|\basdf|\bqwerty\b|^dummy\b|\bdummy$|"
    r"^test\d*$|^te?st(?:ing)?[ ,]+(?:user|account|test|row|person|entry|number|phone|line|employee|staff|record|extension|ext|case|data|name|one|two|\d+)\b|"
    r"\b(?:user|account)[ ,]+test(?:ing)?$|\bignore (?:this|me)\b|^foo(?: bar)?$|^(?:joe |john )?bloggs test$|^example\b|\blorem ipsum\b|^sample (?:user|row|person|record)\b",
    re.IGNORECASE,
)
VACANT: Final = re.compile(
    r"^\W*(vacan(?:t|cy)|to be (?:confirmed|appointed|recruited)|unfilled|post frozen|no one|nobody|spare)\b",
    re.IGNORECASE,
)
NOT_A_PERSON: Final = re.compile(
    r"\b(reception(?:ist)?|help ?desk|service ?desk|desk|offices?|enquir(?:y|ies)|inquir(?:y|ies)|mail ?box|in ?box|help ?line|hot ?line|switch ?board|"
    r"team|services|department|dept|voice ?mail|fax|answer ?phone|meeting room|conference room|contact centre|call centre|"
    r"duty (?:officer|line|team|desk|manager|social worker|worker|planner)|out of hours|operator|kitchen|front counter|"
    r"franking|photocopier|lift phone|lift emergency|security gate|gatehouse|post ?room|control room|shared|group|pool phone|"
    r"direct line|info|information|centre|library|depot|crematorium|museum|admin|leisure centre|one stop shop|main number)\b",
    re.IGNORECASE,
)
MAILBOXES: Final = frozenset(
    {
        "info", "enquiries", "enquiry", "admin", "reception", "contact", "office", "helpdesk", "servicedesk", "mail",
        "customerservices", "customer.services", "noreply", "no-reply", "team", "switchboard", "postmaster", "web",
    }
)  # fmt: skip
SUPPRESSED: Final = frozenset(
    {"exdirectory", "xdirectory", "xd", "exdir", "private", "withheld", "hidden", "no", "n", "none", "nobody", "confidential",
     "notpublished", "unlisted", "false", "suppress", "suppressed", "restricted", "0"}
)  # fmt: skip
INTERNAL: Final = frozenset(
    {"internal", "internalonly", "staff", "staffonly", "intranet", "intranetonly", "int", "employees", "colleagues"}
)
PUBLIC: Final = frozenset(
    {
        "public",
        "external",
        "everyone",
        "yes",
        "y",
        "all",
        "published",
        "listed",
        "open",
        "website",
        "web",
        "true",
        "1",
        "full",
    }
)
