"""What the desk's page of devices says."""

from __future__ import annotations

from typing import Final

DESK_FLEET: Final = {
    "fleet": "Devices",
    "fleet_as_of": "As the central office knows them, {time}",
    "fleet_unknown": "Only the central office knows how the devices are.",
    "fleet_none": "No devices",
    "fleet_choose": "Choose a device",
    "fleet_more": "{n} more aren't shown",
    "fleet_order_worst": "What is wrong comes first",
    "fleet_order_place": "By office and counter",
    "fleet_order_seen": "Unheard of for longest first",
    "fleet_order_waiting": "Longest waiting work first",
    "fleet_order_version": "By version",
    "fleet_title": "{place}, a counter",
    "fleet_title_desk": "{place}, a manager's desk",
    "fleet_trouble_stuck": "Its work doesn't arrive",
    "fleet_trouble_away": "Not heard of for a day",
    "fleet_trouble_doctor": "Its own check found an error",
    "fleet_trouble_disk": "Its disk is nearly full",
    "fleet_trouble_clock": "Its clock is wrong",
    "fleet_trouble_none": "Nothing is wrong",
    "fleet_version": "Version {version}",
    "fleet_version_on": "Version {version} on {system}",
    "fleet_silent": "It hasn't said how it is: its program is older, or it hasn't called.",
    "fleet_waits": "{n} entries wait there, the oldest for {age}",
    "fleet_waits_none": "Nothing waits there",
    "fleet_disk": "{gb} GB free",
    "fleet_clock": "Its clock differs by {s} s",
    "fleet_doctor_well": "Its own check found nothing wrong, {age} ago",
    "fleet_doctor_found": "Its own check found, {age} ago: {codes}",
    "fleet_reason": "Why it is shut out or given up",
    "fleet_revoke": "Shut it out",
    "fleet_release": "Give back what it holds",
    "fleet_sure_revoke": "Yes, shut {place} out",
    "fleet_sure_release": "Yes, give {points} points back",
    "fleet_how": (
        "A PC that is shut out deletes its keys when it calls next; its records aren't lost. Give "
        "back only what is lost for good: the programme bears what was spent. Who and why is kept."
    ),
    "fleet_revoked": "Shut out; it hears of it at its next contact.",
    "fleet_released": "{points} points of {n} members are theirs again.",
}
