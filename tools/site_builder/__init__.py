"""Builds the page that renders in the browser: static files, from `site/` and pinned packages."""
