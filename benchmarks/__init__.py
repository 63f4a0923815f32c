"""What the product claims to be fast at, measured. `make bench` runs all of it; figures are reported, never asserted."""
