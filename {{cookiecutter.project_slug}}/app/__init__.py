"""The service: `main` starts it, `factory` puts it together, `domains` is what it is about."""
