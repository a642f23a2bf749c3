"""Long randomized test runs. The test suite runs short versions of them."""
