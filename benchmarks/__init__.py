"""What a rendered service costs next to bare FastAPI: `make bench`."""
