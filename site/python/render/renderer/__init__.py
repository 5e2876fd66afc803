"""What the page asks of Python: verdicts, services, differences; by cookiecutter and hooks as they are."""
