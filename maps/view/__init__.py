"""The venue as a live map in a browser page.

`scene` (a venue's still layer as compact JSON), `element` (`VenueMap`, the NiceGUI element: one canvas drawn by
`venue_map.js` and the modules in `engine/`), `theme` (the fonts and colours all pages share), `text/` (its words).
"""

from maps.view.element import VenueMap
from maps.view.scene import scene
from maps.view.theme import FONT_STACK, theme_css

__all__ = ["FONT_STACK", "VenueMap", "scene", "theme_css"]
