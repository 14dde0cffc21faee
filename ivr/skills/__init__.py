"""Enquiries dealt with there and then, without a person."""
