"""Taking a complaint or question: at once a number, a department and a due time."""

from __future__ import annotations

from app.domain.errors import Rejected
from app.domain.events import MatterOpened
from app.domain.matter import MAX_MATTER_CHARS, SETTING, MatterRules
from app.ports.work import Work
from app.services.commands import OpenMatter
from app.services.context import Context, enrolled
from app.services.encounters import opened
from app.services.receipts import add_matter_slip


def open_matter(context: Context, command: OpenMatter) -> MatterOpened:
    """Record what the customer said, and promise an answer. Returns the promise as journalled."""
    seat = enrolled(context)
    text = command.text.strip()
    if not text:
        raise Rejected("empty_matter", "Write down in a few words what it is about")
    if len(text) > MAX_MATTER_CHARS:
        raise Rejected("matter_too_long", "The text is too long", limit=MAX_MATTER_CHARS)
    value, _ = context.setting(SETTING)
    rules = MatterRules.from_setting(value)
    department = rules.department_of(command.topic)
    if department is None:
        raise Rejected("unknown_topic", "There is no such topic")

    def unit(work: Work) -> MatterOpened:
        row = opened(work, "walk_in")
        matter_id = work.new_id()
        # The seat's label and its own running number: unique without asking anybody.
        number = f"{seat.office_code}-{seat.counter_label}-{work.next_matter_number()}"
        blob = work.make_blob(text.encode())
        matter = MatterOpened(
            matter_id=matter_id,
            encounter_id=row.encounter_id,
            member_id=row.member_id,
            number=number,
            topic=command.topic,
            department=department,
            due_ms=rules.due_ms(command.topic, work.now_ms(), seat.time_zone),
            text_hash=blob.commitment,
            owner=rules.owners.get(department, ""),
        )
        entry = work.append(matter, blobs=(blob,))
        work.add_line(matter_id, row.encounter_id, "matter", number, None, entry)
        add_matter_slip(context, work, matter)
        return matter

    matter: MatterOpened = context.store.run(unit)
    return matter
