"""`./dev policy`: compares lease policies on a held-out week of visits, on the server's own code.

Visits are generated from a real base of members where it is at hand (--data), else from one made up
like it. The last week is measured by default; numbers are chosen on the week before (--week
choosing), so that nothing measured was looked at before.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from build_scripts.policy import people, policies, visits
from build_scripts.policy.accounts import Account, total
from build_scripts.policy.programme import Base, build
from build_scripts.policy.week import play

PROMISED: Final = 0.80
LEASED: Final = 0.15
HINDERED: Final = 0.01
"""What the default policy is to reach: at least, and at most twice."""

_SETTLING_DAYS: Final = 1
_INVENTED: Final = 6_963
_LEAST_WEEKS: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played; the same plan gives the same figures, but for processor time.

    Attributes:
        data: the folder with the real base, None for a made-up one.
        count: members of a made-up base; of a real one the first so many, 0 for all.
        weeks: of visits; all but the measured one are known to the server as it begins.
        is_held_out: the last week is measured; else the one before.
        listed_percent: of the flights that booking lists name the day before.
    """

    data: Path | None
    count: int
    weeks: int
    is_held_out: bool
    listed_percent: int

    @property
    def assumed(self) -> visits.Assumptions:
        return replace(visits.Assumptions(), listed_share=self.listed_percent / 100)

    def base(self, seed: int) -> tuple[Base, visits.Traffic]:
        """The programme on the morning of the day before the measured week."""
        if self.data is None:
            members = people.invent_people(self.count, seed)
        else:
            members = people.read_people(self.data)[: self.count or None]
        traffic = visits.generate(members, weeks=self.weeks, seed=seed, assumed=self.assumed)
        return build(members, traffic, from_day=self.week_from - _SETTLING_DAYS, seed=seed), traffic

    @property
    def week_from(self) -> int:
        """The measured week's first day."""
        return 7 * (self.weeks - (1 if self.is_held_out else 2))


_base_of = cache(Plan.base)


def measure(plan: Plan, settings: Mapping[str, Any], seed: int) -> Account:
    """Play one policy's week."""
    base, traffic = _base_of(plan, seed)
    begin = plan.week_from
    return play(base, traffic, settings, counted_from=begin, until=begin + 7, seed=seed)


def compare(
    plan: Plan, chosen: Mapping[str, Mapping[str, Any]], seeds: Sequence[int], *, processes: int
) -> dict[str, list[Account]]:
    """Play each policy on each seed; returns the accounts by policy, in the seeds' order.

    All policies meet the same visits and the same cuts.
    """
    runs = [(name, seed) for seed, name in product(seeds, chosen)]
    arguments = ([plan] * len(runs), [chosen[name] for name, _ in runs], [s for _, s in runs])
    found: dict[str, list[Account]] = {name: [] for name in chosen}
    with ProcessPoolExecutor(processes) as pool:
        for (name, seed), account in zip(runs, pool.map(measure, *arguments), strict=True):
            print(f"policy: {name}, seed {seed}: {_line(account)}", file=sys.stderr, flush=True)
            found[name].append(account)
    return found


def _line(account: Account) -> str:
    return (
        f"{account.offline['lease']} of {account.made_offline} offline redemptions under a lease"
        f" ({account.promised_if_cut:.0%} of the online ones, had the network gone),"
        f" {max(account.leased, default=0):.1%} leased at most,"
        f" {account.hindered:.1%} of {account.online.total()} hindered online"
    )


_COLUMNS: Final = (
    ("promised", "fully promised, of those made"),
    ("interval", "95 %"),
    ("attempted", "of those asked for"),
    ("if_cut", "online ones, had the network gone"),
    ("refused", "refused"),
    ("leased", "leased, mean / most"),
    ("hindered", "hindered online"),
    ("exposed", "exposure, mean / most"),
    ("granted", "granted"),
    ("filled up", "filled up"),
    ("prolonged", "prolonged"),
    ("handed back", "handed back"),
    ("looking", "a look, ms"),
)


def _row(account: Account) -> dict[str, str]:
    told = account.figures()
    low, high = told["promised_interval"]
    low_if, high_if = told["promised_if_cut_interval"]
    done = told["per_counter_day"]
    return {
        "promised": f"{told['promised']:.1%} of {account.made_offline}",
        "interval": f"{low:.0%}–{high:.0%}",
        "if_cut": f"{told['promised_if_cut']:.1%} ({low_if:.0%}–{high_if:.0%})",
        "attempted": f"{told['promised_of_asked']:.1%}",
        "refused": f"{told['refused']:.1%}",
        "leased": f"{told['leased_mean']:.1%} / {told['leased_most']:.1%}",
        "hindered": f"{told['hindered']:.2%} of {account.online.total()}",
        "exposed": f"{told['exposed_mean']:,.0f} / {told['exposed_most']:,}",
        **{
            name: f"{done.get(name, 0):.1f}"
            for name in ("granted", "filled up", "prolonged", "handed back")
        },
        "looking": f"{told['looking_ms']:.0f}",
    }


def table(found: Mapping[str, Sequence[Account]]) -> str:
    """The comparison as a Markdown table, a policy a line."""
    lines = ["| policy | " + " | ".join(title for _, title in _COLUMNS) + " |"]
    lines.append("|---" * (len(_COLUMNS) + 1) + "|")
    for name, accounts in found.items():
        row = _row(total(accounts))
        lines.append(f"| {name} | " + " | ".join(row[key] for key, _ in _COLUMNS) + " |")
    return "\n".join(lines)


def verdict(account: Account) -> list[str]:
    """Which of the targets a policy reaches, a line each."""
    return [
        f"{what}: {value:.2%}, {'reached' if is_reached else 'NOT reached'} ({target})"
        for what, value, target, is_reached in (
            (
                "fully promised of the offline redemptions made",
                account.promised,
                f"at least {PROMISED:.0%}",
                account.promised >= PROMISED,
            ),
            (
                "leased of all points, at most",
                max(account.leased, default=0.0),
                f"at most {LEASED:.0%}",
                max(account.leased, default=0.0) <= LEASED,
            ),
            (
                "online redemptions hindered",
                account.hindered,
                f"at most {HINDERED:.0%}",
                account.hindered <= HINDERED,
            ),
        )
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev policy", description=__doc__)
    parser.add_argument("--data", type=Path, default=people.DATA, metavar="DIR")
    parser.add_argument(
        "--policy",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="JSON, beside the default",
    )
    parser.add_argument("--only", nargs="+", choices=list(policies.BUILT_IN), metavar="NAME")
    parser.add_argument("--weeks", type=int, default=13, help="of visits, %(default)s unless given")
    parser.add_argument("--week", choices=("held-out", "choosing"), default="held-out")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--seeds", type=int, default=3, help="how many from there")
    parser.add_argument("--listed", type=int, default=70, metavar="PERCENT")
    parser.add_argument("--members", type=int, default=0, help="only so many; 0 for all")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything counted there")
    options = parser.parse_args(arguments)
    if options.weeks < _LEAST_WEEKS:
        parser.error(f"--weeks: {_LEAST_WEEKS} at least, of which the last two are measured")
    if not 0 <= options.listed <= 100:
        parser.error("--listed: a percentage, 0 to 100")
    if min(options.seeds, options.processes) < 1 or options.members < 0:
        parser.error("--seeds and --processes: 1 at least; --members: 0 at least")
    return options


def _chosen(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    names = options.only or ([policies.DEFAULT] if options.policy else list(policies.BUILT_IN))
    chosen = {name: policies.setting(policies.BUILT_IN[name]) for name in names}
    chosen.update(policies.read_policy(path) for path in options.policy)
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 also where a target isn't reached, 2 where something given can't be used."""
    options = _options(arguments)
    is_real = (options.data / people.FILE_NAME).exists()
    plan = Plan(
        options.data if is_real else None,
        options.members if is_real else options.members or _INVENTED,
        options.weeks,
        options.week == "held-out",
        options.listed,
    )
    if not is_real:
        print(f"policy: no {people.FILE_NAME} in {options.data}; made-up members instead")
    seeds = range(options.seed, options.seed + options.seeds)
    try:
        found = compare(plan, _chosen(options), seeds, processes=options.processes)
    except (people.NoBase, policies.BadPolicy) as error:
        print(f"policy: {error}", file=sys.stderr)
        return 2
    print(f"\nAssumed: {asdict(plan.assumed)}\n")
    print(table(found))
    for name, accounts in found.items():
        if name == policies.DEFAULT:
            print("\nThe default policy:", *verdict(total(accounts)), sep="\n")
    if options.json is not None:
        document = {
            "assumed": asdict(plan.assumed),
            "seeds": list(seeds),
            "week": options.week,
            "policies": {
                name: {
                    "figures": total(accounts).figures(),
                    "seeds": [each.document() for each in accounts],
                }
                for name, accounts in found.items()
            },
        }
        options.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
