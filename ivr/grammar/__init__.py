"""What callers may say: sentence templates, pronunciations, and the formats other recognisers read."""
