"""Hypotheses in, ranked candidates and a decision out."""
