"""A loyalty programme made up for the demo, the same for the same seed.

What makes a counter's search hard is kept as it is in life: a few surnames and given names
that very many bear, couples and children under one phone, phone endings chosen for their
luck, and a fifth of the members who make more than half of the visits.
"""

import csv
import json
import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import Final

from pypinyin import Style, lazy_pinyin

MEMBER_COLUMNS: Final = (
    "card_no",
    "name",
    "latin_name",
    "phone",
    "tier",
    "home_office",
    "joined_on",
    "born_year",
    "language",
    "preference",
    "points",
    "lots",
    "visits",
)

TODAY: Final = date(2026, 11, 22)
"""The day the programme's dates are laid out around, unless the caller names another."""


@dataclass(frozen=True, slots=True)
class DemoOffice:
    """An office: code, names, city and IANA time zone."""

    code: str
    name_zh: str
    name_en: str
    city: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """A person behind a counter; the PIN is the demo's and known to everybody."""

    number: str
    name: str
    role: str
    office: str
    pin: str


@dataclass(frozen=True, slots=True)
class DemoReward:
    """A reward by its number in the catalogue; points are whole and positive."""

    number: int
    name_zh: str
    name_en: str
    points: int


OFFICES: Final = (
    DemoOffice("PEK-DT", "东单售票处", "Dongdan ticket office", "北京", "Asia/Shanghai"),
    DemoOffice("PEK-ZG", "中关村售票处", "Zhongguancun ticket office", "北京", "Asia/Shanghai"),
    DemoOffice(
        "PEK-CA", "首都机场三号航站楼", "Capital Airport Terminal 3", "北京", "Asia/Shanghai"
    ),
)

STAFF: Final = (
    DemoStaff("1001", "林晓燕", "clerk", "PEK-DT", "2580"),
    DemoStaff("1002", "郑海涛", "clerk", "PEK-DT", "1470"),
    DemoStaff("1003", "Anna Keller", "clerk", "PEK-ZG", "3690"),
    DemoStaff("1004", "马志强", "clerk", "PEK-ZG", "1593"),
    DemoStaff("1005", "许静", "clerk", "PEK-CA", "7531"),
    DemoStaff("1006", "Tom Barrett", "clerk", "PEK-CA", "9517"),
    DemoStaff("2001", "沈国华", "duty_manager", "PEK-DT", "4826"),
    DemoStaff("2002", "罗雅文", "duty_manager", "PEK-ZG", "6248"),
    DemoStaff("2003", "高建明", "duty_manager", "PEK-CA", "8462"),
    DemoStaff("9001", "程思远", "administrator", "PEK-DT", "7913"),
)

REWARDS: Final = (
    DemoReward(1, "休息室单次", "Lounge visit", 3_000),
    DemoReward(2, "优先登机", "Priority boarding", 800),
    DemoReward(3, "额外行李 10 公斤", "10 kg extra baggage", 4_500),
    DemoReward(4, "靠窗选座", "Seat of choice", 1_200),
    DemoReward(5, "机场接送", "Airport transfer", 6_000),
    DemoReward(6, "舱位升级", "Cabin upgrade", 12_000),
    DemoReward(7, "短途往返机票", "Short-haul return ticket", 20_000),
    DemoReward(8, "票款抵扣 100 元", "100 yuan off a ticket", 5_000),
    DemoReward(9, "贵宾快速安检", "Fast-track security", 1_500),
)

# Surnames with their bearers in 1,000 people, as published name statistics give them; the
# rest are rarer ones that share what is left.
_SURNAMES: Final = (
    "王72 李70 张65 刘52 陈46 杨32 黄24 赵22 吴21 周21 徐17 孙16 马14 朱13 胡13 林12 郭12 何12 "
    "高11 罗10 郑9 梁9 谢8 宋8 唐7 许7 邓6 冯6 韩6 曹6 曾6 彭6 萧5 蔡5 潘5 田5 董5 袁5 于5 余4 "
    "叶4 蒋4 杜4 苏4 魏4 程4 吕4 丁4 沈4 任4 姚4 卢4 傅3 钟3 姜3 崔3 谭3 廖3 范3 汪3 陆3 金3 石3 "
    "戴3 贾3 韦3 夏3 邱3 方3 侯2 邹2 熊2 孟2 秦2 白2 江2 阎2 薛2 尹2 段2 雷2 黎2 史2 龙2 陶2 贺2 "
    "顾2 毛2 郝2 龚2 邵2 万2 钱2 严2 覃1 武1 戚1 莫1 孔1 向1 汤1 欧阳1 司马1 上官1 诸葛1"
)
# Given names that very many bear: these make the namesakes.
_COMMON_GIVEN: Final = (
    "伟30 芳24 娜18 敏20 静24 丽24 强20 磊18 军22 洋14 勇18 艳18 杰20 娟14 涛18 明14 超14 霞10 "
    "平12 刚12 秀英24 桂英16 玉兰10 建华14 建国16 志强12 秀兰14 桂兰8 国强8 建军14 海燕8 晓燕8 "
    "丽娟8 婷婷10 浩然8 子涵8 雨桐6 欣怡8 宇轩6 梓涵6 志明8 国华8 红梅6 春梅6 晓东6 文杰6 俊杰10 "
    "佳怡6"
)
_GIVEN_FIRST: Final = (
    "文志国建海晓小玉春秀雅思子雨佳梓俊浩宇嘉欣诗泽天明永德光金美丽慧红桂凤学成立正新云"
)
_GIVEN_LAST: Final = (
    "华明平军英强伟杰涛峰辉东林梅兰芳玲红丽燕霞娟婷雪怡涵轩宇博文斌龙飞鹏波宁清洁琳琪萱然悦欣"
    "瑶航阳晨光荣生祥福庆安民"
)

_LATIN_SURNAMES: Final = (
    "Smith10 Johnson8 Williams7 Brown7 Jones6 Garcia6 Miller6 Davis5 Martinez5 Wilson4 Anderson4 "
    "Taylor4 Thomas4 Moore3 Martin4 Lee5 Thompson3 White3 Harris3 Clark3 Lewis2 Walker2 Young2 "
    "Allen2 King2 Wright2 Scott2 Hill2 Green2 Adams2 Baker2 Nelson2 Campbell2 Mitchell2 Roberts2 "
    "Müller4 Schmidt3 Schneider2 Fischer2 Weber2 Meyer2 Wagner2 Dubois2 Bernard2 Laurent1 Moreau1 "
    "Rossi3 Russo2 Ferrari1 Esposito1 Silva4 Santos3 Oliveira2 Pereira2 Ivanov2 Petrov1 Smirnov2 "
    "Nguyen5 Tran3 Kim6 Park4 Choi2 Tanaka3 Suzuki3 Sato3 Yamamoto2 Singh4 Kumar4 Sharma2 Patel3 "
    "Khan3 Ali2 Hassan2 Yilmaz1 Kowalski1 Nowak1 Jensen1 Hansen1 Larsson1 O'Brien1 Murphy1 Keller1"
)
_LATIN_GIVEN: Final = (
    "James6 John6 Robert5 Michael6 William4 David6 Richard3 Thomas4 Mary4 Anna5 Emma5 Maria6 "
    "Laura4 Sarah4 Julia3 Sofia3 Daniel4 Peter4 Paul3 Mark3 Andrew3 Lucas3 Leon2 Marco3 Luca2 "
    "Pierre2 Claire2 José3 André2 Ana3 Elena3 Olga2 Ivan2 Dmitri1 Minh2 Linh2 Jisoo1 Minjun1 Yuki2 "
    "Hiroshi2 Kenji1 Priya2 Rahul2 Amit2 Fatima2 Omar2 Ahmed2 Karin1 Zoë1 Björn1 Søren1 "
    "Renée1 Chloé2"
)

_TIERS: Final = (("platinum", 0.02), ("gold", 0.08), ("silver", 0.25))
_PREFERENCES: Final = (
    ("靠过道座位", "Prefers an aisle seat"),
    ("靠窗座位", "Prefers a window seat"),
    ("素食餐", "Vegetarian meal"),
    ("清真餐", "Muslim meal"),
    ("常带滑雪板", "Often travels with skis"),
    ("带婴儿出行", "Travels with an infant"),
    ("需要轮椅到登机口", "Wheelchair to the gate"),
    ("喜欢纸质登机牌", "Likes a paper boarding pass"),
)
_LUCKY_ENDINGS: Final = ("8888", "6666", "9999", "1688", "5188", "0001", "1314", "6688")
# No operator was ever given these: Chinese mobile numbers begin with 13 to 19, and no area
# code of the North American plan begins with 1.
_CHINESE_PHONE: Final = "12{:05d}{}"
_LATIN_PHONE: Final = "11{:05d}{}"
_CHINESE_SHARE: Final = 0.9
_EXPIRING_SHARE: Final = 0.1
_FAMILY_SHARE: Final = 0.12
_LUCKY_SHARE: Final = 0.02
# Log-normal with this deviation gives the upper fifth 57 % of the whole, which is what the
# upper fifth of a real airline's members flies; the mean is four visits a year.
_VISITS_SIGMA: Final = 1.018
_VISITS_MU: Final = 0.868


class _Weighted:
    """Draws from words written with their weights, such as 'Smith10 Brown7'."""

    def __init__(self, weighted: str) -> None:
        words = weighted.split()
        self._words = [word.rstrip("0123456789") for word in words]
        self._bounds = list(
            accumulate(
                int(both[len(word) :]) for both, word in zip(words, self._words, strict=True)
            )
        )

    def draw(self, rng: random.Random) -> str:
        return self._words[bisect(self._bounds, rng.random() * self._bounds[-1])]


_draw_surname: Final = _Weighted(_SURNAMES).draw
_draw_common_given: Final = _Weighted(_COMMON_GIVEN).draw
_draw_latin_surname: Final = _Weighted(_LATIN_SURNAMES).draw
_draw_office: Final = _Weighted("PEK-DT35 PEK-ZG35 PEK-CA30").draw
_draw_latin_given: Final = _Weighted(_LATIN_GIVEN).draw


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member as the CSV holds one.

    Attributes:
        points: the sum of the lots, whole and not negative.
        lots: (points, local date of expiry), earliest first.
        visits: visits to a counter in the last twelve months.
    """

    card_no: str
    name: str
    latin_name: str
    phone: str
    tier: str
    home_office: str
    joined_on: date
    born_year: int
    language: str
    preference: str
    points: int
    lots: tuple[tuple[int, date], ...]
    visits: int


@cache
def _pinyin(characters: str) -> str:
    return "".join(lazy_pinyin(characters, style=Style.NORMAL)).capitalize()


def make_members(n: int = 50_000, seed: int = 1, *, today: date = TODAY) -> Iterator[DemoMember]:
    """Make up members, the same ones for the same arguments.

    Args:
        n: how many, at most 8,000,000 (card numbers are eight digits).
        seed: any whole number.
        today: what joining and expiry dates are laid out around.

    Raises:
        ValueError: n is out of range.
    """
    if not 0 <= n <= 8_000_000:
        raise ValueError(f"can make 0 to 8,000,000 members, not {n}")
    rng = random.Random(seed)
    cards = rng.sample(range(10_000_000, 90_000_000), n)
    visits = sorted((rng.lognormvariate(_VISITS_MU, _VISITS_SIGMA) for _ in range(n)), reverse=True)
    tiers = [tier for tier, share in _TIERS for _ in range(int(share * n))]
    travellers = list(zip(visits, tiers + ["basic"] * (n - len(tiers)), strict=True))
    rng.shuffle(travellers)
    family: tuple[str, str, str] | None = None  # surname, phone and office of the member before
    for card, (visit_rate, tier) in zip(cards, travellers, strict=True):
        member, family = _make_member(rng, card, visit_rate, tier, family, today)
        yield member


def _make_member(
    rng: random.Random,
    card: int,
    visit_rate: float,
    tier: str,
    family: tuple[str, str, str] | None,
    today: date,
) -> tuple[DemoMember, tuple[str, str, str] | None]:
    relative = family is not None and rng.random() < _FAMILY_SHARE
    chinese = relative or rng.random() < _CHINESE_SHARE
    surname = _draw_surname(rng) if chinese else _draw_latin_surname(rng)
    phone = _phone(rng, chinese=chinese)
    office = _draw_office(rng)
    if relative and family is not None:
        # Children bear the surname, a spouse mostly another.
        surname = family[0] if rng.random() < 0.6 else surname
        _, phone, office = family
    if chinese:
        given = _given(rng)
        name = surname + given
        latin_name = f"{_pinyin(surname)} {_pinyin(given)}"
        language = "zh_CN" if rng.random() < 0.97 else "zh_TW"
    else:
        name, latin_name, language = f"{_draw_latin_given(rng)} {surname}", "", "en"
    lots = _lots(rng, visit_rate, today)
    preference = ""
    if rng.random() < 0.3:
        in_chinese, in_english = rng.choice(_PREFERENCES)
        preference = in_chinese if chinese else in_english
    member = DemoMember(
        card_no=f"GU{card}",
        name=name,
        latin_name=latin_name,
        phone=phone,
        tier=tier,
        home_office=office,
        joined_on=today - timedelta(days=int(3650 * rng.random() ** 1.5) + 1),
        born_year=today.year - 18 - int(35 * (rng.random() + rng.random())),
        language=language,
        preference=preference,
        points=sum(points for points, _ in lots),
        lots=lots,
        visits=round(visit_rate),
    )
    return member, (surname, phone, office) if chinese and not relative else None


def _given(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return _draw_common_given(rng)
    if rng.random() < 0.15:
        return rng.choice(_GIVEN_LAST)
    return rng.choice(_GIVEN_FIRST) + rng.choice(_GIVEN_LAST)


def _phone(rng: random.Random, *, chinese: bool) -> str:
    ending = f"{int(rng.random() * 10_000):04d}"
    if chinese and rng.random() < _LUCKY_SHARE:
        ending = rng.choice(_LUCKY_ENDINGS)
    return (_CHINESE_PHONE if chinese else _LATIN_PHONE).format(int(rng.random() * 100_000), ending)


@cache
def _month_ends(today: date) -> tuple[date, ...]:
    """Give the last days of the 37 months from today's on."""
    firsts = (divmod(today.year * 12 + today.month + months, 12) for months in range(37))
    return tuple(date(year, month + 1, 1) - timedelta(days=1) for year, month in firsts)


def _lots(rng: random.Random, visit_rate: float, today: date) -> tuple[tuple[int, date], ...]:
    """Make 1 to 4 lots that expire at the end of this month or of one of the next 36."""
    lots = []
    for _ in range(1 + int(4 * rng.random() ** 1.5)):
        months = 0 if rng.random() < _EXPIRING_SHARE else 1 + int(36 * rng.random())
        points = 100 + int(rng.expovariate(1 / 900) * visit_rate)
        lots.append((points, _month_ends(today)[months]))
    return tuple(sorted(lots, key=itemgetter(1)))


def write_members_csv(path: Path, n: int = 50_000, seed: int = 1, *, today: date = TODAY) -> None:
    """Write made-up members as UTF-8 CSV with a header, lots as JSON [[points, date], …]."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(MEMBER_COLUMNS)
        for member in make_members(n, seed, today=today):
            lots = json.dumps(
                [[points, expires_on.isoformat()] for points, expires_on in member.lots],
                separators=(",", ":"),
            )
            writer.writerow(
                (
                    member.card_no,
                    member.name,
                    member.latin_name,
                    member.phone,
                    member.tier,
                    member.home_office,
                    member.joined_on.isoformat(),
                    member.born_year,
                    member.language,
                    member.preference,
                    member.points,
                    lots,
                    member.visits,
                )
            )
