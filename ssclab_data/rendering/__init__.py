"""Render columns of Observations to bytes, without an object per row."""
