"""The page that renders in the browser: built, served by a plain server, and used in a real browser."""
