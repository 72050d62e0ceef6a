"""Change what a store holds as a request asks: bodies that are decoded in, effects out, no HTTP in it."""
