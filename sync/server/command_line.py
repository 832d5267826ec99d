"""What can be typed after `guichet-server`, and what its help says."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.domain.program import program_version
from sync.server.command_parts import DATA_HELP
from sync.server.command_parts import command as _command
from sync.server.command_parts import group as _group
from sync.server.escalating.messages import LANGUAGES
from sync.server.escalating.routes import KINDS
from sync.server.fleet_command import add_fleet
from sync.server.importing.cells import STANDARD_FIELDS
from sync.server.importing.mapping import EXAMPLE
from sync.server.move_command import add_move
from sync.server.picture_commands import add_pictures
from sync.server.staff_command import add_pin, add_staff_commands
from sync.server.supervisor import Handles
from sync.server.tls_commands import add_tls
from sync.server.token_commands import add_tokens

_IMPORT_NOTES: Final = f"""\
Without --mapping, the headings of the file are the names of the fields:
  {", ".join(STANDARD_FIELDS)}
card_no and name must be there. Other headings need a mapping, a TOML file such as

{EXAMPLE}
--print-mapping proposes one. All it can say is in docs/import.md.
"""
_CORRECTING_NOTES: Final = """\
Only what is given changes; an empty text ('') takes it away.
"""
_STATEMENT_NOTES: Final = """\
Each line is one booking: day, kind, points, balance after it, what for, and where. What happened
without the network is booked when the counter's journal came; its own day then stands at the end.
"""
_DENYING_NOTES: Final = """\
Online they may spend what is theirs, as before. Without the server no counter gives them anything
from the moment that it has heard, and what counters hold of theirs is asked back.
"""
_ERASING_NOTES: Final = """\
Name, phone, cards, comments, complaints and notes go, from here and from every counter's PC as soon
as it is connected; points that are left are forfeited. What was booked stays, under a number that
nobody can lead back to the person. Backups made before hold the data still: restore one, and erase
again.
"""
_MERGING_NOTES: Final = """\
For a person who has two cards. Both cards open one membership from then on, at counters without the
network too. Points keep the day on which they expire, what is set aside for counters stays so, and
the higher tier counts. A flight that both were credited for counts once. What counters recorded of
either, before they hear of it, is booked to the one that stays. There is no way back, so it says
first what would move.
"""
_FAMILY_NOTES: Final = """\
What the member earns counts for their own tier as before. Of the points, once what is owed is paid,
so many percent go to the head, who alone spends them. It holds for what counters record from now
on; what is taken back comes back from both. Say it again with another percentage to change it. How
many may give to one head is in the setting 'family'.
"""
_ALARM_NOTES: Final = """\
A low rating rings at the desks of its office within a second. While nobody has taken it there it
goes on: to the next manager's mailbox, to another office, to a messenger's group. A message says
where and when, and whether the customer waits; no score, no names, nothing anybody wrote. An
address that is a secret is shown shortened. --hours, by the office's clock, are who is on duty.

    alarm add duty-group wecom https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…
    alarm add night mail night@example.com --office PEK --after 30 --hours "mon-sun 16:00-08:00"
    alarm add fallback mail duty@example.com --office PEK --after 60
"""
_BACKUP_NOTES: Final = """\
Counters let go of old entries' contents that confirmed backups hold, to keep their files small. Say
it when the copy is where a broken machine can't take it along, and can be read:

    mark=$(guichet-server backup mark)
    pg_dump … && copy it away && guichet-server backup confirm "$mark"
"""

_RESTORED_NOTES: Final = """\
Say it before `serve`. Counters then fetch their members anew, and offer again whatever this
database has forgotten. A PostgreSQL that was restored to a point in time, read in from a dump, or
replaced by its standby is noticed without it. More on restoring in docs/operations.md.
"""
_RESCUE_NOTES: Final = """\
Each entry counts once, however often it is taken in and even if the PC comes back.
What a PC that was shut out says of points and members waits for a manager's answer.
"""
_EXPLAIN_NOTES: Final = """\
Worked out again from the counter's entry and the version of the rules that it was decided by, which
are all kept, however often they have changed since.
"""
_EXPECTING_NOTES: Final = """\
Points are set aside for them at its counters that day, before anybody else's, and seats that hold
members of their own hold them. Whom a card doesn't lead to is passed over.
"""
_DEVICE_HELP: Final = "its place, such as PEK/A1, or its id as `status` shows it"
_WRITE_OFF_NOTES: Final = """\
For a device that won't come back. The programme bears what it may have given away under them, which
`exposure` counts until it hands them back after all. What comes in late is honoured so far, and
shown to a manager.
"""
_TERMS_NOTES: Final = """\
Terms say when a reward is offered, to whom for how much, and what money may pay:

    {"from": "2026-12-01", "until": "2027-01-31",
     "blackouts": [["2026-12-24", "2026-12-26"]],
     "tier_percent": {"gold": 90, "platinum": 80}, "segment_percent": {"young": 75},
     "floor": 500,
     "cash": {"least_percent": 50, "step": 100, "minor_per_100": 120, "currency": "CNY"}}

Any of it may be left out. Days are the office's own, both ends included. With these a gold member
pays 90 % of the points, somebody of the segment 'young' (see the setting 'segments') 75 %, and
nobody less than 500; who has too few pays at least half with points, in hundreds, and 1.20 CNY for
each hundred that is missing.
"""
_STOCK_NOTES: Final = """\
example: guichet-server reward stock 7 --set 120

LEFT can still be given: FREE by whoever asks first, AT-COUNTERS by those alone to which they were
set aside, with the network or without; they come back when they are wanted elsewhere. How many that
may be is in the setting 'redemption': stock_share_percent of what is left together, and never the
last stock_online_units. BEYOND were given though there was none, each shown to a manager.
WRITTEN-OFF were at counters that were given up, and may have been given all the same.
"""
_SERVED_NOTES: Final = """\
Columns: office,day,counter,served. Without a counter it is the whole office's. The same file again
changes nothing, another number corrects, none takes it back; with a wrong line nothing is imported.
"""
_SETTING_NOTES: Final = """\
example: guichet-server setting set rating '{"show_member_name": true}'
`setting list` shows every setting with its value.
"""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; exits with a usage message where it can't be read.

    Returns:
        The options, with `command` such as 'init' or 'office add', and `data` None where it
        isn't given.
    """
    return make_parser().parse_args(arguments)


def make_parser() -> argparse.ArgumentParser:
    """All commands, with their help."""
    parser = argparse.ArgumentParser(
        prog="guichet-server",
        description="Sets up, runs and checks the central server. COMMAND --help explains each.",
    )
    parser.add_argument("--data", type=Path, help=DATA_HELP)
    parser.add_argument("--version", action="version", version=f"%(prog)s {program_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_running(commands)
    add_fleet(commands)
    add_move(commands)
    add_tls(_group(commands, "tls", "The server's certificate for TLS"))
    _add_import(commands)
    _add_programme(commands)
    _add_members(commands)
    _add_devices(commands)
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _handles(text: str) -> Handles:
    return Handles(*map(int, text.split(",")))


def _add_running(commands: Any) -> None:
    init = _command(commands, "init", "set up a new server: database, programme, keys")
    init.add_argument("--database", default="", help="URL (default: SQLite in the data folder)")
    init.add_argument("--programme", required=True, help="the programme's name")
    init.add_argument("--office", default="HQ", help="code of the first office (default: HQ)")
    init.add_argument("--office-name", default="", help="its name (default: its code)")
    init.add_argument("--time-zone", default="UTC", help="its time zone, such as Asia/Shanghai")
    init.add_argument("--admin", default="1", help="staff number of the first administrator")
    init.add_argument("--admin-name", default="Administrator", help="their name")
    add_pin(init, "--admin-pin", "their PIN, 4 to 12 digits (default: asked for)")

    serve = _command(commands, "serve", "run the server; its first line says where it answers")
    serve.add_argument("--host", help="address to listen on; 0.0.0.0 for all (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="0 for any free one (default: 8460)")
    serve.add_argument("--uds", type=Path, help="a unix socket instead of host and port")
    serve.add_argument(
        "--tls-cert", type=Path, help="certificate chain in PEM (default: what `tls make` made)"
    )
    serve.add_argument("--tls-key", type=Path, help="its private key in PEM")
    serve.add_argument(
        "--workers",
        type=_at_least_one,
        help="processes that answer, on PostgreSQL; SIGHUP replaces them one by one (default: 1)",
    )
    # what the supervisor hands one of them
    serve.add_argument("--handles", type=_handles, help=argparse.SUPPRESS)

    _command(commands, "status", "show what stands in the database, and every device")
    audit = _command(commands, "audit", "prove the books and the journals; exits 1 if they fail")
    audit.add_argument(
        "database",
        nargs="?",
        metavar="DATABASE_URL",
        help="URL, or the path of an SQLite file (default: the server's own)",
    )
    explain = _command(
        commands, "explain", "say why points were booked, by which rules", _EXPLAIN_NOTES
    )
    explain.add_argument(
        "id", metavar="ID", help="of a transaction, an accrual, a redemption or a refund"
    )
    _command(
        commands,
        "snapshot",
        "make the members file anew that new seats are sent; a running server does so daily",
    )
    _command(
        commands,
        "restored",
        "say that the database was restored from a backup",
        _RESTORED_NOTES,
    )
    backup = _group(commands, "backup", "Backups of the database")
    _command(backup, "backup mark", "print a mark, before a backup is begun")
    confirm = _command(
        backup, "backup confirm", "say that a backup begun after a mark is safe", _BACKUP_NOTES
    )
    confirm.add_argument("mark", metavar="MARK", help="what `backup mark` printed")
    _command(commands, "expire", "post the points that have expired; a running server does too")


def _add_import(commands: Any) -> None:
    importing = _group(commands, "import", "Import data")
    members = _command(importing, "import members", "import members from a CSV file", _IMPORT_NOTES)
    members.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
    members.add_argument("--mapping", type=Path, help="TOML file that says what its columns mean")
    members.add_argument(
        "--print-mapping", action="store_true", help="import nothing, propose a mapping for FILE"
    )

    served = _command(
        importing,
        "import served",
        "import how many customers a queue or a host system served",
        _SERVED_NOTES,
    )
    served.add_argument("file", type=Path, metavar="FILE", help="the CSV file; - for stdin")


def _add_programme(commands: Any) -> None:
    office = _group(commands, "office", "Offices")
    add = _command(office, "office add", "add an office")
    add.add_argument("code", help="short and unique, such as PEK")
    add.add_argument("name", help="what people call it")
    add.add_argument("--time-zone", default="UTC", help="such as Asia/Shanghai (default: UTC)")
    add.add_argument(
        "--duty-phone", default="", help="shown to customers when no duty manager is within reach"
    )
    _add_members_choice(add)
    change = _command(office, "office set", "change an office; its seats hear of it by themselves")
    change.add_argument("code", help="the office's code")
    change.add_argument("--name", help="what people call it from now on")
    change.add_argument("--duty-phone", help="the duty manager's number, '' for none any more")
    _add_members_choice(change)
    _command(office, "office list", "list code, name, time zone, duty phone, and whose members")
    expect = _command(
        office,
        "office expect",
        "let an office be ready for those who are expected there",
        _EXPECTING_NOTES,
    )
    expect.add_argument("code", help="the office's code")
    expect.add_argument(
        "cards", type=Path, metavar="FILE", help="their card numbers, one a line; - for stdin"
    )
    expect.add_argument("--day", help="YYYY-MM-DD at the office (default: its today)")

    counter = _group(commands, "counter", "Counters and desks")
    add = _command(counter, "counter add", "add a counter, or a place for a manager's desk")
    add.add_argument("office", help="the office's code")
    add.add_argument("label", help="what stands on the counter, such as A1")
    _command(counter, "counter list", "list them as OFFICE/COUNTER")

    add_staff_commands(_group(commands, "staff", "Staff"))

    reward = _group(commands, "reward", "Rewards")
    add = _command(reward, "reward add", "add a reward", _TERMS_NOTES)
    add.add_argument("number", type=int, help="1 to 99, typed at the counter")
    add.add_argument("name", help="what the customer gets")
    add.add_argument("points", type=int, help="what it costs")
    add.add_argument("--name-en", default="", help="its English name (default: its name)")
    add.add_argument("--terms", default="{}", metavar="JSON", help="see below; or @FILE")
    change = _command(reward, "reward set", "change a reward", _TERMS_NOTES)
    change.add_argument("number", type=int, help="of the reward")
    change.add_argument("--name", help="what the customer gets")
    change.add_argument("--name-en", help="its English name")
    change.add_argument("--points", type=int, help="what it costs from now on")
    change.add_argument("--active", choices=("yes", "no"), help="whether it is offered at all")
    change.add_argument("--terms", metavar="JSON", help="all of them anew; or @FILE")
    stock = _command(reward, "reward stock", "say and show how many there are", _STOCK_NOTES)
    stock.add_argument("number", type=int, nargs="?", help="of the reward (default: show all)")
    stock.add_argument("--set", type=int, metavar="N", help="so many can be given from now on")
    stock.add_argument("--add", type=int, metavar="N", help="so many more; fewer with a minus")
    stock.add_argument("--unlimited", action="store_true", help="there is no end of it any more")
    _command(reward, "reward list", "list number, names, points, whether active, and terms")

    setting = _group(commands, "setting", "Settings of the programme")
    put = _command(setting, "setting set", "replace a setting", _SETTING_NOTES)
    put.add_argument("name", help="one of those that `setting list` shows")
    put.add_argument("value", help="a JSON object, or @FILE")
    _command(setting, "setting list", "list name, version and value")


def _add_members_choice(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--members",
        metavar="whole|own",
        help="whom its seats hold: everybody, or its own, its visitors and whom it expects; others"
        " they look up (default: whole)",
    )


def _whoever() -> str:
    """Whoever is signed in at this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return "operator"


def _add_members(commands: Any) -> None:
    member = _group(commands, "member", "A member's data, and whether counters may trust them")
    copy = _command(member, "member copy", "print all that is known of a member, as JSON")
    correct = _command(
        member, "member correct", "put right what is wrong of a member", _CORRECTING_NOTES
    )
    erase = _command(member, "member erase", "forget a member for good", _ERASING_NOTES)
    statement = _command(
        member, "member statement", "print what changed a member's points", _STATEMENT_NOTES
    )
    statement.add_argument("--from", dest="first", metavar="DAY", help="YYYY-MM-DD, booked since")
    statement.add_argument("--to", dest="last", metavar="DAY", help="YYYY-MM-DD, booked until")
    statement.add_argument("--csv", action="store_true", help="the lines alone, as CSV")
    deny = _command(
        member, "member deny", "have no counter promise a member anything by itself", _DENYING_NOTES
    )
    deny.add_argument("--reason", required=True, help="why; kept here, no counter is told")
    deny.add_argument("--by", default=_whoever(), help="who says so (default: %(default)s)")
    allow = _command(member, "member allow", "take a member off the deny list again")
    _command(member, "member denied", "list who is denied: card, since when, by whom, why")
    for command in (copy, correct, erase, statement, deny, allow):
        command.add_argument("card", help="number of a card, also of a replaced one")
    for name, what in (
        ("name", "the name as it is shown"),
        ("latin-name", "the name in Latin script"),
        ("phone", "digits alone"),
        ("preference", "one sentence worth saying aloud"),
        ("language", "such as zh_CN"),
    ):
        correct.add_argument(f"--{name}", help=what)
    correct.add_argument("--born-on-year", type=int, help="four digits")
    erase.add_argument("--yes", action="store_true", help="really; else it only says what would go")
    merge = _command(member, "member merge", "make two records of one person one", _MERGING_NOTES)
    merge.add_argument("card", metavar="CARD_AWAY", help="a card of the record that goes")
    merge.add_argument("into", metavar="CARD_STAY", help="a card of the record that stays")
    merge.add_argument("--reason", default="", help="why, in a few words; no names")
    merge.add_argument("--by", default=_whoever(), help="who says so (default: %(default)s)")
    merge.add_argument(
        "--yes", action="store_true", help="really; else it only says what would move"
    )
    _add_families(commands)
    _add_alarms(commands)
    add_pictures(_group(commands, "picture", "What customers' panels show"))
    add_tokens(_group(commands, "token", "PCs that enrol with nobody at them"))
    asked = _command(
        commands, "look-ups", "list who looked up members that their PC doesn't hold, and whom"
    )
    asked.add_argument("--days", type=int, default=7, help="how far back (default: 7)")


def _add_alarms(commands: Any) -> None:
    alarm = _group(commands, "alarm", "Where low ratings go besides the desks")
    add = _command(alarm, "alarm add", "send low ratings that nobody took on", _ALARM_NOTES)
    add.add_argument("label", help="what you call it, such as duty-group")
    add.add_argument("kind", choices=KINDS, help="which messenger, 'mail', or 'json' for others")
    add.add_argument("target", help="address of the web hook, or of the mailbox")
    add.add_argument("--office", default="", metavar="CODE", help="of this office (default: all)")
    add.add_argument(
        "--after", type=int, default=0, metavar="SECONDS", help="untaken so long (default: at once)"
    )
    add.add_argument("--hours", default="", metavar="WHEN", help="on duty then (default: always)")
    add.add_argument("--language", choices=LANGUAGES, default="zh_CN")
    for name, said in (
        ("remove", "send nothing more that way"),
        ("test", "send a message that says it is a test"),
    ):
        _command(alarm, f"alarm {name}", said).add_argument("label")
    _command(alarm, "alarm list", "list them, and how the last message on each went")


def _add_families(commands: Any) -> None:
    family = _group(commands, "family", "Members who put points together with one of them")
    make = _command(family, "family make", "make a member the head of a family")
    add = _command(
        family, "family add", "have a member give a share of what they earn", _FAMILY_NOTES
    )
    end = _command(family, "family end", "end a family; everybody keeps the points they have")
    for command in (make, add, end):
        command.add_argument("head", metavar="HEAD_CARD", help="a card of the head")
    remove = _command(family, "family remove", "let a member give nothing any more")
    show = _command(family, "family show", "print what a member is and was in families, and why")
    for command in (add, remove, show):
        command.add_argument("card", metavar="CARD", help="a card of the member")
    add.add_argument("--percent", type=int, required=True, help="of what is earned, 1 to 100")
    for command in (make, add, remove, end):
        command.add_argument("--reason", required=True, help="why, in a few words; no names")
        command.add_argument("--by", default=_whoever(), help="who says so (default: %(default)s)")
    _command(family, "family list", "list heads, since when, and who gives how much to them")


def _add_devices(commands: Any) -> None:
    enrol = _command(commands, "enrol", "give out a one-use code for a new counter's PC")
    enrol.add_argument("counter", metavar="OFFICE/COUNTER", help="such as PEK/A1")
    enrol.add_argument(
        "--kind",
        choices=("counter", "desk"),
        default="counter",
        help="desk for a duty manager's PC (default: counter)",
    )
    rescuing = _group(commands, "rescue", "Journals of PCs that can't connect any more")
    rescue = _command(
        rescuing,
        "rescue import",
        "take in what a PC recorded, from its stick or its data folder",
        _RESCUE_NOTES,
    )
    rescue.add_argument(
        "path", type=Path, metavar="PATH", help="the exported file, or a copy of the data folder"
    )
    rescue.add_argument(
        "--recovery-key",
        type=Path,
        metavar="FILE",
        help="the recovery key's private half (default: keys/recovery.key in the data folder)",
    )
    revoke = _command(commands, "revoke", "shut a device out from now on")
    revoke.add_argument("device", help=_DEVICE_HELP)
    lease = _group(commands, "lease", "Points that are set aside for devices")
    write_off = _command(
        lease,
        "lease write-off",
        "give members back what a lost device holds of theirs",
        _WRITE_OFF_NOTES,
    )
    write_off.add_argument("device", help=_DEVICE_HELP)
    write_off.add_argument("--reason", default="", help="why, in a few words; asked for if missing")
    write_off.add_argument(
        "--by", default="", help="who decided it; whoever is logged in if missing"
    )
    write_off.add_argument("--yes", action="store_true", help="really; else it only says what")
    exposed = _command(
        commands, "exposure", "show the worst possible loss now, by office and device, and why"
    )
    exposed.add_argument("--json", action="store_true", help="the same for programs")
