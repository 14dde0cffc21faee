"""Decoding graphs for the built-in model: what may be said, as a network of words, down to an OpenFst file."""
