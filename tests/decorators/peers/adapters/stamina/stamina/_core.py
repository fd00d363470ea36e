"""Names of stamina's inner parts that its tests import; none of them has an equivalent."""

Attempt = _make_stop = None
