"""Switchboard: voice self-service and call routing for councils and organisations like them."""

__version__ = "0.1.0"
