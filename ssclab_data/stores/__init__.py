"""Keep entities and answer queries."""
