"""The demo: an invented company's last two weeks, lived through the lifecycle."""
