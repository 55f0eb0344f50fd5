"""Glyphs and tones: which shape and which of the colour meanings a word has. Pure tables."""

from typing import Final

#: Inner SVG of a 16 × 16 drawing. `cut` is drawn in the paper's colour, the rest in the text's.
GLYPHS: Final[dict[str, str]] = {
    "go": '<circle cx="8" cy="8" r="7"/><path class="cut" d="M4.7 8.3 7 10.6l4.4-5"/>',
    "wait": '<path d="M8 .4 15.6 8 8 15.6.4 8z"/><path class="cut" d="M8 4.6v3.7l2.3 1.5"/>',
    "stop": '<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"/>'
    '<path class="cut" d="M4.6 8h6.8"/>',
    "off": '<circle class="open" cx="8" cy="8" r="6.2"/><path class="open" d="m4 12 8-8"/>',
    "plain": '<circle class="open" cx="8" cy="8" r="6.2" stroke-dasharray="2.6 2.27"/>',
    "clock": '<circle class="open" cx="8" cy="8" r="6.2"/>'
    '<path class="open" d="M8 4.4V8l2.5 1.7"/>',
    "live": '<path d="M3 1.4 14.6 8 3 14.6z"/>',
    "look": '<circle class="open" cx="8" cy="8" r="6.2"/><circle cx="8" cy="8" r="3"/>',
    "done": '<circle class="open" cx="8" cy="8" r="6.2"/>'
    '<path class="open" d="M5 8.2 7.2 10.4 11 5.8"/>',
    "hold": '<path d="M3 1.5h3.6v13H3zM9.4 1.5H13v13H9.4z"/>',
    "back": '<path class="open" d="M6 2.5 2.5 6 6 9.5M2.8 6h6.4a4 4 0 0 1 0 8H6"/>',
}

#: A word of the product → (tone, glyph). Tones are the colour meanings of the style sheet.
LOOKS: Final[dict[str, tuple[str, str]]] = {
    # States of a change
    "planning": ("plain", "plain"),
    "awaiting_approval": ("wait", "wait"),
    "scheduled": ("go", "clock"),
    "implementing": ("live", "live"),
    "validating": ("live", "look"),
    "closed": ("off", "done"),
    "cancelled": ("off", "off"),
    "on_hold": ("stop", "hold"),
    "unauthorised": ("stop", "stop"),
    # Outcomes
    "successful": ("go", "go"),
    "successful_with_issues": ("wait", "wait"),
    "rolled_back": ("stop", "back"),
    "failed": ("stop", "stop"),
    # Answers of the gate, votes, checks, windows
    # Runs over the past; what failed stands with the outcomes
    "waiting": ("wait", "wait"),
    "running": ("live", "live"),
    "done": ("go", "done"),
    "allow": ("go", "go"),
    "deny": ("stop", "stop"),
    "wait": ("wait", "wait"),
    "approve": ("go", "go"),
    "reject": ("stop", "stop"),
    "abstain": ("off", "off"),
    "passed": ("go", "go"),
    "missing": ("wait", "wait"),
    "freeze": ("stop", "stop"),
    "maintenance": ("go", "clock"),
    # Tasks; an open one is plain
    "in_progress": ("live", "live"),
    "waived": ("wait", "off"),
    # Steps of a canary; what failed or ended stands elsewhere
    "soaking": ("wait", "clock"),
    "stable": ("go", "go"),
    # Standard templates
    "draft": ("plain", "plain"),
    "proposed": ("wait", "wait"),
    "approved": ("go", "clock"),
    "published": ("go", "go"),
    "suspended": ("stop", "hold"),
    "retired": ("off", "off"),
    # Meetings and their items
    "filling": ("plain", "plain"),
    "agenda_closed": ("wait", "clock"),
    "ended": ("off", "done"),
    "missed": ("stop", "off"),
    "rejected": ("stop", "stop"),
    "deferred": ("wait", "wait"),
    "withdrawn": ("off", "off"),
    # Incidents
    "open": ("stop", "stop"),
    "declared": ("stop", "stop"),
    "firing": ("stop", "stop"),
    "acknowledged": ("stop", "look"),
    "mitigated": ("wait", "clock"),
    "resolved": ("go", "go"),
    # Colour meanings themselves
    "go": ("go", "go"),
    "stop": ("stop", "stop"),
    "off": ("off", "off"),
    "live": ("live", "live"),
    "plain": ("plain", "plain"),
}

NO_LOOK: Final = ("plain", "plain")
