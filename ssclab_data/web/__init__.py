"""Fetch over HTTP within limits, from the hosts that were configured alone; the only door to httpx of the library."""
