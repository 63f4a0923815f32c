"""`coordinator doctor`."""

from __future__ import annotations

import click

from config import load
from coordinator.cli_provider import provider_of
from coordinator.cli_store import database_of
from coordinator.services.doctor import Installation, examine


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check settings, database, time zones, mail server and provider. Changes nothing; exits 1 on trouble."""
    settings = load()
    database = database_of(settings)
    click.echo("ok   settings: They can be used.")
    is_well = True
    installation = Installation(
        database, settings.smtp_url, settings.mail_from, settings.base_url, settings.data_dir, provider_of(settings),
        bool(settings.trusted_proxies), settings.calendar_hosts, settings.log_url,
    )  # fmt: skip
    for finding in examine(installation):
        is_well = is_well and finding.is_well
        click.echo(f"{'ok  ' if finding.is_well else 'fix '} {finding.subject}: {finding.text}")
    database.dispose()
    ctx.exit(0 if is_well else 1)
