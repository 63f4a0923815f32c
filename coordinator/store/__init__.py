"""Tables, claims, ledger, audit and migrations. The only room that knows SQL."""
