"""Test contracts that stores, sources and endpoints fulfil, ours and those of others."""
