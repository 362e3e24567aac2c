"""Two plain charts as SVG, for pages of docs/: prices that hold until they change, and shares."""

from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

Steps = list[tuple[datetime, int]]

_WIDE, _LEFT, _RIGHT = 760, 70, 70
_FONT = "font-family='system-ui,sans-serif'"
_COLOURS = {
    "genuine": "#1a7f4b",
    "small": "#7fbf9b",
    "plausible": "#e0b23c",
    "stale": "#8aa5c0",
    "no_reduction": "#b3413a",
    "insufficient": "#c9c9c9",
    "exempt": "#9d86b5",
    "uvp_only": "#d9a6c2",
}
_NAMES = {
    "genuine": "echt gesenkt",
    "small": "kaum gesenkt",
    "plausible": "bis zu",
    "stale": "längst der normale Preis",
    "no_reduction": "keine Ermäßigung",
    "insufficient": "zu wenig bekannt",
    "exempt": "ausgenommen",
    "uvp_only": "nur UVP",
}


def _page(height: int, title: str, parts: list[str]) -> str:
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDE} {height}' role='img'>",
            f"<title>{escape(title)}</title>",
            f"<rect width='{_WIDE}' height='{height}' fill='#ffffff'/>",
            f"<text x='{_LEFT}' y='26' {_FONT} font-size='16' fill='#222'>{escape(title)}</text>",
            *parts,
            "</svg>",
            "",
        ]
    )


def _text(x: float, y: float, said: str, *, anchor: str = "start", colour: str = "#444") -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' {_FONT} font-size='12' text-anchor='{anchor}' "
        f"fill='{colour}'>{escape(said)}</text>"
    )


def steps(path: Path, title: str, series: dict[str, Steps], *, until: datetime) -> None:
    """One panel a series: a line from nought on that holds until the price changes."""
    parts, panel = [], 190
    for place, (name, history) in enumerate(series.items()):
        top = 44 + place * panel
        bottom = top + 140
        first, span = history[0][0], (until - history[0][0]).total_seconds()
        highest = max(price for _, price in history)

        def x(moment: datetime, first: datetime = first, span: float = span) -> float:
            share = (moment - first).total_seconds() / span
            return _LEFT + share * (_WIDE - _LEFT - _RIGHT)

        def y(price: int, bottom: int = bottom, highest: int = highest) -> float:
            return bottom - price / highest * 120

        line = f"M{x(first):.1f},{y(history[0][1]):.1f}"
        for moment, price in history[1:]:
            line += f"H{x(moment):.1f}V{y(price):.1f}"
        line += f"H{x(until):.1f}"
        parts += [
            _text(_LEFT, top + 8, name, colour="#222"),
            f"<path d='M{_LEFT},{bottom}H{_WIDE - _RIGHT}' stroke='#bbb' fill='none'/>",
            f"<path d='{line}' stroke='#1f5fa8' stroke-width='2' fill='none'/>",
            _text(_LEFT - 6, bottom, "0", anchor="end"),
            _text(_LEFT - 6, y(highest) + 4, _euros(highest), anchor="end"),
            _text(_WIDE - _RIGHT + 6, y(history[-1][1]) + 4, _euros(history[-1][1])),
            _text(_LEFT, bottom + 16, f"{first:%d.%m.%Y}"),
            _text(_WIDE - _RIGHT, bottom + 16, f"{until:%d.%m.%Y}", anchor="end"),
        ]
    path.write_text(_page(54 + panel * len(series), title, parts), encoding="utf-8")


def _euros(cents: int) -> str:
    return f"{cents / 100:.2f} €".replace(".", ",")


def bars(path: Path, title: str, mixes: dict[str, dict[str, int]]) -> None:
    """One bar a mix of verdicts, each share with its number where there is room."""
    parts = []
    present = [name for name in _NAMES if any(name in mix for mix in mixes.values())]
    for place, (label, mix) in enumerate(mixes.items()):
        top, total, x = 52 + place * 62, sum(mix.values()), float(_LEFT)
        parts.append(_text(_LEFT, top, f"{label} (n = {total})", colour="#222"))
        for name in present:
            wide = mix.get(name, 0) / total * (_WIDE - _LEFT - _RIGHT)
            if not wide:
                continue
            parts.append(
                f"<rect x='{x:.1f}' y='{top + 8}' width='{wide:.1f}' height='26' "
                f"fill='{_COLOURS[name]}'/>"
            )
            if wide > 26:
                parts.append(
                    _text(x + wide / 2, top + 25, str(mix[name]), anchor="middle", colour="#111")
                )
            x += wide
    bottom = 52 + len(mixes) * 62
    for place, name in enumerate(present):
        x, y = _LEFT + place % 3 * 220, bottom + place // 3 * 22
        parts.append(f"<rect x='{x}' y='{y - 10}' width='12' height='12' fill='{_COLOURS[name]}'/>")
        parts.append(_text(x + 18, y, _NAMES[name]))
    path.write_text(
        _page(bottom + 22 * ((len(present) + 2) // 3) + 8, title, parts), encoding="utf-8"
    )
