"""Names and phones for files that have none: deterministic, realistic, nobody's.

Made-up data lets a real, anonymous member base be searched and served like one with names.
Namesakes come up as often as in life. Phone numbers are in a range that no network hands out.
"""

from __future__ import annotations

from bisect import bisect
from hashlib import blake2b
from itertools import accumulate

# surname and its share among 10,000 people, roughly as the national census has them
_SURNAME_SHARES_TEXT = """
王 719 李 718 张 683 刘 538 陈 466 杨 316 赵 229 黄 222 周 212 吴 205
徐 166 孙 154 胡 131 朱 126 高 121 林 118 何 117 郭 115 马 105 罗 86 梁
84 宋 81 郑 78 谢 72 韩 68 唐 64 冯 61 于 60 董 55 萧 50 程 50 曹 49 袁
47 邓 45 许 45 傅 42 沈 41 曾 40 彭 40 吕 38 苏 37 卢 36 蒋 36 蔡 35 贾
34 丁 33 魏 33 薛 32 叶 31 阎 30 余 29 潘 28 杜 27 戴 26 夏 26 钟 25 汪
25 田 24 任 24 姜 23 范 23 方 22 石 22 姚 21 谭 20 廖 19 邹 18 熊 17 金
17 陆 16 郝 15 孔 15 白 14 崔 14 康 13 毛 12 邱 12 秦 11 江 11 史 10 顾
10 侯 9 邵 9 孟 8 龙 8 万 7 段 7 雷 6 钱 6 汤 5 尹 5 黎 4 易 4 常 4 武 3 乔
3 贺 3 赖 3 龚 2 文 2 欧阳 2 单 1 仇 1 解 1 区 1 查 1 司徒 1
"""
_SURNAME_SHARES = _SURNAME_SHARES_TEXT.split()
_SURNAMES = _SURNAME_SHARES[::2]
_SHARE_SUMS = list(accumulate(map(int, _SURNAME_SHARES[1::2])))
_SINGLE = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚英华鹏飞玲桂丹萍波辉斌健琳婷宁宇浩凯欣雪"
_FIRST = "建志国海晓小文玉春秀永俊雅嘉子思佳梓雨欣美红金新立学德家天一宏世荣凤丽淑桂爱庆振伟"
_SECOND = "国华明军平东强伟峰荣生林杰辉文斌波涛勇芳英梅兰琴玲霞萍丽红艳娟燕敏静洁莉琳婷怡涵轩豪宇"
_LATIN_SURNAMES_TEXT = """
Tanaka Suzuki Sato Kim Park Lee Nguyen Tran Tan Lim Wong Chan Smith Johnson Williams Brown Jones
Miller Davis Wilson Martin Bernard Dubois Moreau Müller Schmidt Weber Fischer de_Vries Jansen
Ivanov Petrov García López Rossi Silva Singh Kumar Hansen Novák
"""
_LATIN_SURNAMES = _LATIN_SURNAMES_TEXT.split()
_LATIN_GIVEN_TEXT = """
Hiroshi Yuki Min-jun Ji-woo Linh Wei Mei James Mary John Linda Robert Susan Michael Karen David
Emma Luc Camille Pierre Anna Lukas Sophie Daan Ivan Olga José María Marco Giulia João Priya
Arjun Lars Ingrid Jana Tomás Zoë
"""
_LATIN_GIVEN = _LATIN_GIVEN_TEXT.split()


def invent(card_no: str, seed: str, latin_percent: int) -> tuple[str, str]:
    """A name and a phone for a card number.

    Args:
        card_no: the member's; the same one always gives the same values.
        seed: another seed gives another world.
        latin_percent: share of Latin names, 0..100.

    Returns:
        (name, phone): phone has 11 digits.
    """
    draw = _Draw(f"{seed}\x1f{card_no}")
    if draw.below(100) < latin_percent:
        given = _LATIN_GIVEN[draw.below(len(_LATIN_GIVEN))]
        surname = _LATIN_SURNAMES[draw.below(len(_LATIN_SURNAMES))].replace("_", " ")
        name = f"{given} {surname}"
    else:
        surname = _SURNAMES[bisect(_SHARE_SUMS, draw.below(_SHARE_SUMS[-1]))]
        if draw.below(100) < 30:
            name = surname + _SINGLE[draw.below(len(_SINGLE))]
        else:
            name = surname + _FIRST[draw.below(len(_FIRST))] + _SECOND[draw.below(len(_SECOND))]
    return name, f"154{draw.below(10**8):08}"


class _Draw:
    """Numbers from a hash: the same on every machine and Python version."""

    def __init__(self, key: str) -> None:
        self._left = int.from_bytes(blake2b(key.encode(), digest_size=24).digest(), "big")

    def below(self, limit: int) -> int:
        self._left, value = divmod(self._left, limit)
        return value
