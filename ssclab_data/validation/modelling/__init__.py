"""Check descriptive entities against the vocabulary, modelling and privacy rules of a profile."""
