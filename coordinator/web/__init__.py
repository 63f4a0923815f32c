"""One module per feature; `access.py` says who may, `errors.py` how a refusal looks."""
