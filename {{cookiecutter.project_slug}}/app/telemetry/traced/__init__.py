"""Spans that the parts of the service add to those of requests."""
