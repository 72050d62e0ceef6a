"""Bring in what cities publish: by file, folder and HTTP, again and again, each feed by itself."""
