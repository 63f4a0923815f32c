"""What a clinic, a protocol and a plan are, and the rules they obey. Standard library only."""
