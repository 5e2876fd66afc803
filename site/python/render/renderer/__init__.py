"""What the page asks of Python: verdicts, services, differences. Cookiecutter and the hooks are unmodified."""
