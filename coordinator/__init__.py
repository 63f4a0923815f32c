"""Coordinator: plans, keeps and tells whole programs of ketamine-assisted psychotherapy.

The map of the house, from the inside out; nobody imports from a room further down this list:

    domain/     what a clinic, a protocol and a plan are, and the rules they obey. Standard library only.
    planner/    makes plans: problem in, plan out. Loaded by the worker and the command, never by a web process.
    exchange/   files in and out: kap-problem/1 and kap-plan/1.
    calendars/  feeds that staff subscribe to.
    delivery/   mail out.
    store/      tables, claims, ledger, audit, migrations. The only room that knows SQL.
    services/   one file per feature, one function per use case.
    web/        one module per feature; access.py says who may, errors.py how a refusal looks.

`app.py`, `cli.py` and `worker.py` put the rooms together; only they read settings.
"""
