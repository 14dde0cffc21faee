"""Long fuzzing of one target, led by what the code covers; needs `pip install atheris` (Linux, CPython up to 3.13).

    python tests/fuzz/fuzz.py csv --seconds 300

What crashes is written beside the corpus in `--corpus`; once mended, keep it in `tests/fuzz/found/TARGET.NAME`.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ivr", "defusedxml", "yaml", "openpyxl"]):
    from targets import TARGETS, attempt


def main() -> None:
    """Fuzz until the time is over or something breaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, default=Path("var/fuzz"))
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    corpus = options.corpus / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(TARGETS[options.target][1]):
        (corpus / f"seed{at}").write_bytes(seed)
    limits = [f"-max_total_time={options.seconds}", "-timeout=20", "-max_len=20000", "-rss_limit_mb=3000"]
    atheris.Setup(
        [sys.argv[0], *limits, f"-artifact_prefix={corpus}.", str(corpus)],
        lambda data: attempt(options.target, data) and None,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
