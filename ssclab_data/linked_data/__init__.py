"""Write entities as linked data."""
