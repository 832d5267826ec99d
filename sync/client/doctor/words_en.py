"""What is said of each finding, in English; `words_zh.py` says the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.client.doctor.findings import Words

_RESCUE: Final = (
    "Take the work along before anything else: close the program, then `guichet rescue export "
    "FILE` "
    "on a stick, and at the server `guichet-server rescue import FILE`. After that `guichet rescue "
    "set-aside` makes room for setting this PC up anew."
)

WORDS: Final[Mapping[str, Words]] = {
    "folder_missing": Words(
        "There is no data folder",
        "{folder} does not exist, so no seat was ever opened there.",
        "Start the program once as the account that works here. If the seat's data is elsewhere, "
        "name it: --data-folder FOLDER.",
    ),
    "folder_network": Words(
        "The data folder is on a network drive",
        "{folder} is on another computer. Recorded work is safe on this PC's own disk alone, so "
        "the "
        "program does not open there.",
        "Set a folder on this PC's own disk. What is in the old one can be copied there while the "
        "program is closed.",
    ),
    "folder_closed": Words(
        "This account may not use the data folder",
        "{folder} can't be read and written by the account that runs this.",
        "Put the account into the group of the counter's accounts (Linux: usermod -aG guichet "
        "ACCOUNT) and have it sign in again; or run this as that account.",
    ),
    "folder_read_only": Words(
        "The disk of the data folder can't be written",
        "{folder} is on a disk that is mounted read-only, for every account: nothing can be "
        "recorded.",
        "See why: `findmnt -T {folder}` and `dmesg`. A system mounts a disk so when it finds "
        "faults on it; then have it looked at before anything is written there. Else mount it for "
        "writing.",
    ),
    "folder_open": Words(
        "The data folder is open to everybody on this PC",
        "Accounts of this PC that have nothing to do with the counter can look into {folder}.",
        "Have the administrator close it: chmod 2770 for the group of the counter's accounts, or "
        "chmod 700 for one account alone.",
    ),
    "disk_full": Words(
        "The disk is full",
        "{free_mb} MB are free where {folder} is; {needed_mb} MB are needed to record and to take "
        "an update. Nothing that is recorded gets lost, but recording may stop.",
        "Free some space on that disk. Never delete anything in the data folder.",
    ),
    "disk_low": Words(
        "The disk is nearly full",
        "{free_mb} MB are free where {folder} is.",
        "Free some space on that disk before it stops the counter. Never delete anything in the "
        "data folder.",
    ),
    "disk_failed": Words(
        "The disk does not answer",
        "The disk where {folder} is gives errors when it is asked how full it is.",
        "Have the disk looked at, and soon. " + _RESCUE,
    ),
    "program_running": Words(
        "The program is open",
        "Process {process} has this seat's data open. It was not disturbed.",
        "Nothing has to be done. Whoever starts it again is brought to its window.",
    ),
    "other_account": Words(
        "Another account of this PC has the program open",
        "Process {process}, of another account, has this seat's data open. Until it is closed no "
        "other account can open it.",
        "Switch to that account and close the program, or have an administrator end the process; "
        "what is recorded stays recorded.",
    ),
    "two_instances": Words(
        "The program is open more than once",
        "Beside the one on this data folder it is open on another folder (process {processes}): "
        "two "
        "seats on one PC, which customers' presses and scans may reach the wrong way.",
        "Close the one that is not meant. Have every shortcut start the program without "
        "--data-folder, or with the same one.",
    ),
    "policy_broken": Words(
        "The administrator's policy can't be gone by",
        "The program doesn't start: it keeps no older policy that could. {said}.",
        "Mend the policy there; `guichet settings show` says everything that is wrong with it.",
    ),
    "settings_mistake": Words(
        "Something that is set can't be used",
        "{said}.",
        "Mend it there, then start the program again; `guichet settings show --origin` says what "
        "counts meanwhile.",
    ),
    "update_under_way": Words(
        "A change to version {version} was cut off",
        "Nobody can work until it is done; nothing that was recorded is lost.",
        "Start Guichet by its own icon: it brings the change to its end, or goes back.",
    ),
    "update_refused": Words(
        "Version {version} didn't work on this PC",
        "The seat went back to the version before, with all of its data: {said}.",
        "Tell whoever publishes the versions; a later one is tried by itself.",
    ),
    "update_untrusted": Words(
        "What is published as a new version can't be trusted",
        "Nothing of it was used: {said}.",
        "Tell whoever publishes the versions. Somebody may have changed them on the way; or "
        "nobody has renewed the signed lists.",
    ),
    "update_no_room": Words(
        "There is no room on the disk for a new version",
        "The seat goes on with the version it has. What was begun was given back.",
        "Free some hundreds of megabytes; it is tried again by itself.",
    ),
    "updates_broken": Words(
        "It can't be read from where this PC gets its versions",
        "It goes on with the version it has. {said}.",
        "Install Guichet again.",
    ),
    "libraries_missing": Words(
        "Libraries of the system are missing",
        "No window can be opened without: {names}.",
        "Install the packages of your system that have them. Where the program came as a deb or an "
        "rpm: `apt-get install --reinstall guichet`, or `dnf reinstall guichet`, brings them back.",
    ),
    "font_missing": Words(
        "No Chinese font is installed",
        "Chinese names and screens would be shown as empty boxes.",
        "Install a font with simplified Chinese, such as fonts-noto-cjk.",
    ),
    "no_desktop": Words(
        "The screens were not looked at",
        "This was started where no desktop is, such as over a remote shell.",
        "To have the screens looked at, run it in a terminal at the PC, signed in as the account "
        "that works there.",
    ),
    "desktop_failed": Words(
        "No window can be opened here",
        "The system's desktop did not let the program look at its screens. {said}",
        "Run it in a terminal at the PC, signed in as the account that works there. If it says the "
        "same there, see that libraries are complete, then sign out and in again.",
    ),
    "customer_screen_gone": Words(
        "The customer's screen is gone",
        "The screen that customers looked at, or that was chosen for them, is not among the "
        "{screens} "
        "that this PC has now. Nobody can be asked for a rating.",
        "See to its cable and power, and that the system extends the desktop to it rather than "
        "showing the same picture. If it was replaced: `guichet screens` tells their names, for "
        "the "
        "setting panel_screen.",
    ),
    "not_set_up": Words(
        "This PC is not set up yet",
        "No seat was opened on this data folder by this account, so it has no keys.",
        "{how}",
    ),
    "revoked": Words(
        "This PC was shut out by the central office",
        "Its keys are gone; what it recorded is kept, encrypted, and can be read by the central "
        "office alone.",
        _RESCUE,
    ),
    "out_of_contact": Words(
        "This PC has locked itself",
        "It was without the central server for longer than allowed. Its keys are gone; what it "
        "recorded is kept, encrypted.",
        _RESCUE,
    ),
    "keyring_locked": Words(
        "The keyring is locked",
        "The seat's keys are in this account's keyring, which asks for its password first. The "
        "program can't open before that.",
        "Unlock it: sign out and in with the password, not by fingerprint or by itself; or open it "
        "in the system's program for passwords. Where the account signs in by itself, give the "
        "keyring an empty password.",
    ),
    "keyring_missing": Words(
        "The keyring does not answer",
        "The seat's keys are in the system's keyring, and none answers: its service is not "
        "running, "
        "or this is another account than the one that set the seat up.",
        "Run this as the account that works here, on its desktop. On Linux see that gnome-keyring "
        "(or KDE's wallet) is installed and started. The keys themselves are not lost by this.",
    ),
    "vault_damaged": Words(
        "The file of the keys can't be read",
        "The seat's keys are in a file of the data folder that is damaged, or that was copied from "
        "another PC.",
        "If the folder was copied here: go back to the PC it came from. Else: " + _RESCUE,
    ),
    "keys_missing": Words(
        "The seat's data is here but its keys are not",
        "The work is on the disk, encrypted, and the keyring of this account does not have its "
        "keys: "
        "it was emptied, or this is another account.",
        "Try as the account that set the seat up. If the keys are gone: " + _RESCUE,
    ),
    "weak_vault": Words(
        "The keys are kept in a file",
        "There was no keyring when the seat was set up, or several accounts share it. A copied "
        "folder is safe, a stolen PC is not.",
        "Have the PC's disk encrypted.",
    ),
    "not_enrolled": Words(
        "This PC is not enrolled yet",
        "Its data folder is there, but no central server knows it.",
        "{how}",
    ),
    "database_newer": Words(
        "The data was written by a newer program",
        "The seat's data has the schema {found}; this program knows up to {known}. Nothing was "
        "changed.",
        "Install the newer version again. Nothing that was recorded is lost.",
    ),
    "database_damaged": Words(
        "The seat's data can't be read",
        "work.db is damaged, or belongs to other keys. Nothing was changed.",
        _RESCUE,
    ),
    "database_pages": Words(
        "Pages of the seat's data are damaged",
        "The disk gives some pages of work.db back otherwise than they were written.",
        "Close the program and start it again: it mends what it can, and says so. If it does not "
        "open: " + _RESCUE + " Then have the disk replaced.",
    ),
    "database_unread": Words(
        "The seat's data could not be looked at",
        "Another program holds work.db, or this account may not read it.",
        "Run this again in a minute, as the account that works here. If it stays so, see that no "
        "backup or virus scanner holds the files of the data folder.",
    ),
    "members_damaged": Words(
        "The copy of the members is damaged",
        "The members file can't be read. No work is in it.",
        "Close the program and start it again: it fetches the file anew from the server.",
    ),
    "queue_stuck": Words(
        "Work waits for the server",
        "{entries} entries are not with the central server, the oldest for {hours} h {minutes} "
        "min. "
        "Nothing is lost: they are safe on this PC. {why}",
        "Mend what is found of the server, the clock or the keys; then the work leaves by itself. "
        "If it can't leave for days: `guichet rescue export FILE`, on a stick.",
    ),
    "server_unknown": Words(
        "No server is known here",
        "The seat's data could not tell its server's address, and none is set.",
        "To have the way to it looked at: --server ADDRESS.",
    ),
    "server_differs": Words(
        "The seat is at another server than the policy says",
        "The policy ({place}) locks the server {locked}. This seat was enrolled at {own} and stays "
        "with it: a new server counts when a PC is enrolled.",
        "If it is the same server under a new name: have the old name lead there, too, and both be "
        "in its certificate. If it is another one, the PC has to be enrolled there: when all work "
        "is sent, purge the package and install it again, or `guichet rescue set-aside` here and "
        "revoke the seat at the old server.",
    ),
    "server_address": Words(
        "The server's address can't be right",
        "{address} is no address of a server.",
        "Set it as https://NAME or https://NAME:PORT.",
    ),
    "dns_unknown": Words(
        "The name is not known",
        "The network's name service (DNS) answers that there is no {host}.",
        "See that the address is spelled right. If it is: have the network's administrator add the "
        "name, or see which name server this PC was given; a VPN may be needed.",
    ),
    "dns_silent": Words(
        "The name service does not answer",
        "This PC's name server (DNS) gave no answer about {host} in time.",
        "See that the network is connected. Then see which name server the PC was given, and that "
        "no firewall keeps it away.",
    ),
    "no_network": Words(
        "There is no network",
        "The system knows no way to {host}:{port}.",
        "See to cable, Wi-Fi and VPN. Meanwhile the counter works on without the server.",
    ),
    "server_refuses": Words(
        "The server refuses the connection",
        "{host} is there, but nothing listens at port {port}.",
        "See that the server runs (`systemctl status guichet-server`) and that the address has the "
        "right port. Meanwhile the counter works on without it.",
    ),
    "server_silent": Words(
        "The server does not answer",
        "No connection to {host}:{port} came about in time.",
        "See that the server is on, and that no firewall on the way drops port {port}. "
        "Meanwhile the "
        "counter works on without it.",
    ),
    "server_mute": Words(
        "The server takes the call and says nothing",
        "{host}:{port} took the connection, and no answer came in time.",
        "The server is overloaded or hangs: see its log. If other PCs reach it: a firewall or "
        "proxy "
        "on the way holds what passes back.",
    ),
    "line_cut": Words(
        "The connection is cut",
        "{host}:{port} took the connection and ended it without an answer.",
        "A firewall, a virus scanner or a proxy on the way does not let it pass: have {host} "
        "excepted there.",
    ),
    "proxy_address": Words(
        "The proxy's address can't be right",
        "The proxy that is set, {proxy}, is no address.",
        "Set it as http://NAME:PORT, or take it away; see also HTTPS_PROXY in the environment.",
    ),
    "proxy_unreachable": Words(
        "The proxy does not answer",
        "Calls go by the proxy {proxy}, and it does not take them.",
        "See that the proxy is right and on; or take the setting away, or add {host} to those that "
        "are reached without it (NO_PROXY).",
    ),
    "proxy_sign_in": Words(
        "The proxy wants to be signed in to",
        "The proxy {proxy} asks for a name and a password.",
        "Have {host} let through without signing in; that is safest for a PC that many use. Else "
        "set the proxy as http://NAME:PASSWORD@HOST:PORT.",
    ),
    "proxy_refuses": Words(
        "The proxy does not let calls through",
        "The proxy {proxy} refuses to connect to {host}:{port}, or can't.",
        "Have its administrator allow {host}:{port}.",
    ),
    "portal": Words(
        "A sign-in page of the network is in the way",
        "Somebody else answers for {host}: a page of {to}, as guests' networks show before they "
        "let "
        "anybody through.",
        "Open any page in a browser on this PC and sign in there. A counter had better be on a "
        "network without such a page.",
    ),
    "not_guichet": Words(
        "Another server answers",
        "What answers at {host}:{port} is not Guichet's central server.",
        "See that the address is right, and that a proxy in front of the server hands everything "
        "under /v1 on to it.",
    ),
    "no_tls": Words(
        "What answers does not speak TLS",
        "{host}:{port} answers, but not as https:// wants it.",
        "See that the port is the one for TLS. A network with a sign-in page does this, too: open "
        "any page in a browser on this PC and sign in there.",
    ),
    "certificate_unknown": Words(
        "The server's certificate is not trusted",
        "{host} shows a certificate by “{issuer}”, which this PC does not trust. Either its "
        "authority is not installed here, or somebody listens in.",
        "If the authority is your company's: install its certificate in the system's store, or set "
        "it for the program. If it is one that nobody knows: go no further, tell security.",
    ),
    "certificate_expired": Words(
        "The server's certificate has expired",
        "By this PC's clock: {host}'s certificate was good until {until}.",
        "If this PC's clock is right, have the server's certificate renewed. If it is wrong, "
        "set it.",
    ),
    "certificate_not_yet": Words(
        "The server's certificate is not good yet",
        "By this PC's clock: {host}'s certificate is good from {since} on.",
        "This PC's clock is probably behind: set it, and have it set by the network's time.",
    ),
    "certificate_name": Words(
        "The server's certificate has another name",
        "What answers at {host} shows a certificate for {names}.",
        "Set the server's address by the name in its certificate, or have a certificate made for "
        "{host}. If neither fits, another server answers: tell security.",
    ),
    "authority_unread": Words(
        "The authority's certificate can't be read",
        "{file}, which is set as the server's authority ({place}), is missing, or is none.",
        "Put the authority's certificate (PEM) there, for everybody to read.",
    ),
    "authority_wrong": Words(
        "The server's certificate is by another authority than the one that is set",
        "{host} shows a certificate by “{issuer}”, which {file} does not certify. That file is set "
        "as the server's authority ({place}), so the system's store does not count.",
        "If “{issuer}” is the right one: put its certificate (PEM) into {file}. If the system's "
        "store knows it: take the setting certificate_authority away. If nobody knows it, somebody "
        "may listen in: go no further, tell security.",
    ),
    "server_failing": Words(
        "The server answers with an error",
        "{host}:{port} answered {status}.",
        "See the server's log. Meanwhile the counter works on without it.",
    ),
    "server_older": Words(
        "The server is older than this program",
        "{host} does not understand this program yet.",
        "Have the server updated. Until then what is recorded waits on this PC.",
    ),
    "program_older": Words(
        "This program is too old for the server",
        "{host} no longer understands this program.",
        "Update the program on this PC. What is recorded stays, and is sent afterwards.",
    ),
    "clock_behind": Words(
        "This PC's clock is behind",
        "It shows {minutes} min less than the server's. Certificates may be refused for it, and "
        "times on paper are wrong.",
        "Set the clock, and have the system set it by the network's time.",
    ),
    "clock_ahead": Words(
        "This PC's clock is ahead",
        "It shows {minutes} min more than the server's. Certificates may be refused for it, and "
        "times on paper are wrong.",
        "Set the clock, and have the system set it by the network's time.",
    ),
    "printer_settings": Words(
        "The printer's settings can't be read",
        "So nothing is printed: {said}.",
        "Mend printer.ini in the data folder, then start the program again.",
    ),
    "printer_unreachable": Words(
        "The printer does not answer",
        "Nothing takes a connection at {at}.",
        "See that it is on and on the network, and that its address is still {at}.",
    ),
    "printer_silent": Words(
        "The printer says nothing",
        "{at} takes the connection and does not tell its state; another PC may be printing on it.",
        "Switch it off and on. If it never tells its state, set tells_state = no in printer.ini.",
    ),
    "printer_paper": Words(
        "The printer is out of paper",
        "The printer at {at} says so.",
        "Put paper in. Receipts that wait come out then.",
    ),
    "printer_cover": Words(
        "The printer's cover is open",
        "The printer at {at} says so.",
        "Close it. Receipts that wait come out then.",
    ),
    "printer_fault": Words(
        "The printer has a fault",
        "The printer at {at} says so.",
        "Switch it off and on, and see to its cutter.",
    ),
    "printer_folder": Words(
        "The receipts' folder can't be written",
        "Receipts become files in {folder}, where this account may make none.",
        "Give the account the right, or set another folder in printer.ini.",
    ),
    "hung": Words(
        "A check took too long",
        "'{check}' had not ended when the time for all checks was up: what it asks does not "
        "answer.",
        "Run this again. If it stays so: for 'folder', 'disk' or 'database' the disk hangs, for "
        "'keys' the keyring's service, for 'screens' or 'libraries' the desktop.",
    ),
}

WHY: Final[Mapping[str, str]] = {
    "": "Since then the program was closed, or the server answered and the work is on its way.",
    "unreachable": "The program last found the server out of reach.",
    "certificate": "The program last refused the server's certificate.",
    "not_guichet": "The program last got answers that were not the server's.",
    "server_error": "The server last answered with errors.",
    "revoked": "The server last said that this PC is shut out.",
    "old_client": "The server last said that this program is too old.",
    "old_server": "The server last said that it is older than this program.",
    "clock": "The program last found this PC's clock off.",
}
"""Why work waits, by the program's own note of its link."""

HOW: Final[Mapping[str, str]] = {
    "code": "Start the program and enrol it with a code of the central office.",
    "token": "A server and an enrolment token are set: start the program, or run `guichet enrol "
    "--unattended`, once the server is well.",
}
"""How a PC is enrolled, by what is set for it."""

LABELS: Final[Mapping[str, str]] = {
    "head": "Guichet {version}, {when}: errors: {errors}, warnings: {warnings} ({took} s)",
    "note": "NOTE",
    "warning": "WARNING",
    "error": "ERROR",
    "mend": "What to do: ",
    "well": "All is well.",
    "done": "Looked at, and nothing found: {checks}",
    "not looked at": "Not looked at, for want of what another check looks for: {checks}",
    "failed": "The doctor made a mistake itself in: {checks}. Please report it.",
    "bundle": "For support: {file}. Nobody's personal data is in it.",
}
"""What stands around the findings."""
