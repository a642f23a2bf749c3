"""Long runs that break things on purpose; the tests run short ones of the same."""
