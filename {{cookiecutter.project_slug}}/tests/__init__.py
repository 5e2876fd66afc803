"""The same tree as `app/`: the tests of a module are where the module is."""
