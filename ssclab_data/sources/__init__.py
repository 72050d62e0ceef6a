"""Map payloads of municipal sources to entities."""
