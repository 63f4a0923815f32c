"""What the product claims to be fast at, measured by `make bench`; figures are reported, never asserted."""
