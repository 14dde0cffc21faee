"""The conversation: a pure engine over one table of transitions."""
