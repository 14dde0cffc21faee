"""The examples of `deploy/` are well formed, and run as nobody in particular."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path


def test_units(root: Path) -> None:
    """Each unit is one, and the service may not become anybody else."""
    for file in sorted((root / "deploy" / "systemd").iterdir()):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read(file)
        assert unit["Unit"]["Description"]
        if file.suffix == ".service":
            assert (unit["Service"]["User"], unit["Service"]["UMask"]) == ("ivr", "0077")
            assert unit["Service"]["ExecStart"].startswith("/opt/ivr/bin/ivr ")


def test_image(root: Path) -> None:
    """The image runs as a user that is not root, and is asked for its health."""
    lines = (root / "deploy" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER 10001" in lines
    assert any("/healthz" in line for line in lines)


def test_kubernetes(root: Path) -> None:
    """A copy that cannot reach its database still takes calls: every probe asks whether the process answers."""
    parts = list(yaml.safe_load_all((root / "deploy" / "kubernetes" / "ivr.yaml").read_text(encoding="utf-8")))
    pods = next(part for part in parts if part["kind"] == "StatefulSet")["spec"]["template"]["spec"]
    container = pods["containers"][0]
    probes = [container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")]
    assert probes == ["/healthz"] * 3
    assert pods["securityContext"]["runAsNonRoot"]
    assert pods["terminationGracePeriodSeconds"] > 30
