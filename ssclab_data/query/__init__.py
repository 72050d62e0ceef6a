"""Turn request texts into Queries and check them against the model."""
