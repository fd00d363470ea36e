"""From news to a release: what would be released, the proof that it works, and the commit."""
