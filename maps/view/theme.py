"""The look all pages share: fonts that fall back sensibly for Chinese, colours for light and dark."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ACCENT = "#2f6bff"
"""Also what Quasar paints its own parts with."""
FONT_STACK = (
    '"Inter", "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", '
    '"WenQuanYi Micro Hei", "Noto Sans", system-ui, -apple-system, "Segoe UI", sans-serif'
)


@cache
def theme_css() -> str:
    """The style sheet: variables (`--fg-...`), the page's font, the map's buttons and legend."""
    sheet = (Path(__file__).parent / "theme.css").read_text(encoding="utf-8")
    return f":root {{ --fg-font: {FONT_STACK}; }}\n{sheet}"
