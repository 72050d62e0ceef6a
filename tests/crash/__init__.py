"""Kill a writer again and again, and compare what is left in its file with what it said it had written."""
