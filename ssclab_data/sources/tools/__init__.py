"""Help people who write mappings: check them, see what they leave out, try them, and draft new ones."""
