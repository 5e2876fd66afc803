"""In the place of the package of this name: cookiecutter downloads templates with it, and has one here."""
