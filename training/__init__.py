"""Trains the built-in telephone model: synthetic and recorded callers in, one Kaldi model file out."""
