"""People from LDAP or Active Directory, page by page."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ivr.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from ivr.settings import PullSettings

ATTRIBUTES: Final = ("sn", "givenName", "displayName", "department", "title", "telephoneNumber", "mobile", "mail")
"""In the order of `ivr.directory.pull.COLUMNS`."""
_PAGE: Final = 500
_SECONDS: Final = 60
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def read_ldap(settings: PullSettings, password: str) -> list[tuple[str, ...]]:
    """Return a row a person. Raises SettingsError for an address without encryption, UnavailableError otherwise."""
    try:
        import ldap3  # noqa: PLC0415 - an extra, and only where LDAP is read
        from ldap3.core.exceptions import LDAPException  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UnavailableError("LDAP needs the extra `ldap`; pip install 'ivr[ldap]'") from error
    parts = urlsplit(settings.ldap_url)
    if parts.scheme != "ldaps" and parts.hostname not in _LOOPBACK:
        raise SettingsError("`pull.ldap_url` is not ldaps://", where="ivr.toml", todo="passwords must not travel open")
    server = ldap3.Server(settings.ldap_url, connect_timeout=_SECONDS, get_info=ldap3.NONE)
    connection = ldap3.Connection(
        server, settings.ldap_user or None, password or None, receive_timeout=_SECONDS,
        raise_exceptions=True, check_names=False,
    )  # fmt: skip
    try:
        connection.open()
        with closing(connection.socket):  # the library leaves it open where the server was the first to hang up
            connection.bind()
            found = connection.extend.standard.paged_search(
                settings.ldap_base, settings.ldap_filter, attributes=list(ATTRIBUTES), paged_size=_PAGE
            )
            rows = [_row(item["attributes"]) for item in found if item.get("type") == "searchResEntry"]
            connection.unbind()
            return rows
    except (LDAPException, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise UnavailableError(f"{parts.hostname}: LDAP says: {said}; check `[pull]` and IVR_PULL_SECRET") from error


def _row(attributes: Any) -> tuple[str, ...]:
    return tuple(_text(attributes.get(name)) for name in ATTRIBUTES)


def _text(value: Any) -> str:
    """Return an attribute as text: the first of several values."""
    first = next(iter(value), "") if isinstance(value, list | tuple) else value
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first or "")
    return " ".join(text.split())
