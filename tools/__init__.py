"""What the nox sessions call that is longer than a session."""
