"""A mapping from a file's own headings: taken as they are, or proposed for somebody to correct."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from sync.server.importing.cells import STANDARD_FIELDS, BadCell, a_date
from sync.server.importing.mapping import BadMapping, Mapping, folded
from sync.server.importing.records import ImportRefused, ProblemReason
from sync.server.importing.source import MembersFile, Row

_DELIMITERS: Final = ",;\t|"
_DATE_FORMATS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y")
_ROWS_LOOKED_AT: Final = 1_000

# How other systems call a field, letters and digits alone.
_OTHER_NAMES: Final = {
    "card_no": "card cardnumber memberno membernumber memberid ffpno 卡号 会员号 会员卡号",
    "name": "fullname membername customername chinesename 姓名 名字 会员姓名",
    "latin_name": "englishname passengername pinyin 英文名 拼音 英文姓名",
    "phone": "mobile mobileno mobilephone cell cellphone phoneno phonenumber tel telephone"
    " 手机 手机号 手机号码 电话 联系电话",
    "tier": "level memberlevel membertier ffptier status grade 等级 级别 会员等级 会员级别",
    "home_office": "office branch city workcity homecity station 网点 营业部 城市",
    "joined_on": "joined joindate joiningdate ffpdate since enrolled enrolmentdate"
    " enrollmentdate 入会日期 加入日期 入会时间",
    "born_year": "birthyear yearofbirth yearborn 出生年份 出生年",
    "language": "lang preferredlanguage 语言",
    "preference": "preferences remark remarks seatpreference 偏好 备注",
    "points": "balance pointsbalance pointssum miles mileage score 积分 积分余额 里程 可用积分",
    "lots": "pointlots 积分批次",
    "visits": "flightcount visitcount trips flights 次数 到访次数 乘机次数",
}
_FIELD_OF: Final = {
    heading: name
    for name, others in _OTHER_NAMES.items()
    for heading in (name.replace("_", ""), *others.split())
}


def mapping_of_headings(path: Path) -> Mapping:
    """A mapping for a file whose headings are the names of the fields, with dates as YYYY-MM-DD.

    Raises:
        BadMapping: they are not; the message says what to do.
        ImportRefused: the file can't be read.
    """
    draft, headings = _look_at(path)
    known = {name: heading for heading in headings if (name := folded(heading)) in STANDARD_FIELDS}
    problems = []
    # Passed over in silence, a misspelt 'points' would cost everybody theirs
    strange = [heading for heading in headings if heading not in known.values()]
    if strange:
        problems.append(f"no field is called {', '.join(map(repr, strange))}")
    problems += [f"there is no column {name}" for name in ("card_no", "name") if name not in known]
    if problems:
        raise BadMapping(
            [
                *problems,
                f"the fields are {', '.join(STANDARD_FIELDS)}",
                "give a --mapping for other headings; `import members --print-mapping FILE`"
                " proposes one",
            ]
        )
    return replace(draft, columns=known)


def propose_mapping(path: Path) -> str:
    """The text of a mapping file for a members file, as far as its headings tell.

    Raises:
        ImportRefused: the file can't be read.
    """
    draft, headings = _look_at(path)
    columns: dict[str, str] = {}
    for heading in headings:
        name = _FIELD_OF.get("".join(one for one in folded(heading) if one.isalnum()))
        if name is not None and headings.count(heading) == 1:
            columns.setdefault(name, heading)
    date_format, *others = _date_formats(path, draft, columns.get("joined_on"))
    doubt = f" # or {', '.join(map(_toml, others))}: the file doesn't tell" if others else ""
    lines = [
        f"# What the columns of {_toml(path.name)} mean; check it, and give it to --mapping.",
        "[file]",
        f"encoding = {_toml(draft.encoding)}",
        f"delimiter = {_toml(draft.delimiter)}",
        f"date_format = {_toml(date_format)}{doubt}",
        "",
        "[columns]",
    ]
    for name in STANDARD_FIELDS:
        if name in columns:
            lines.append(f"{name} = {_toml(columns[name])}")
        else:
            must = ", which it needs" if name in ("card_no", "name") else ""
            lines.append(f'# {name} = "" # found no column{must}')
    unused = [_toml(heading) for heading in headings if heading not in columns.values()]
    if unused:
        lines += ["", f"# Not used: {', '.join(unused)}"]
    if "name" not in columns:
        lines += ["", "# Where the file has no names, they can be made up, and are marked so:"]
        lines += ["# [generate]", '# fields = ["name", "latin_name", "phone"]']
    return "\n".join(lines) + "\n"


def _look_at(path: Path) -> tuple[Mapping, list[str]]:
    """How to read a file of which nothing is known, and its headings."""
    draft = Mapping(columns={})
    try:
        headings = MembersFile(path, draft).header
    except ImportRefused as refusal:
        draft = Mapping(columns={}, encoding="gb18030")
        if refusal.problems[0].reason is not ProblemReason.BAD_ENCODING:
            raise
        try:
            headings = MembersFile(path, draft).header
        except ImportRefused:
            raise refusal from None
    if len(headings) == 1:
        delimiter = max(_DELIMITERS, key=headings[0].count)
        if delimiter in headings[0]:
            draft = Mapping(columns={}, encoding=draft.encoding, delimiter=delimiter)
            headings = MembersFile(path, draft).header
    return draft, headings


def _date_formats(path: Path, draft: Mapping, heading: str | None) -> list[str]:
    """The forms that most of a column's dates can have; the standard one where none fits."""
    if heading is None:
        return [_DATE_FORMATS[0]]
    source = MembersFile(path, draft)
    place = source.header.index(heading)
    rows = islice(source.rows(), _ROWS_LOOKED_AT)
    cells = [row.cells[place].strip() for row in rows if isinstance(row, Row)]
    fitting = {form: sum(_is_date(cell, form) for cell in cells) for form in _DATE_FORMATS}
    most = max(fitting.values())
    return [form for form in _DATE_FORMATS if fitting[form] == most][: None if most else 1]


def _is_date(cell: str, form: str) -> bool:
    try:
        a_date(cell, form)
    except BadCell:
        return False
    return True


def _toml(value: str) -> str:
    """A basic string; JSON's are TOML's but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
