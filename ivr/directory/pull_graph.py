"""People from Microsoft Graph, as an application of the organisation's own tenant (`User.Read.All`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ivr.errors import UnavailableError

if TYPE_CHECKING:
    from ivr.settings import PullSettings

_FIELDS: Final = (
    "surname",
    "givenName",
    "displayName",
    "department",
    "jobTitle",
    "businessPhones",
    "mobilePhone",
    "mail",
)
_SECONDS: Final = 60
_MOST_PAGES: Final = 1000


def read_graph(settings: PullSettings, secret: str) -> list[tuple[str, ...]]:
    """Return a row an enabled account, following every page. Raises UnavailableError."""
    import requests  # noqa: PLC0415 - only where Graph is read

    form = {
        "grant_type": "client_credentials", "client_id": settings.graph_client, "client_secret": secret,
        "scope": "https://graph.microsoft.com/.default",
    }  # fmt: skip
    address = f"{settings.graph_url}/v1.0/users?$select={','.join((*_FIELDS, 'accountEnabled'))}&$top=999"
    rows: list[tuple[str, ...]] = []
    try:
        with requests.Session() as session:
            url = f"{settings.graph_login}/{settings.graph_tenant}/oauth2/v2.0/token"
            answer = session.post(url, data=form, timeout=_SECONDS)
            answer.raise_for_status()
            session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            for _ in range(_MOST_PAGES):
                found = session.get(address, timeout=_SECONDS)
                found.raise_for_status()
                data = found.json()
                rows += [_row(user) for user in data["value"] if user.get("accountEnabled", True)]
                address = data.get("@odata.nextLink", "")
                if not address:
                    return rows
                if urlsplit(address).netloc != urlsplit(settings.graph_url).netloc:
                    raise UnavailableError("Graph names a next page elsewhere; nothing is fetched from there")
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        said = " ".join(str(error).split())[:200]
        raise UnavailableError(f"Microsoft Graph: {said}; check `[pull]` and IVR_PULL_SECRET") from error
    raise UnavailableError("Microsoft Graph: there is no end to its pages")


def _row(user: dict[str, Any]) -> tuple[str, ...]:
    cells = dict(user) | {"businessPhones": next(iter(user.get("businessPhones") or ()), "")}
    return tuple(" ".join(str(cells.get(name) or "").split()) for name in _FIELDS)
