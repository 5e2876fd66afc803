"""In the place of the package of this name: cookiecutter asks people with it, and here the page has asked."""
