"""Write plausible payloads of seven living labs, for the demo and for tests; it shares nothing with the mappings."""
