"""Every setting of a seat, written once: its type, bounds, default, meaning, and who may set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from app.domain.lean import dataclass
from app.settings.kinds import (
    Address,
    Authority,
    Choice,
    Flag,
    Folder,
    Kind,
    Listing,
    Neighbour,
    Number,
    Proxy,
    Text,
)
from app.settings.places import default_data_folder


class Source(StrEnum):
    """Who says a setting, from whom counts least to whom counts most.

    DEFAULT: the program itself.
    POLICY: the administrator's policy, under `defaults`: it may be changed below.
    MACHINE: what was set for this PC, by its image or installer.
    SEAT: what was chosen at the seat, in the files of its data folder.
    COMMAND_LINE: this one start of the program.
    LOCKED: the administrator's policy, under `locked`: nobody changes it.
    """

    DEFAULT = "default"
    POLICY = "policy"
    MACHINE = "machine"
    SEAT = "seat"
    COMMAND_LINE = "command line"
    LOCKED = "locked policy"


@dataclass(frozen=True, slots=True)
class Ini:
    """Where a setting stands in the seat's data folder."""

    file: str
    section: str
    key: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        name: as it is written in policies.
        kind: how a value is read, and what is refused.
        default: the value where nobody says one.
        english, chinese: what it is for, a sentence each.
        ini: where the seat itself says it, None: not for the seat to say.
        option: of the command line, '' for none.
        secret: a password or the like, never shown.
    """

    name: str
    kind: Kind
    default: Any
    english: str
    chinese: str
    ini: Ini | None
    option: str
    secret: bool


def _setting(
    default: Any,
    kind: Kind,
    english: str,
    chinese: str,
    *,
    ini: Ini | None = None,
    option: str = "",
    secret: bool = False,
) -> Any:
    told = {"kind": kind, "english": english, "chinese": chinese, "ini": ini}
    return field(default=default, metadata={**told, "option": option, "secret": secret})


def _screen(key: str) -> Ini:
    return Ini("screen.ini", "General", key)


def _printer(key: str) -> Ini:
    return Ini("printer.ini", "printer", key)


def _lan(key: str) -> Ini:
    return Ini("lan.ini", "lan", key)


@dataclass(frozen=True, slots=True)
class SeatSettings:
    """What is in force; each field is a setting, and says all there is to say of it."""

    server: str = _setting(
        "",
        Address(),
        "Address of the central server, proposed when a PC is set up.",
        "中心服务器的地址，设置电脑时预先填好。",
        option="--server",
    )
    certificate_authority: Path | None = _setting(
        None,
        Authority(),
        "File (PEM) of the authority that alone certifies the central server; empty: the system's.",
        "唯一为中心服务器签发证书的机构的文件（PEM）；空：使用系统的。",
    )
    proxy: str = _setting(
        "",
        Proxy(),
        "Proxy to the central server, http://HOST:PORT; 'none' for none; empty: the system's.",
        "通往中心服务器的代理，http://主机:端口；'none' 表示不用；空：使用系统的。",
        secret=True,
    )
    office: str = _setting(
        "",
        Text(most=20, pattern=r"[^\s/]*"),
        "Code of the office this PC is for; a token of another office doesn't enrol it.",
        "本电脑所属营业点的代码；其他营业点的令牌不能注册它。",
    )
    enrolment_token: str = _setting(
        "",
        Text(most=64, pattern=r"[A-Za-z0-9 -]*"),
        "Token by which this PC enrols at its first start, with nobody at it.",
        "本电脑首次启动时无人值守注册所用的令牌。",
        secret=True,
    )
    data_folder: Path = _setting(
        default_data_folder(),
        Folder(),
        "Where the seat keeps its data, on a disk of this PC.",
        "席位数据存放的文件夹，须在本机磁盘上。",
        option="--data-folder",
    )
    log_level: str = _setting(
        "warning",
        Choice("error", "warning", "info", "debug"),
        "What is written to guichet.log in the data folder.",
        "写入数据文件夹 guichet.log 的内容。",
        ini=_screen("log_level"),
    )
    updates: bool = _setting(
        True,
        Flag(),
        "Whether the program updates itself; off for those who distribute it by other tools.",
        "程序是否自行更新；用其他工具分发的单位请关闭。",
    )
    update_channel: str = _setting(
        "",
        Text(most=32, pattern=r"[a-z0-9-]*"),
        "Which updates this PC takes; empty: as it was installed.",
        "本电脑采用哪一路更新；空：按安装时的设定。",
    )
    language: str = _setting(
        "",
        Choice("", "zh_CN", "en"),
        "Language of the clerk's screens; empty: the system's.",
        "员工界面的语言；空：使用系统的。",
        ini=_screen("language"),
        option="--language",
    )
    theme: str = _setting(
        "auto",
        Choice("auto", "light", "dark"),
        "Light or dark; auto: as the system has it.",
        "浅色或深色；auto：随系统。",
        ini=_screen("theme"),
        option="--theme",
    )
    panel_screen: str = _setting(
        "",
        Text(most=200),
        "Which screen customers see: its number, connector or serial number, or none.",
        "顾客看哪块屏幕：编号、接口或序列号，或 none。",
        ini=_screen("panel_screen"),
        option="--panel-screen",
    )
    panel_voice: str = _setting(
        "ask",
        Choice("ask", "always", "never"),
        "Whether the panel speaks: when asked, each page, or never.",
        "评价屏是否朗读：按需、每页或从不。",
        ini=_screen("panel_voice"),
    )
    panel_picture: str = _setting(
        "",
        Text(most=500),
        "File of a picture behind the panel's greeting.",
        "评价屏问候背后的图片文件。",
        ini=_screen("panel_picture"),
    )
    panel_photos: str = _setting(
        "",
        Text(most=500),
        "Folder of the clerks' photos for the panel.",
        "评价屏所用员工照片的文件夹。",
        ini=_screen("panel_photos"),
    )
    take_over: bool = _setting(
        False,
        Flag(),
        "With one screen, customers answer on it.",
        "只有一块屏幕时，由顾客在其上作答。",
        ini=_screen("take_over"),
        option="--take-over",
    )
    keypad: str = _setting(
        "",
        Text(most=200),
        "Device file of the customer's keypad.",
        "顾客小键盘的设备文件。",
        ini=_screen("keypad"),
        option="--keypad",
    )
    keypad_codes: str = _setting(
        "",
        Text(most=500),
        "What the codes of a keypad on a serial line mean.",
        "串口小键盘各编码的含义。",
        ini=_screen("keypad_codes"),
    )
    keypad_baud: int = _setting(
        9600,
        Number(least=50, most=4_000_000),
        "Speed of that line, baud.",
        "串口速率（波特）。",
        ini=_screen("keypad_baud"),
    )
    printer_at: str = _setting(
        "",
        Neighbour(),
        "Receipt printer on the network, HOST or HOST:PORT.",
        "网络小票打印机，主机 或 主机:端口。",
        ini=_printer("at"),
    )
    printer_folder: str = _setting(
        "",
        Text(most=500),
        "Folder where receipts become PDF files instead.",
        "改为把小票存成 PDF 的文件夹。",
        ini=_printer("folder"),
    )
    printer_paper_mm: int = _setting(
        80,
        Number(58, 80, least=58, most=80),
        "Width of its paper, mm.",
        "纸宽（毫米）。",
        ini=_printer("paper_mm"),
    )
    printer_encoding: str = _setting(
        "gb18030",
        Choice("gb18030", "cp437", "cp850", "cp858", "cp1252"),
        "Characters that the printer knows.",
        "打印机的字符编码。",
        ini=_printer("encoding"),
    )
    printer_tells_state: bool = _setting(
        True,
        Flag(),
        "Off for a printer that never answers.",
        "从不应答的打印机请关闭。",
        ini=_printer("tells_state"),
    )
    printer_language: str = _setting(
        "zh_CN",
        Choice("zh_CN", "en"),
        "Language of receipts for customers whose own isn't known.",
        "顾客语言未知时小票所用的语言。",
        ini=_printer("language"),
    )
    files_folder: str = _setting(
        "",
        Text(most=500),
        "Folder for files that people take along; empty: the usual one.",
        "供人带走的文件所在文件夹；空：通常的位置。",
        ini=_printer("files"),
    )
    lan_mode: str = _setting(
        "auto",
        Choice("auto", "listed", "off"),
        "The office's own network: neighbours are found, only those listed, or nobody.",
        "营业点内部网络：自动发现、仅限列出的，或不用。",
        ini=_lan("mode"),
        option="--lan",
    )
    lan_listen: str = _setting(
        ":8461",
        Neighbour(port_alone=True),
        "Where this seat listens for its neighbours.",
        "本席位等候邻席连接的地址。",
        ini=_lan("listen"),
    )
    lan_peers: tuple[str, ...] = _setting(
        (),
        Listing(Neighbour(), most=64),
        "Neighbours, where multicast is blocked.",
        "多播受阻时列出的邻席。",
        ini=_lan("peers"),
        option="--peer",
    )
    lan_phones: str = _setting(
        ":8462",
        Neighbour(port_alone=True, off=True),
        "Where a desk serves the page for managers' phones; off for nowhere.",
        "经理台为经理手机提供页面的地址；off 表示不提供。",
        ini=_lan("phones"),
    )
    lan_certificate: str = _setting(
        "",
        Text(most=500),
        "That page's certificate, a PEM file; empty: its own.",
        "该页面的证书（PEM 文件）；空：自带的。",
        ini=_lan("certificate"),
    )
    lan_key: str = _setting(
        "",
        Text(most=500),
        "That certificate's key, a PEM file.",
        "该证书的私钥（PEM 文件）。",
        ini=_lan("key"),
    )


SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        each.name: Setting(each.name, default=each.default, **each.metadata)
        for each in fields(SeatSettings)
    }
)
