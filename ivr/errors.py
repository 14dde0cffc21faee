"""One family of errors: each knows whose fault it was, its exit code, and what a caller would hear."""

from __future__ import annotations

from typing import ClassVar


class IvrError(Exception):
    """Base of every error this product raises on purpose.

    The message is one clear line: what was wrong, where, and what to do.
    """

    exit_code: ClassVar[int] = 2
    """Exit status of the command line: 1 problems found, 2 bad usage or input, 3 environment."""
    spoken: ClassVar[str] = "fault"
    """Id of the prompt a caller hears when this error ends their turn."""


class InputError(IvrError):
    """The user's file, option or data is wrong. Says what, where (file, row, column) and what to do.

    >>> print(InputError("no such file", where="staff.csv", todo="check the path"))
    staff.csv: no such file; check the path
    """

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what, self.where, self.todo = what, where, todo
        super().__init__((f"{where}: " if where else "") + what + (f"; {todo}" if todo else ""))


class SettingsError(InputError):
    """`ivr.toml` or an environment variable cannot be used."""


class DirectoryError(InputError):
    """A directory export or version cannot be used."""


class GrammarError(InputError):
    """A sentence template, prompt or pronunciation file cannot be used."""


class AudioError(InputError):
    """A recording cannot be read as sound."""


class UnavailableError(IvrError):
    """Something this machine should provide is missing: a model, a device, the database, disk space."""

    exit_code = 3


class RecogniserError(UnavailableError):
    """A recogniser failed or died; the caller is asked again."""

    spoken = "say_again"


class RecordsError(UnavailableError):
    """The records database cannot be reached, read or written."""


class AwayError(RecordsError):
    """The records database is not there now, or too slow to wait for; it may be back in a moment."""
