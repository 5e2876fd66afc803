"""Builds the page that renders in the browser, from `site/` and pinned packages, into a folder of static files."""
