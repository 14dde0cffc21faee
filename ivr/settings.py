"""Typed settings, read once: `ivr.toml` in the site's folder, the environment over it.

Every table of the file is a small frozen record here; each field's docstring is its documentation, and
the commented `ivr.toml` of the sample site shows them all. Relative paths are relative to the site.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from rapidfuzz import process

from ivr.errors import SettingsError
from ivr.sites import Place, read_installation

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]


class Table(BaseModel):
    """One table of `ivr.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SiteSettings(Table):
    """`[site]`: the organisation."""

    name: str = "the council"
    """As the caller hears it: "Wexbourne Council"."""
    timezone: str = "Europe/London"
    """IANA name; hours and reports are in it."""
    nation: Literal["england", "wales", "scotland", "northern_ireland"] = "england"
    """Whose bank holidays `PH` in opening hours are."""
    language: str = "en-GB"
    """Language of the prompts: `grammars/prompts.LANGUAGE.yaml`."""
    languages: tuple[str, ...] = ()
    """Languages callers choose from at the greeting, in the order they are offered; fewer than two: no choice."""
    recognised: tuple[str, ...] = ()
    """Languages beside `language` whose words are recognised; calls in the others are held by keypad."""
    operator: str = ""
    """Number of the operators, E.164 or an extension; a site without one is refused."""
    hours: str = "Mo-Fr 08:30-17:00; PH off"
    """Opening hours of the operators in OpenStreetMap syntax; `PH` are bank holidays."""
    out_of_hours: str = ""
    """Number that takes calls of the safety floor while the operators are closed; needed unless they never are."""


class DirectorySettings(Table):
    """`[directory]`: who can be reached."""

    export: Path = Path("directory/staff.csv")
    """Raw staff and department export, CSV or XLSX."""
    corrections: Path = Path("directory/corrections.csv")
    """Reviewed corrections, applied on every load."""
    switchboard: str = ""
    """Number that extensions are behind, E.164; empty: extensions are dialled as they are."""
    extension_digits: tuple[int, ...] = (4,)
    """Lengths an extension may have."""
    area_code: str = ""
    """Area code of numbers written without one, for example "01632"."""
    country: str = "GB"
    """Country of numbers written without one, ISO 3166."""
    versions: Path = Path("var/directory")
    """Folder of staged and past versions."""


class GrammarSettings(Table):
    """`[grammar]`: what may be said."""

    folder: Path = Path("grammars")
    """Folder of templates, prompts, nicknames and pronunciations."""


class RecognitionSettings(Table):
    """`[recognition]`: how sound becomes words."""

    engine: Literal["auto", "vosk", "sphinx"] = "auto"
    """`auto`: Vosk where a model is installed, else PocketSphinx."""
    vosk_model: str = ""
    """Folder of an installed Vosk model; empty: the built-in one."""
    second: Literal["off", "unsure", "always"] = "unsure"
    """When a second, independent recogniser compares what the first thinks was said."""
    alternatives: Annotated[int, Field(ge=1, le=20)] = 5
    """Readings kept of each utterance (n-best)."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Recogniser processes of a live service; 0: one a core."""
    longest_utterance: Seconds = 15.0
    """Speech beyond this many seconds is not listened to."""
    end_silence: Seconds = 0.6
    """Silence that ends an utterance, in seconds."""
    start_timeout: Seconds = 5.0
    """Time the caller has to start speaking, in seconds."""
    cache: Path = Path("var/cache")
    """Folder of compiled graphs and dictionaries."""


class MatchingSettings(Table):
    """`[matching]`: how sure is sure. Confidences are probabilities, 0-1."""

    accept: Share = 0.93
    """At or above: act without asking."""
    confirm: Share = 0.45
    """At or above: ask "Did you say ...?"."""
    choose: Share = 0.20
    """Candidates at or above are read out to choose from."""
    margin: Share = 0.15
    """A runner-up this close makes it a choice."""
    most_choices: Annotated[int, Field(ge=2, le=3)] = 3
    """Most names read out at once."""
    history: Path = Path("var/history.csv")
    """Who callers were put through to, as `ivr history` counted; where it is not there, all are equally likely."""


class DialogueSettings(Table):
    """`[dialogue]`: how patient the conversation is."""

    failures: Annotated[int, Field(ge=1, le=5)] = 2
    """Failed turns in a row before the operator takes over."""
    most_turns: Annotated[int, Field(ge=5, le=100)] = 30
    """Turns in a call before the operator takes over."""
    most_names: Annotated[int, Field(ge=3)] = 12
    """Names put to the caller in a call before the operator takes over: nobody reads the directory out by telephone."""
    confirm_people: bool = False
    """Always ask before a transfer to a person, however sure."""
    text_messages: bool = True
    """Offer links by text message."""
    survey: Share = 0.0
    """Share of the calls whose caller is asked at the end how satisfied they are."""
    survey_comments: bool = False
    """Ask them why, too; their words are kept like those of any turn."""
    duty: dict[str, str] = {}
    """Who takes a call the safety floor picks up: safety id to an entry's id or name; else the operator."""


class TelephonySettings(Table):
    """`[telephony]`: Twilio. Secrets come from the environment."""

    mode: Literal["gather", "stream"] = "gather"
    """`gather`: Twilio's recogniser; `stream`: ours, over media streams."""
    voice: str = "Polly.Amy-Neural"
    """Voice of what is not recorded."""
    voices: dict[str, str] = {"cy": "Polly.Gwyneth"}
    """Voices of the languages beside `site.language`."""
    ring_seconds: Annotated[int, Field(ge=5, le=600)] = 25
    """How long a transfer rings."""
    caller_id: Literal["caller", "switchboard"] = "caller"
    """Whose number the person called sees."""
    number: str = ""
    """The service's own number, E.164: caller id for `switchboard`, sender of text messages."""
    accept_key: bool = False
    """The person called must press 1 to take the call."""
    internal_prefixes: tuple[str, ...] = ()
    """Callers whose number starts so are colleagues."""
    internal_sip_domains: tuple[str, ...] = ()
    """Callers from these SIP domains are colleagues."""
    replay_seconds: Seconds = 300.0
    """Age beyond which a repeated signed request is refused."""
    hints: Annotated[int, Field(ge=0, le=500)] = 500
    """Names and phrases given to Twilio's recogniser."""
    speech_model: str = ""
    """Twilio's recogniser, for example "phone_call" or "googlev2_telephony"; empty: Twilio chooses."""
    sip_domain: str = ""
    """Domain that extensions are dialled at (SIP), where `directory.switchboard` is empty."""
    audio: Path = Path("audio/prompts")
    """Folder of recorded prompts and names, listed in its `prompts.csv`."""
    region: str = ""
    """Twilio region of the account's data, for example "ie1"; empty: the United States."""
    edge: str = ""
    """Twilio edge that text messages are sent through, for example "dublin"."""
    rest_url: str = ""
    """Address of Twilio's REST service where it is not Twilio's own: an emulator's, for trying things out."""


class RecordsSettings(Table):
    """`[records]`: what is kept, and how long."""

    database: str = "sqlite:///var/calls.sqlite3"
    """SQLAlchemy URL; a relative SQLite path is relative to the site."""
    connections: Annotated[int, Field(ge=0, le=1000)] = 0
    """To a PostgreSQL server that a process may have open; 0: one for every two of its threads."""
    keep_days: Annotated[int, Field(ge=1)] = 400
    """Days until a call's words and masked number are removed; the figures stay."""
    recordings: bool = False
    """Keep callers' recordings (off by default: they are personal data)."""
    keep_recordings_days: Annotated[int, Field(ge=1)] = 30
    spool: Path = Path("var/spool")
    """Folder where records wait, and live calls are remembered, while the database is away."""
    backups: Path = Path("var/backups")
    """Folder that `ivr backup` writes to, and where an erasure looks for callers still held."""


class DeskSettings(Table):
    """`[desk]`: what the person who takes a call is shown: what was heard and gathered, so that nobody repeats it."""

    webhook: str = ""
    """Address, https, that a call put to a person is posted to as signed JSON; empty: nowhere."""
    page: bool = False
    """Post a link to a page about the call, too; whoever has the link can open it until it expires."""
    minutes: Annotated[int, Field(ge=1, le=240)] = 15
    """Minutes until the link expires."""
    caller: Literal["hidden", "masked", "whole"] = "masked"
    """How the caller's number is shown."""
    words: bool = True
    """Show what was heard, numbers of six digits and more hidden, and what was gathered."""


class RequestsSettings(Table):
    """`[requests]`: where requests that callers leave are delivered."""

    deliver: Literal["", "webhook", "csv", "email"] = ""
    """`webhook`: posted as signed JSON; `csv`, `email`: a file each in the folder; empty: they wait to be read."""
    webhook: str = ""
    """Address, https."""
    folder: Path = Path("var/requests")
    """Folder of CSV files and e-mails."""
    email: str = ""
    """Address the e-mails are for."""
    promise_days: Annotated[int, Field(ge=0, le=20)] = 1
    """Working days after a request for a call back or an appointment within which its caller hears from somebody."""


Pence = Annotated[float, Field(ge=0)]


class LimitsSettings(Table):
    """`[limits]`: what one moment, one caller, one destination and one hour may take; 0: no limit."""

    conversations: Annotated[int, Field(ge=0)] = 400
    """Callers in conversation at once; who calls beyond goes straight to an operator."""
    slow_seconds: Annotated[float, Field(ge=0)] = 2.0
    """Time answers take lately, beyond which new callers go straight to an operator."""
    caller_calls: Annotated[int, Field(ge=0)] = 30
    """Calls an hour from one number; beyond, straight to an operator."""
    caller_names: Annotated[int, Field(ge=0)] = 40
    """Names put to the caller of one number in an hour, all calls together; beyond, straight to an operator."""
    entry_transfers: Annotated[int, Field(ge=0)] = 300
    """Transfers an hour to one entry; beyond, the next of its chain."""
    hour_pence: Pence = 6000.0
    """What an hour's transfers may cost by the estimate below; beyond, to those that cost nothing, and the operator."""
    transfer_minutes: Seconds = 3.0
    """How long a transfer is taken to last."""
    minute_pence: dict[Literal["landline", "mobile", "other"], Pence] = {"landline": 1.5, "mobile": 3.5, "other": 30.0}
    """What a minute costs, by the kind of number."""
    dial_also: tuple[str, ...] = ()
    """Beginnings of numbers dialled although they are abroad, on the islands or at a special rate: "+353", "+44845"."""


class PaymentSettings(Table):
    """`[payments]`: card payments, taken by Twilio's `<Pay>`: no part of a card's number ever comes here."""

    connector: str = ""
    """Name of the account's Pay Connector; empty: no payments are taken."""
    take: Literal["charge", "token"] = "charge"
    """`charge`: the card is charged at once; `token`: the back office gets a token, and charges it."""
    token: Literal["one-time", "reusable"] = "one-time"  # noqa: S105 (a kind of payment, no secret)
    """What a token is good for."""
    currency: str = "gbp"
    """ISO 4217, small letters."""
    cards: tuple[str, ...] = ("visa", "mastercard", "amex")
    """Kinds of card taken, as Twilio calls them."""
    attempts: Annotated[int, Field(ge=1, le=3)] = 3
    """Times the caller may key something wrong."""


Percent = Annotated[float, Field(ge=0, le=100)]
Amount = Annotated[float, Field(ge=0)]


class ReportSettings(Table):
    """`[report]`: targets, in per cent, that the report shows in red, amber and green."""

    containment: Percent = 0.0
    """At least; 0: no target, here and for all that are to be high."""
    automation: Percent = 0.0
    answered_30: Percent = 0.0
    """Of the calls put to a person, answered within 30 seconds."""
    answered_60: Percent = 0.0
    satisfied: Percent = 0.0
    first_time_right: Percent = 0.0
    bail_rate: Percent = 100.0
    """At most; 100: no target, here and for all that are to be low."""
    abandoned: Percent = 100.0
    wrong_transfers: Percent = 100.0
    average_wait: Annotated[int, Field(ge=0)] = 0
    """Seconds, at most; 0: no target."""
    amber: Percent = 5.0
    """Percentage points (of the wait: per cent) short of a target that are amber, not red."""
    floor: Percent = 40.0
    """Days are counted on which fewer than this were answered within 60 seconds."""
    smallest: Annotated[int, Field(ge=2, le=100)] = 5
    """Counts below this are hidden in a report for publication."""


class SavingsSettings(Table):
    """`[savings]`: what calls cost, for the report's page on savings; these are assumptions, and it prints them."""

    currency: str = "£"
    operator_minutes: Amount = 4.0
    """Minutes an operator spends on an enquiry, with the work after it."""
    connect_minutes: Amount = 1.0
    """Minutes an operator spends on finding and ringing a person."""
    operator_hour: Amount = 22.0
    """Cost of an hour of an operator, on-costs included."""
    service_call: Amount = 0.0
    """Cost of a call taken by the service, beside its minutes."""
    service_minute: Amount = 0.04
    """Cost of a minute of a call taken by the service: line, recognition, voice."""
    text_message: Amount = 0.04
    """Cost of a text message."""


class ServerSettings(Table):
    """`[server]`: the HTTP service."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    threads: Annotated[int, Field(ge=4, le=1024)] = 64
    """Threads a process; each open media stream holds one."""
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 30.0
    """How long a server that is stopped goes on with the calls in conversation, at most; new ones get an operator."""


class PullSettings(Table):
    """`[pull]`: where the directory's export is fetched from; what is fetched never goes live by itself."""

    source: Literal["", "folder", "https", "ldap", "graph"] = ""
    """What is fetched; empty: exports are sent in. Its password or secret is IVR_PULL_SECRET."""
    minutes: Annotated[int, Field(ge=0)] = 0
    """How often a server fetches; 0: only `ivr directory pull` does."""
    folder: Path = Path("inbox")
    """Folder whose newest CSV or XLSX is taken."""
    url: str = ""
    """Address of a CSV or XLSX, https; IVR_PULL_SECRET is sent as a bearer token."""
    ldap_url: str = ""
    """Server, for example "ldaps://dc1.example.org"."""
    ldap_user: str = ""
    """Name to sign in with."""
    ldap_base: str = ""
    """Where the search begins, for example "OU=Staff,DC=example,DC=org"."""
    ldap_filter: str = "(&(objectClass=person)(telephoneNumber=*))"
    """Who is found."""
    graph_tenant: str = ""
    """The organisation's tenant at Microsoft."""
    graph_client: str = ""
    """This service's application id there; it needs the right `User.Read.All`."""
    graph_login: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"


class AdminSettings(Table):
    """`[admin]`: the administration pages, and the rules for going live there and on the command line."""

    enabled: bool = True
    """Serve `/admin`."""
    session_minutes: Annotated[int, Field(ge=5, le=720)] = 60
    """Minutes without a page until one has to sign in again."""
    two_people: bool = False
    """A version is made live by somebody else than who staged it."""
    golden: Path = Path("audio/calls/calls.yaml")
    """Calls that must go on ending as they should, in the format of `ivr call --calls`."""
    refuse_broken: bool = False
    """Refuse to make a version live that breaks a golden call, or that was not tried on them."""
    scheduler: str = ""
    """Dask cluster that replays before going live, for example "tcp://HOST:8786"; empty: the cores of this machine."""
    most_changed: Share = 0.2
    """Share of the entries that may leave at once before somebody has to say that it is meant."""
    oidc_issuer: str = ""
    """OpenID Connect provider, https, that signs people in beside local accounts; its secret: IVR_OIDC_SECRET."""
    oidc_client: str = ""
    """This service's client id there."""
    oidc_roles: dict[str, Literal["viewer", "editor", "publisher", "administrator"]] = {}
    """Group of the provider to role; whoever is in none of them may not come in."""


class Secrets(Table):
    """From the environment only; never written to a log."""

    twilio_account_sid: str = ""
    twilio_auth_tokens: tuple[SecretStr, ...] = ()
    """Several while rotating: all verify, the first signs."""
    secret_key: SecretStr = SecretStr("")
    """Keys the hashes of callers' numbers and the pages' sessions."""
    public_url: str = ""
    """The https origin Twilio sees."""
    webhook_secret: SecretStr = SecretStr("")
    """Signs what is posted to the back office."""
    pull_secret: SecretStr = SecretStr("")
    """Password or secret that the directory's export is fetched with."""
    oidc_secret: SecretStr = SecretStr("")
    """This service's secret at the provider that signs people in."""


class Settings(Table):
    """All settings of one site."""

    root: Path
    """The site's folder."""
    place: Place | None = None
    """Where it stands among the sites of an installation; None: it is alone."""
    site: SiteSettings = SiteSettings()
    directory: DirectorySettings = DirectorySettings()
    grammar: GrammarSettings = GrammarSettings()
    recognition: RecognitionSettings = RecognitionSettings()
    matching: MatchingSettings = MatchingSettings()
    dialogue: DialogueSettings = DialogueSettings()
    telephony: TelephonySettings = TelephonySettings()
    records: RecordsSettings = RecordsSettings()
    desk: DeskSettings = DeskSettings()
    requests: RequestsSettings = RequestsSettings()
    payments: PaymentSettings = PaymentSettings()
    limits: LimitsSettings = LimitsSettings()
    report: ReportSettings = ReportSettings()
    savings: SavingsSettings = SavingsSettings()
    server: ServerSettings = ServerSettings()
    pull: PullSettings = PullSettings()
    admin: AdminSettings = AdminSettings()
    secrets: Secrets = Secrets()

    def path(self, relative: Path | str) -> Path:
        """Return a path of the settings as one on this machine."""
        return self.root / relative

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL with a relative SQLite file made absolute."""
        if self.place and self.place.database:
            return self.place.database
        prefix = "sqlite:///"
        url = self.records.database
        if not url.startswith(prefix) or url == prefix or url.startswith((prefix + "/", prefix + ":")):
            return url
        return prefix + str((self.root / url.removeprefix(prefix)).resolve())


def load_settings(
    site: Path | None = None, environ: dict[str, str] | None = None, *, place: Place | None = None
) -> Settings:
    """Read the settings of the site in folder `site` (default: `IVR_SITE`, else the current folder).

    `place`: the site of an installation; also where `IVR_SITES` names its file and `IVR_SITE` the site's id.

    Raises SettingsError where there is no `ivr.toml`, where it is not TOML, or where a key is unknown
    (named with the nearest known one) or has a value out of range.
    """
    env = dict(os.environ) if environ is None else environ
    if site is None and place is None and env.get("IVR_SITES"):
        place = _named_place(env)
    root = place.folder if place else (site or Path(env.get("IVR_SITE") or ".")).resolve()
    file = root / "ivr.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            "no ivr.toml in this folder", where=str(root), todo="run `ivr init DIR` to make a site, or set IVR_SITE"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"not valid TOML: {error}", where=str(file), todo="mend the line named") from error
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=str(file)) from error
    _refuse_reserved(data, file)
    if env.get("IVR_DATABASE_URL") and place is None:
        data.setdefault("records", {})["database"] = env["IVR_DATABASE_URL"]
    try:
        return Settings(root=root, place=place, secrets=_secrets(env), **data)
    except ValidationError as error:
        raise SettingsError(_first_fault(error), where=str(file)) from None


def _named_place(env: dict[str, str]) -> Place:
    installation = read_installation(Path(env["IVR_SITES"]).resolve(), env.get("IVR_DATABASE_URL", ""))
    found = installation.places.get(env.get("IVR_SITE", ""))
    if found is None:
        raise SettingsError(
            "IVR_SITES names an installation of several sites",
            where=str(installation.file), todo=f"set IVR_SITE to one of them: {', '.join(installation.places)}",
        )  # fmt: skip
    return found


def _refuse_reserved(data: dict[str, Any], file: Path) -> None:
    for key in ("root", "place", "secrets"):
        if key in data:
            raise SettingsError(f"`{key}` is not a table of this file", where=str(file), todo="remove it")


def _secrets(env: dict[str, str]) -> Secrets:
    tokens = tuple(SecretStr(t.strip()) for t in env.get("TWILIO_AUTH_TOKEN", "").split(",") if t.strip())
    return Secrets(
        twilio_account_sid=env.get("TWILIO_ACCOUNT_SID", ""),
        twilio_auth_tokens=tokens,
        secret_key=SecretStr(env.get("IVR_SECRET_KEY", "")),
        public_url=env.get("IVR_PUBLIC_URL", "").rstrip("/"),
        webhook_secret=SecretStr(env.get("IVR_WEBHOOK_SECRET", "")),
        pull_secret=SecretStr(env.get("IVR_PULL_SECRET", "")),
        oidc_secret=SecretStr(env.get("IVR_OIDC_SECRET", "")),
    )


def _known(location: tuple[str | int, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        annotation = model.model_fields[str(part)].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return [name for name in model.model_fields if name not in {"root", "place", "secrets"}]


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    location = fault["loc"]
    name = ".".join(str(part) for part in location)
    if fault["type"] != "extra_forbidden":
        return f"`{name}`: {fault['msg'].lower()}, found {fault['input']!r}"
    near = process.extractOne(str(location[-1]), _known(location), score_cutoff=50)
    return f"unknown key `{name}`" + (f"; did you mean `{near[0]}`?" if near else "; see the commented ivr.toml")
