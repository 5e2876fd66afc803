"""What the tests share: how to render, to start programs, and to judge what was rendered."""
