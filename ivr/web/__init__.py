"""The HTTP application: webhooks, media streams, health, and pages."""
