"""Sound (or typed text) in, hypotheses out; one protocol, several recognisers."""
