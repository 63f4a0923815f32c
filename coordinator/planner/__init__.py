"""Makes plans: problem in, plan out. Loaded by the worker and the command, never by a web process."""
