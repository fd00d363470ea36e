"""Values that data are counted into: they merge exactly, travel as JSON and have every score."""
