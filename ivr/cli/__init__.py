"""The `ivr` command: one thin module a command group."""
