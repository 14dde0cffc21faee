"""`python -m ivr` is the `ivr` command."""

from ivr.cli.app import main

main()
