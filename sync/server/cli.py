"""`guichet-server`: sets up, runs and checks the central server."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.domain.default_settings import DEFAULT_SETTINGS
from app.domain.errors import GuichetError, Rejected
from app.domain.texts import problems_of
from sync.server import backups, epochs, snapshots
from sync.server.account import denied_words
from sync.server.alarm_commands import ALARM_COMMANDS
from sync.server.command_line import parse
from sync.server.device_commands import enrol, import_rescued, revoke
from sync.server.explain_command import print_explanation
from sync.server.family_commands import (
    add_to_family,
    end_family,
    list_families,
    make_family,
    remove_from_family,
    show_family,
)
from sync.server.fleet_command import show_fleet
from sync.server.importing.mapping import BadMapping, load_mapping
from sync.server.importing.proposal import mapping_of_headings, propose_mapping
from sync.server.importing.records import ImportRefused, RowProblem
from sync.server.keys import make_keys, save_keys
from sync.server.lease_commands import show_exposure, write_off_leases
from sync.server.look_up_command import list_look_ups
from sync.server.member_commands import (
    allow_member,
    copy_member,
    correct_member,
    deny_member,
    erase_member,
    list_denied,
    print_statement,
)
from sync.server.member_import import import_members
from sync.server.merge_command import merge_members
from sync.server.move_command import to_postgresql
from sync.server.office_commands import check_members, choose_members, expect_members, office_of
from sync.server.opening import (
    database_words,
    new_id,
    only_programme,
    open_engine,
    see_that_it_is_there,
    upkeep_of,
    working,
)
from sync.server.picture_commands import PICTURE_COMMANDS
from sync.server.plain import counted, plain_output
from sync.server.programme import (
    NewStaff,
    add_counter,
    add_office,
    add_reward,
    add_staff,
    change_office,
    change_reward,
    create_programme,
    put_setting,
)
from sync.server.serve_command import serve
from sync.server.served_import import import_served
from sync.server.serving import now_ms
from sync.server.settings import (
    EMBEDDED,
    ServerSettings,
    configuration_file,
    database_url,
    write_configuration,
)
from sync.server.staff_command import add_person, asked_verifier, change_person
from sync.server.status import status_lines
from sync.server.stock_command import keep_stock
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from sync.server.store.migrate import migrate
from sync.server.tls_commands import TLS_COMMANDS
from sync.server.token_commands import TOKEN_COMMANDS
from sync.server.work import Work


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 (it failed), 2 (it was asked wrongly)."""
    options = parse(arguments)
    with plain_output(sys.stdout, sys.stderr):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    try:
        settings = ServerSettings() if options.data is None else ServerSettings(data=options.data)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            name = "_".join(map(str, wrong["loc"])).upper()
            print(f"guichet-server: GUICHET_{name}: {wrong['msg']}", file=sys.stderr)
        return 1
    try:
        status = int(_COMMANDS[options.command](settings, options) or 0)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads it, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ImportRefused as refusal:
        for problem in refusal.problems:
            print(_problem_line(problem), file=sys.stderr)
        return 1
    except BadMapping as error:
        print(f"guichet-server: {error.message}", file=sys.stderr)
        return 1
    except GuichetError as error:
        print(f"guichet-server: {error.message}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__)
        print(f"guichet-server: the database: {reason.splitlines()[0]}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"guichet-server: {denied_words(error, settings.data)}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"guichet-server: {error}", file=sys.stderr)
        return 1
    return status


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Rejected("bad_time_zone", f"There is no time zone {name}") from error
    return name


# --- the commands -------------------------------------------------------------------------------


def _init(settings: ServerSettings, options: argparse.Namespace) -> None:
    data = settings.data
    zone = _time_zone(options.time_zone)
    if configuration_file(data).exists():
        raise Rejected("set_up", f"There is a server in {data} already")
    if (data / "keys").exists():
        raise Rejected(
            "set_up",
            f"There are keys in {data} already, by which counters know their server: for that one"
            " put server.json and the database back, for a new one name an empty folder",
        )
    verifier = asked_verifier(options.admin_pin, options.admin_pin_file, "--admin-pin")
    data.mkdir(parents=True, exist_ok=True)
    url = options.database or settings.database_url
    url = url or f"sqlite:///{(data / EMBEDDED).absolute()}"
    try:
        engine = make_engine(url)
    except (ValueError, sa.exc.ArgumentError) as error:
        raise Rejected("bad_database", f"The database's URL: {error}") from error
    migrate(engine)
    now = now_ms()
    with reading(engine) as connection:
        if connection.execute(sa.select(sa.func.count()).select_from(t.programme)).scalar_one():
            raise Rejected("set_up", "The database holds a programme already")
    keys, recovery = make_keys(now_ms=now, programme_name=options.programme)
    save_keys(data / "keys", keys, recovery)
    programme_id = new_id()
    with writing(engine) as connection:
        create_programme(
            connection,
            programme_id=programme_id,
            epoch_id=new_id(),
            name=options.programme,
            now_ms=now,
        )
        work = Work(connection, programme_id, now_ms=now, new_id=new_id)
        office_id = add_office(
            work, code=options.office, name=options.office_name or options.office, time_zone=zone
        )
        for name, value in DEFAULT_SETTINGS.items():
            put_setting(work, name, value)
        admin = NewStaff(options.admin, options.admin_name, ("administrator",), office_id, verifier)
        add_staff(work, admin)
        work.finish()
    engine.dispose()
    write_configuration(data, database_url=url)
    print(f"Programme {options.programme} is ready in {data}")


def _problem_line(problem: RowProblem) -> str:
    column = f", column {problem.column}" if problem.column else ""
    value = f" {problem.value!r}:" if problem.value else ""
    return f"line {problem.line}{column}:{value} {problem.what_to_do}"


def _import_members(settings: ServerSettings, options: argparse.Namespace) -> None:
    if options.print_mapping:
        print(propose_mapping(options.file), end="")
        return
    mapping = (
        load_mapping(options.mapping) if options.mapping else mapping_of_headings(options.file)
    )
    engine = open_engine(settings)
    try:
        summary, new, updated = import_members(
            engine,
            only_programme(engine),
            options.file,
            mapping,
            now_ms=now_ms(),
            new_id=new_id,
            report=lambda problem: print(_problem_line(problem), file=sys.stderr),
        )
    finally:
        engine.dispose()
    print(
        f"{counted(summary.members, 'member')} read: {new} new, {updated} updated,"
        f" {summary.members - new - updated} as they were;"
        f" {counted(summary.rows_refused, 'row')} refused,"
        f" {counted(summary.cells_left_out, 'cell')} left out"
    )
    _snapshot(settings, options)


def _snapshot(settings: ServerSettings, options: argparse.Namespace) -> None:
    engine = open_engine(settings)
    try:
        built = snapshots.build(engine, only_programme(engine), now_ms=now_ms, new_id=new_id)
    finally:
        engine.dispose()
    if built is None:
        print("A member was erased meanwhile: no members file was made; the server makes one soon")
        return
    print(
        f"Members file of {counted(built.rows, 'member')} ready for new seats:"
        f" {built.file_bytes} bytes, {built.wire_bytes} on the wire"
    )


def _office_add(settings: ServerSettings, options: argparse.Namespace) -> None:
    check_members(options.members)
    with working(settings) as work:
        zone = _time_zone(options.time_zone)
        add_office(
            work,
            code=options.code,
            name=options.name,
            time_zone=zone,
            duty_phone=options.duty_phone,
        )
    print(f"Office {options.code}")
    if options.members is not None:
        choose_members(settings, options.code, options.members)


def _office_set(settings: ServerSettings, options: argparse.Namespace) -> None:
    check_members(options.members)
    if options.name is None and options.duty_phone is None and options.members is None:
        raise Rejected("nothing_to_set", "Say what to change: --name, --duty-phone or --members")
    with working(settings) as work:
        change_office(work, code=options.code, name=options.name, duty_phone=options.duty_phone)
    print(f"Office {options.code}")
    if options.members is not None:
        choose_members(settings, options.code, options.members)


def _counter_add(settings: ServerSettings, options: argparse.Namespace) -> None:
    with working(settings) as work:
        office = office_of(work, options.office)
        add_counter(work, office_id=office.office_id, label=options.label)
    print(f"Counter {options.office}/{options.label}")


def _counter_list(settings: ServerSettings, options: argparse.Namespace) -> None:
    with working(settings) as work:
        offices = {row.office_id: row.code for row in work.connection.execute(work.mine(t.office))}
        rows = work.connection.execute(work.mine(t.counter))
        for name in sorted(f"{offices[row.office_id]}/{row.label}" for row in rows):
            print(name)


def _reward_add(settings: ServerSettings, options: argparse.Namespace) -> None:
    with working(settings) as work:
        add_reward(
            work,
            number=options.number,
            name=options.name,
            name_en=options.name_en or options.name,
            points=options.points,
            terms=_json(options.terms),
        )
    print(f"Reward {options.number}")


def _reward_set(settings: ServerSettings, options: argparse.Namespace) -> None:
    said = {name: getattr(options, name) for name in ("name", "name_en", "points")}
    said["active"] = None if options.active is None else options.active == "yes"
    said["terms"] = None if options.terms is None else _json(options.terms)
    changes = {name: value for name, value in said.items() if value is not None}
    with working(settings) as work:
        change_reward(work, options.number, changes)
    print(f"Reward {options.number}: {', '.join(changes) or 'nothing'} changed")


def _json(text: str) -> dict[str, object]:
    """A JSON object as it is typed, or @FILE that holds it. Raises Rejected('bad_setting')."""
    if text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8")
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Rejected("bad_setting", f"The value isn't JSON: {error}") from error
    if not isinstance(value, dict):
        raise Rejected("bad_setting", "The value is a JSON object")
    return value


def _setting_set(settings: ServerSettings, options: argparse.Namespace) -> None:
    value = _json(options.value)
    if options.name == "rating" and (problems := problems_of(value)):
        raise Rejected("bad_texts", "; ".join(problems))
    with working(settings) as work:
        version = put_setting(work, options.name, value)
    print(f"Setting {options.name}, version {version}")


def _lister(table: sa.Table, *columns: str) -> Any:
    def run(settings: ServerSettings, options: argparse.Namespace) -> None:
        with working(settings) as work:
            for row in work.connection.execute(work.mine(table).order_by(table.c[columns[0]])):
                print("\t".join(str(getattr(row, name)) for name in columns))

    return run


def _expire(settings: ServerSettings, options: argparse.Namespace) -> None:
    engine = open_engine(settings)
    try:
        points = sum(upkeep_of(engine).expiring())
        print(f"{points} points have expired")
    finally:
        engine.dispose()


def _restored(settings: ServerSettings, options: argparse.Namespace) -> None:
    with working(settings, even_left=True) as work:
        epochs.begin(work.connection, work.programme_id, epoch_id=new_id(), now_ms=work.now_ms)
        where = database_words(work.connection.engine)
    print(
        f"A new epoch has begun in {where}: counters fetch their members anew, and offer again what"
        " is missing.\nWho was erased, shut out or changed since that backup has to be so again."
    )


def _backup_mark(settings: ServerSettings, options: argparse.Namespace) -> None:
    with working(settings) as work:
        print(backups.make_mark(work.connection, work.programme_id))


def _backup_confirm(settings: ServerSettings, options: argparse.Namespace) -> None:
    with working(settings) as work:
        backups.confirm(work, options.mark)
    print("Counters may let go of what that backup holds.")


def _status(settings: ServerSettings, options: argparse.Namespace) -> None:
    engine = open_engine(settings)
    try:
        print(f"database\t{database_words(engine)}")
        with reading(engine) as connection:
            for line in status_lines(connection):
                print(line)
    finally:
        engine.dispose()


def _audit(settings: ServerSettings, options: argparse.Namespace) -> int:
    from sync.server.audit import audit

    text = options.database or database_url(settings)
    if "://" not in text:
        text = f"sqlite:///{text}"
    try:
        engine = make_engine(text)
    except (ValueError, sa.exc.ArgumentError) as error:
        raise Rejected("bad_database", f"The database's URL: {error}") from error
    see_that_it_is_there(text)
    print(f"Auditing {database_words(engine)}", file=sys.stderr, flush=True)
    try:
        with reading(engine) as connection:
            found = 0
            for finding in audit(connection):
                found += 1
                print(finding)
    finally:
        engine.dispose()
    print(f"{found} wrong" if found else "The books balance and every chain is whole")
    return 1 if found else 0


_COMMANDS: dict[str, Callable[[ServerSettings, argparse.Namespace], int | None]] = {
    "init": _init,
    "serve": serve,
    "status": _status,
    "fleet": show_fleet,
    "audit": _audit,
    "explain": print_explanation,
    "restored": _restored,
    "to-postgresql": to_postgresql,
    "backup mark": _backup_mark,
    "backup confirm": _backup_confirm,
    "expire": _expire,
    "snapshot": _snapshot,
    "import members": _import_members,
    "member copy": copy_member,
    "member statement": print_statement,
    "member correct": correct_member,
    "member erase": erase_member,
    "member deny": deny_member,
    "member allow": allow_member,
    "member denied": list_denied,
    "member merge": merge_members,
    "family make": make_family,
    "family add": add_to_family,
    "family remove": remove_from_family,
    "family end": end_family,
    "family show": show_family,
    "family list": list_families,
    "look-ups": list_look_ups,
    **ALARM_COMMANDS,
    **PICTURE_COMMANDS,
    **TLS_COMMANDS,
    **TOKEN_COMMANDS,
    "import served": import_served,
    "office add": _office_add,
    "office set": _office_set,
    "office list": _lister(t.office, "code", "name", "time_zone", "duty_phone", "members"),
    "office expect": expect_members,
    "counter add": _counter_add,
    "counter list": _counter_list,
    "staff add": add_person,
    "staff set": change_person,
    "staff list": _lister(t.staff, "number", "name", "roles", "active"),
    "reward add": _reward_add,
    "reward set": _reward_set,
    "reward stock": keep_stock,
    "reward list": _lister(t.reward, "number", "name", "name_en", "points", "active", "terms"),
    "setting set": _setting_set,
    "setting list": _lister(t.setting, "name", "version", "value"),
    "enrol": enrol,
    "revoke": revoke,
    "rescue import": import_rescued,
    "lease write-off": write_off_leases,
    "exposure": show_exposure,
}


if __name__ == "__main__":
    sys.exit(main())
