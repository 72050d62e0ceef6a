"""Answer one query from many labs."""
