"""Minutes: lines of members while a meeting goes on; afterwards, corrections of them."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.lifecycle.fields import demand_text
from changes.meetings.recording import demand, record
from changes.meetings.telling import send_correction
from changes.models import Meeting, Minute
from changes.queries import meetings as found

MOST_LETTERS = 10_000


@transaction.atomic
def write(*, ref: str, change: str, text: str, actor: User, now: datetime) -> Minute:
    """Add a line to the minutes of an item; nothing that was written is changed.

    After the meeting it is a correction, which members get like the minutes themselves.
    """
    demand_text("text", text, "Write what was said.")
    if len(text) > MOST_LETTERS:
        raise ValidationError({"text": f"Say it in at most {MOST_LETTERS:,} characters."})
    row = found.by_ref(ref, lock=True)
    item = found.item_of(row, change)
    demand("write", row, actor=actor, now=now, item=item)
    line = Minute.objects.create(
        item=item.row,
        text=text.strip(),
        written_at=now,
        written_by=actor,
        is_correction=row.state == Meeting.State.ENDED,
    )
    done = "minutes_corrected" if line.is_correction else "minutes_written"
    says = {"change": item.facts.change, "text": line.text}
    about = [item.facts.change]
    record(row, done, actor=actor, now=now, says=says, written=[line], about=about)
    if line.is_correction:
        send_correction(row, line, now=now)
    return line
