"""Make the pages of a static site about information models: HTML and one style sheet, no script, no network."""
