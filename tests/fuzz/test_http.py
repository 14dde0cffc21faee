"""The description of our addresses is true, and what it allows is answered as it says, whatever is in it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from ivr.assembly import open_site
from ivr.settings import load_settings
from ivr.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.yaml"
STAFF = "Surname,Forename,Department,Telephone\n,,Housing,01632 960100\nFeatherstone,Marjorie,Housing,01632 960123\n"
ENQUIRIES = "missed_bin:\n  title: a missed bin\n  phrases: |\n    report a missed bin\n  answer: Two working days.\n"
RUN = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def app(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Serve a small council to anybody, so that what is tried gets past the signature."""
    folder = tmp_path_factory.mktemp("council")
    (folder / "ivr.toml").write_text(
        '[site]\noperator = "+441632960999"\nhours = "24/7"\n[directory]\nexport = "staff.csv"\narea_code = "01632"\n',
        encoding="utf-8",
    )
    (folder / "staff.csv").write_text(STAFF, encoding="utf-8")
    shutil.copytree(root / "grammars", folder / "grammars")
    (folder / "grammars" / "enquiries.yaml").write_text(ENQUIRIES, encoding="utf-8")
    (folder / "grammars" / "enquiries.grammar").write_text("<thing>:\n    thing\n", encoding="utf-8")
    site = open_site(load_settings(folder, {}))
    made = create_app(site)
    made.add_url_rule("/openapi.yaml", "description", lambda: DESCRIPTION.read_text(encoding="utf-8"))
    yield made
    site.store.close()


def _rules(app: Flask) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/admin", "/static", "/openapi")):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            methods = {method.lower() for method in rule.methods or ()} - {"head", "options"}
            found[path] = found.get(path, set()) | methods
    return found


def test_every_address_is_described(app: Flask) -> None:
    """What is served is described, and the other way round; who may use it without a signature too."""
    paths = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    assert {path: set(methods) for path, methods in paths.items()} == _rules(app)
    free = {path for path, methods in paths.items() if all(m.get("security") == [] for m in methods.values())}
    assert free == {"/voice/fallback", "/audio/{file}", "/desk/{token}", "/healthz", "/readyz", "/metrics"}


@pytest.fixture(scope="module")
def description(app: Flask) -> Any:
    """Load the description from the service."""
    return schemathesis.openapi.from_wsgi("/openapi.yaml", app)


CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
OPERATIONS = [
    (method, path)
    for path, methods in yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))["paths"].items()
    for method in methods
    if path != "/media"  # a web socket; its messages are tried elsewhere
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_the_description_allows(description: Any, method: str, path: str) -> None:
    """The answer's status, type and form are as described, and never a fault of ours."""

    @RUN
    @given(case=description[path][method].as_strategy())
    def answered(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    answered()
