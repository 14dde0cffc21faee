"""One file a page of the administration."""
