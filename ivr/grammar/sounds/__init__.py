"""Letters to sounds, for words in no dictionary: a model learned from one, and rules for names from elsewhere."""
