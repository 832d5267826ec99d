"""What the server tells of devices, as a desk shows it."""

from __future__ import annotations

from app.domain.fleet import Condition, FleetDevice
from app.ports.online import ActVerdict, FleetVerdict
from sync.client.outcome import Refusal, Why
from sync.protocol.told import FleetActAnswer, FleetAnswer, FleetEntry


def fleet_told(answer: FleetAnswer | Refusal | str) -> FleetVerdict:
    """Say how the devices are, or that nobody knows; a text is why nothing was answered."""
    if isinstance(answer, FleetAnswer):
        devices = tuple(map(_device, answer.devices))
        return FleetVerdict("told", "", devices, answer.more, answer.server_ms)
    return FleetVerdict("unreachable", answer if isinstance(answer, str) else answer.code)


def act_told(answer: FleetActAnswer | Refusal | str) -> ActVerdict:
    """Say what was done about a device."""
    if isinstance(answer, str):
        return ActVerdict("unreachable", answer)
    if isinstance(answer, Refusal):
        refused = answer.why is Why.REFUSED
        return ActVerdict("refused" if refused else "unreachable", answer.code)
    return ActVerdict("done", "", answer.leases, answer.points, answer.units)


def _device(entry: FleetEntry) -> FleetDevice:
    said = entry.condition
    return FleetDevice(
        entry.device_id,
        entry.office_code,
        entry.counter_label,
        entry.kind,
        entry.is_shut_out,
        entry.last_ms,
        entry.said_ms,
        Condition(**{name: getattr(said, name) for name in said.__struct_fields__}),
        entry.leases,
        entry.leased_points,
    )
