"""From a release on main to an index: what is uploaded, where to, and the tag that follows."""
