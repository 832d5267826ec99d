"""What is said of each finding, in simplified Chinese; `words_en.py` says the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.client.doctor.findings import Words

_RESCUE: Final = (
    "请先把工作带走：关闭程序，用 `guichet rescue export 文件` 写到 U 盘，再在服务器上运行 "
    "`guichet-server rescue import 文件`。之后用 `guichet rescue set-aside` 腾出位置，重新设置本"
    "机。"
)

WORDS: Final[Mapping[str, Words]] = {
    "folder_missing": Words(
        "没有数据文件夹",
        "{folder} 不存在，那里从未打开过席位。",
        "请用在此工作的账户启动一次程序。如果席位的数据在别处，请指明：--data-folder 文件夹。",
    ),
    "folder_network": Words(
        "数据文件夹在网络驱动器上",
        "{folder} 在另一台电脑上。记录的工作只有在本机自己的磁盘上才安全，所以程序不在那里打开。",
        "请设置为本机磁盘上的文件夹。程序关闭时，可以把旧文件夹中的内容复制过去。",
    ),
    "folder_closed": Words(
        "此账户不能使用数据文件夹",
        "运行本命令的账户不能读写 {folder}。",
        "请把账户加入柜台账户的组（Linux：usermod -aG guichet 账户），并让它重新登录；"
        "或者用那个账户运行本命令。",
    ),
    "folder_read_only": Words(
        "数据文件夹所在的磁盘不能写入",
        "{folder} 所在的磁盘以只读方式挂载，任何账户都不能写入：无法记录任何内容。",
        "请查明原因：`findmnt -T {folder}` 和 `dmesg`。系统发现磁盘有故障时会这样挂载，"
        "请先检查磁盘再写入。否则请重新以可写方式挂载。",
    ),
    "folder_open": Words(
        "数据文件夹对本机所有人开放",
        "本机与柜台无关的账户也能查看 {folder}。",
        "请管理员收紧权限：供柜台账户组使用时 chmod 2770，仅供一个账户使用时 chmod 700。",
    ),
    "disk_full": Words(
        "磁盘已满",
        "{folder} 所在磁盘剩余 {free_mb} MB；记录和更新需要 {needed_mb} MB。"
        "已记录的不会丢失，但可能无法继续记录。",
        "请清理该磁盘。切勿删除数据文件夹中的任何内容。",
    ),
    "disk_low": Words(
        "磁盘快满了",
        "{folder} 所在磁盘剩余 {free_mb} MB。",
        "请在柜台受影响之前清理该磁盘。切勿删除数据文件夹中的任何内容。",
    ),
    "disk_failed": Words(
        "磁盘没有响应",
        "查询 {folder} 所在磁盘的剩余空间时出错。",
        "请尽快检查磁盘。" + _RESCUE,
    ),
    "program_running": Words(
        "程序正在运行",
        "进程 {process} 已打开本席位的数据。没有打扰它。",
        "无需处理。再次启动程序的人会看到它的窗口。",
    ),
    "other_account": Words(
        "本机的另一个账户开着程序",
        "另一个账户的进程 {process} 已打开本席位的数据。它关闭之前，其他账户无法打开。",
        "请切换到那个账户并关闭程序，或请管理员结束该进程；已记录的不会丢失。",
    ),
    "two_instances": Words(
        "程序打开了不止一个",
        "除了此数据文件夹，程序还在另一个文件夹上打开（进程 {processes}）："
        "一台电脑上有两个席位，顾客的按键和扫描可能走错地方。",
        "请关闭不需要的那个。让每个快捷方式都不带 --data-folder 启动程序，或使用同一个文件夹。",
    ),
    "policy_broken": Words(
        "管理员的策略无法使用",
        "程序不能启动：没有保存过可用的旧策略。{said}。",
        "请改正该策略；`guichet settings show` 会列出其中全部问题。",
    ),
    "settings_mistake": Words(
        "有设置无法使用",
        "{said}。",
        "请在原处改正，然后重新启动程序；`guichet settings show --origin` 会显示目前生效的内容。",
    ),
    "update_under_way": Words(
        "更换到版本 {version} 时中断了",
        "完成之前无法工作；已记录的内容都没有丢失。",
        "请用 Guichet 自己的图标启动：它会完成更换，或退回原版本。",
    ),
    "update_refused": Words(
        "版本 {version} 在这台电脑上不能用",
        "席位已带着全部数据退回上一版本：{said}。",
        "请告知发布版本的人；之后的版本会自动再试。",
    ),
    "update_untrusted": Words(
        "发布的新版本不可信",
        "没有使用其中任何内容：{said}。",
        "请告知发布版本的人：可能有人在途中改动过，或签名清单没有续期。",
    ),
    "update_no_room": Words(
        "磁盘没有空间放新版本",
        "席位继续使用现有版本；已下载的部分已经删除。",
        "请腾出几百 MB 空间；之后会自动再试。",
    ),
    "updates_broken": Words(
        "无法读出这台电脑从哪里取得版本",
        "继续使用现有版本。{said}。",
        "请重新安装 Guichet。",
    ),
    "libraries_missing": Words(
        "缺少系统库",
        "缺少它们就无法打开窗口：{names}。",
        "请安装系统中包含它们的软件包。如果程序是以 deb 或 rpm 安装的："
        "`apt-get install --reinstall guichet` 或 `dnf reinstall guichet` 会把它们装回来。",
    ),
    "font_missing": Words(
        "没有安装中文字体",
        "中文姓名和界面会显示为空框。",
        "请安装包含简体中文的字体，例如 fonts-noto-cjk。",
    ),
    "no_desktop": Words(
        "没有检查屏幕",
        "本命令在没有桌面的地方启动，例如远程终端。",
        "要检查屏幕，请在该电脑的终端中，以在此工作的账户登录后运行。",
    ),
    "desktop_failed": Words(
        "这里无法打开窗口",
        "系统桌面不让程序查看屏幕。{said}",
        "请在该电脑的终端中，以在此工作的账户登录后运行。如果结果相同，"
        "请检查系统库是否完整，然后注销并重新登录。",
    ),
    "customer_screen_gone": Words(
        "顾客屏不见了",
        "顾客看的屏幕，或为顾客选定的屏幕，不在本机现有的 {screens} 个屏幕之中。无法请任何人评价。",
        "请检查它的线缆和电源，并确认系统是把桌面扩展到它，而不是显示相同画面。"
        "如果更换了屏幕：`guichet screens` 会列出屏幕名称，供 panel_screen 设置使用。",
    ),
    "not_set_up": Words(
        "本机尚未设置",
        "此账户没有在此数据文件夹上打开过席位，所以没有密钥。",
        "{how}",
    ),
    "revoked": Words(
        "本机已被中心停用",
        "密钥已删除；记录的内容以加密形式保留，只有中心能读取。",
        _RESCUE,
    ),
    "out_of_contact": Words(
        "本机已自行锁定",
        "它与中心服务器失去联系的时间超过了允许的期限。密钥已删除；记录的内容以加密形式保留。",
        _RESCUE,
    ),
    "keyring_locked": Words(
        "密钥环已锁定",
        "席位的密钥在此账户的密钥环中，需要先输入密码。在此之前程序无法打开。",
        "请解锁：注销后用密码登录，不要用指纹或自动登录；或在系统的密码管理程序中打开它。"
        "如果账户自动登录，请把密钥环密码设为空。",
    ),
    "keyring_missing": Words(
        "密钥环没有响应",
        "席位的密钥在系统的密钥环中，但没有密钥环响应：服务没有运行，或者这不是设置席位的那个账"
        "户。",
        "请以在此工作的账户在其桌面上运行本命令。在 Linux 上，请确认已安装并启动 gnome-keyring"
        "（或 KDE 钱包）。密钥本身不会因此丢失。",
    ),
    "vault_damaged": Words(
        "密钥文件无法读取",
        "席位的密钥在数据文件夹的一个文件中，该文件已损坏，或是从另一台电脑复制来的。",
        "如果文件夹是复制来的：请回到原来的电脑。否则：" + _RESCUE,
    ),
    "keys_missing": Words(
        "席位的数据在，但密钥不在",
        "工作以加密形式在磁盘上，而此账户的密钥环中没有它的密钥：密钥环被清空，或者这是另一个账"
        "户。",
        "请用设置席位的账户再试。如果密钥已经没有了：" + _RESCUE,
    ),
    "weak_vault": Words(
        "密钥保存在文件中",
        "设置席位时没有密钥环，或者有多个账户共用席位。被复制的文件夹是安全的，被盗的电脑则不然。",
        "请给本机磁盘加密。",
    ),
    "not_enrolled": Words(
        "本机尚未登记",
        "数据文件夹已有，但没有中心服务器认识它。",
        "{how}",
    ),
    "database_newer": Words(
        "数据由更新版本的程序写成",
        "席位数据的结构版本是 {found}；本程序最高认识 {known}。没有做任何更改。",
        "请重新安装较新的版本。记录的内容没有丢失。",
    ),
    "database_damaged": Words(
        "席位的数据无法读取",
        "work.db 已损坏，或属于别的密钥。没有做任何更改。",
        _RESCUE,
    ),
    "database_pages": Words(
        "席位的数据有损坏的页",
        "磁盘读出的 work.db 的某些页与写入时不同。",
        "请关闭程序再启动：它会尽量修复，并会说明。如果打不开：" + _RESCUE + "然后请更换磁盘。",
    ),
    "database_unread": Words(
        "无法查看席位的数据",
        "另一个程序占用 work.db，或者此账户不能读取它。",
        "请一分钟后以在此工作的账户再运行。如果仍然如此，请确认没有备份或杀毒软件占用数据文件夹"
        "中的文件。",
    ),
    "members_damaged": Words(
        "会员副本已损坏",
        "会员文件无法读取。其中没有工作记录。",
        "请关闭程序再启动：它会从服务器重新获取该文件。",
    ),
    "queue_stuck": Words(
        "有工作在等待服务器",
        "{entries} 条记录尚未到达中心服务器，最早的已等待 {hours} 小时 {minutes} 分钟。"
        "没有丢失：它们安全地保存在本机。{why}",
        "请处理服务器、时钟或密钥方面发现的问题，之后工作会自行发出。"
        "如果几天都发不出去：`guichet rescue export 文件`，写到 U 盘。",
    ),
    "server_unknown": Words(
        "不知道服务器",
        "席位的数据没有给出服务器地址，也没有设置。",
        "要检查通往服务器的路：--server 地址。",
    ),
    "server_differs": Words(
        "席位所在的服务器与策略不同",
        "策略（{place}）锁定了服务器 {locked}。本席位登记在 {own}，并继续使用它：新的服务器在登记时"
        "才生效。",
        "如果是同一服务器的新名称：请让旧名称也指向它，并让证书包含两个名称。如果是另一台服务器，"
        "本机要在那里登记：工作全部发送后，彻底卸载（purge）软件包并重新安装，或在本机运行 "
        "`guichet rescue set-aside`，并在旧服务器上停用席位。",
    ),
    "server_address": Words(
        "服务器地址不对",
        "{address} 不是服务器地址。",
        "请设置为 https://名称 或 https://名称:端口。",
    ),
    "dns_unknown": Words(
        "找不到该名称",
        "网络的名称服务（DNS）回答没有 {host}。",
        "请检查地址拼写。如果正确：请网络管理员添加该名称，或检查本机使用的名称服务器；可能需要 "
        "VPN。",
    ),
    "dns_silent": Words(
        "名称服务没有响应",
        "本机的名称服务器（DNS）没有及时回答 {host}。",
        "请确认网络已连接。再检查本机使用的名称服务器，以及防火墙是否拦截。",
    ),
    "no_network": Words(
        "没有网络",
        "系统找不到通往 {host}:{port} 的路。",
        "请检查网线、Wi-Fi 和 VPN。在此期间柜台可以脱离服务器继续工作。",
    ),
    "server_refuses": Words(
        "服务器拒绝连接",
        "{host} 在，但端口 {port} 没有程序监听。",
        "请确认服务器在运行（`systemctl status guichet-server`），并且地址中的端口正确。"
        "在此期间柜台可以脱离服务器继续工作。",
    ),
    "server_silent": Words(
        "服务器没有响应",
        "没有及时连接上 {host}:{port}。",
        "请确认服务器已开机，并且路上的防火墙没有丢弃端口 {port}。"
        "在此期间柜台可以脱离服务器继续工作。",
    ),
    "server_mute": Words(
        "服务器接受了呼叫但不说话",
        "{host}:{port} 接受了连接，但没有及时回答。",
        "服务器过载或卡住：请看它的日志。如果其他电脑能连上：路上的防火墙或代理扣住了回来的内容。",
    ),
    "line_cut": Words(
        "连接被切断",
        "{host}:{port} 接受了连接，没有回答就结束了。",
        "路上的防火墙、杀毒软件或代理不让它通过：请在那里把 {host} 设为例外。",
    ),
    "proxy_address": Words(
        "代理地址不对",
        "设置的代理 {proxy} 不是地址。",
        "请设置为 http://名称:端口，或去掉它；另请检查环境变量 HTTPS_PROXY。",
    ),
    "proxy_unreachable": Words(
        "代理没有响应",
        "呼叫要经过代理 {proxy}，而它不接受。",
        "请确认代理正确并已开启；或者去掉该设置，或把 {host} 加入不经代理的名单（NO_PROXY）。",
    ),
    "proxy_sign_in": Words(
        "代理要求登录",
        "代理 {proxy} 要求用户名和密码。",
        "请让 {host} 无需登录即可通过；对多人使用的电脑这最安全。"
        "否则把代理设置为 http://用户名:密码@主机:端口。",
    ),
    "proxy_refuses": Words(
        "代理不放行",
        "代理 {proxy} 拒绝或无法连接 {host}:{port}。",
        "请代理的管理员放行 {host}:{port}。",
    ),
    "portal": Words(
        "网络的登录页面挡住了路",
        "有别人替 {host} 回答：{to} 的页面，就像访客网络放行之前显示的那样。",
        "请在本机浏览器中打开任意网页并在那里登录。柜台最好使用没有此类页面的网络。",
    ),
    "not_guichet": Words(
        "回答的是另一个服务器",
        "在 {host}:{port} 回答的不是 Guichet 中心服务器。",
        "请确认地址正确，并且服务器前面的代理把 /v1 下的所有内容都转交给它。",
    ),
    "no_tls": Words(
        "回答的一方不使用 TLS",
        "{host}:{port} 有回答，但不是 https:// 所要求的方式。",
        "请确认端口是 TLS 的端口。有登录页面的网络也会这样：请在本机浏览器中打开任意网页并在那里"
        "登录。",
    ),
    "certificate_unknown": Words(
        "服务器证书不受信任",
        "{host} 出示的证书由“{issuer}”签发，本机不信任它。要么没有安装签发机构，要么有人在窃听。",
        "如果签发机构是贵公司的：请把它的证书安装到系统中，或在程序中设置。"
        "如果没有人认识它：请停止操作并报告安全部门。",
    ),
    "certificate_expired": Words(
        "服务器证书已过期",
        "按本机时钟：{host} 的证书有效期到 {until}。",
        "如果本机时钟正确，请更新服务器证书。如果不正确，请校正时钟。",
    ),
    "certificate_not_yet": Words(
        "服务器证书尚未生效",
        "按本机时钟：{host} 的证书从 {since} 起有效。",
        "本机时钟可能慢了：请校正，并让系统按网络时间自动校时。",
    ),
    "certificate_name": Words(
        "服务器证书的名称不符",
        "在 {host} 回答的一方出示的是 {names} 的证书。",
        "请按证书中的名称设置服务器地址，或为 {host} 制作证书。如果都不合适，"
        "回答的是另一个服务器：请报告安全部门。",
    ),
    "authority_unread": Words(
        "签发机构证书无法读取",
        "设置为服务器签发机构的 {file}（{place}）不存在，或不是证书。",
        "请把签发机构的证书（PEM）放到那里，让所有账户都能读取。",
    ),
    "authority_wrong": Words(
        "服务器证书不是由所设置的签发机构签发的",
        "{host} 出示的证书由“{issuer}”签发，而 {file} 不能证明它。该文件被设置为服务器的签发机构"
        "（{place}），所以系统的证书库不起作用。",
        "如果“{issuer}”正确：请把它的证书（PEM）放进 {file}。如果系统的证书库认识它："
        "请去掉设置 certificate_authority。如果没有人认识它，可能有人在窃听：请停止操作并报告安全"
        "部门。",
    ),
    "server_failing": Words(
        "服务器回答出错",
        "{host}:{port} 回答 {status}。",
        "请查看服务器日志。在此期间柜台可以脱离服务器继续工作。",
    ),
    "server_older": Words(
        "服务器比本程序旧",
        "{host} 还不理解本程序。",
        "请更新服务器。在此之前，记录的内容留在本机等待。",
    ),
    "program_older": Words(
        "本程序对服务器来说太旧",
        "{host} 不再理解本程序。",
        "请更新本机的程序。记录的内容会保留，之后再发送。",
    ),
    "clock_behind": Words(
        "本机时钟慢了",
        "比服务器慢 {minutes} 分钟。证书可能因此被拒绝，纸上的时间也不对。",
        "请校正时钟，并让系统按网络时间自动校时。",
    ),
    "clock_ahead": Words(
        "本机时钟快了",
        "比服务器快 {minutes} 分钟。证书可能因此被拒绝，纸上的时间也不对。",
        "请校正时钟，并让系统按网络时间自动校时。",
    ),
    "printer_settings": Words(
        "打印机设置无法读取",
        "所以不打印任何内容：{said}。",
        "请改正数据文件夹中的 printer.ini，然后重新启动程序。",
    ),
    "printer_unreachable": Words(
        "打印机没有响应",
        "{at} 不接受连接。",
        "请确认打印机已开机并联网，且地址仍是 {at}。",
    ),
    "printer_silent": Words(
        "打印机不说话",
        "{at} 接受连接，但不报告状态；可能另一台电脑正在使用它打印。",
        "请关机再开机。如果它从不报告状态，请在 printer.ini 中设置 tells_state = no。",
    ),
    "printer_paper": Words(
        "打印机缺纸",
        "{at} 的打印机报告缺纸。",
        "请装纸。等待的收据随后会打印出来。",
    ),
    "printer_cover": Words(
        "打印机盖子开着",
        "{at} 的打印机报告盖子开着。",
        "请合上。等待的收据随后会打印出来。",
    ),
    "printer_fault": Words(
        "打印机有故障",
        "{at} 的打印机报告有故障。",
        "请关机再开机，并检查切刀。",
    ),
    "printer_folder": Words(
        "收据文件夹无法写入",
        "收据保存为 {folder} 中的文件，而此账户不能在那里创建文件。",
        "请给账户授权，或在 printer.ini 中设置另一个文件夹。",
    ),
    "hung": Words(
        "一项检查耗时过长",
        "全部检查的时限已到，而“{check}”还没有结束：它询问的对象没有响应。",
        "请再运行一次。如果仍然如此：folder、disk、database 表示磁盘卡住，"
        "keys 表示密钥环服务卡住，screens、libraries 表示桌面卡住。",
    ),
}

WHY: Final[Mapping[str, str]] = {
    "": "此后程序已关闭，或服务器已回答、工作正在发送。",
    "unreachable": "程序上次发现服务器连接不上。",
    "certificate": "程序上次拒绝了服务器的证书。",
    "not_guichet": "程序上次得到的回答不是服务器给的。",
    "server_error": "服务器上次回答出错。",
    "revoked": "服务器上次说本机已停用。",
    "old_client": "服务器上次说本程序太旧。",
    "old_server": "服务器上次说它比本程序旧。",
    "clock": "程序上次发现本机时钟不准。",
}
"""Why work waits, by the program's own note of its link."""

HOW: Final[Mapping[str, str]] = {
    "code": "请启动程序，用中心发放的代码登记。",
    "token": "已设置服务器和登记令牌：确认服务器正常后，启动程序，或运行 "
    "`guichet enrol --unattended`。",
}
"""How a PC is enrolled, by what is set for it."""

LABELS: Final[Mapping[str, str]] = {
    "head": "Guichet {version}，{when}：{errors} 个错误，{warnings} 个警告（{took} 秒）",
    "note": "提示",
    "warning": "警告",
    "error": "错误",
    "mend": "怎么办：",
    "well": "一切正常。",
    "done": "已检查，未发现问题：{checks}",
    "not looked at": "因缺少其他检查的结果而未检查：{checks}",
    "failed": "诊断程序自身在这些检查中出错：{checks}。请报告。",
    "bundle": "供技术支持使用：{file}。其中没有任何人的个人数据。",
}
"""What stands around the findings."""
