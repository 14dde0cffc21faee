"""A telephone company on the user's own machine: plays callers against a running service as Twilio would."""
