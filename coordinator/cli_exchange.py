"""`coordinator import` and `coordinator export`: a clinic from, and to, the exchange format."""

from __future__ import annotations

from pathlib import Path

import click

from coordinator.cli_database import acting, clinic_option, now, opened
from coordinator.exchange.files import check_writable, read_bytes, write_json
from coordinator.exchange.plan import read_plan, write_plan
from coordinator.exchange.problem import read_problem, write_problem
from coordinator.services import transfer

_FILE = click.Path(path_type=Path)


@click.command("import")
@click.argument("problem_file", metavar="PROBLEM", type=_FILE)
@click.option("--plan", "plan_file", metavar="PLAN", type=_FILE, help="Publish the visits of this plan.")
def import_clinic(problem_file: Path, plan_file: Path | None) -> None:
    """Make a clinic of PROBLEM (kap-problem/1). All or nothing."""
    problem = read_problem(read_bytes(problem_file))
    plan = None if plan_file is None else read_plan(read_bytes(plan_file), problem)
    with opened() as house, house.database.write() as work:
        clinic_id = transfer.import_problem(work, now(), problem, plan)
    click.echo(
        f"Clinic {clinic_id} is made: {problem.clinic}. Add who signs in: coordinator user add --clinic {clinic_id}"
    )


@click.command("export")
@click.option("--problem", "problem_file", metavar="FILE", type=_FILE, required=True, help="Where the clinic goes.")
@click.option("--plan", "plan_file", metavar="FILE", type=_FILE, required=True, help="Where its visits go.")
@clinic_option
def export_clinic(problem_file: Path, plan_file: Path, wanted: int | None) -> None:
    """Write a clinic as a problem file, and its published visits as a plan file."""
    check_writable(problem_file)
    check_writable(plan_file)
    with opened() as house, house.database.read() as work:
        problem, plan = transfer.export(work, acting(work, wanted), now())
    write_json(problem_file, write_problem(problem))
    write_json(plan_file, write_plan(plan, problem))
    programs = len(problem.enrollments)
    click.echo(f"{problem.clinic}: {programs - len(plan.unplanned)} of {programs} programs planned, cost {plan.cost}.")
