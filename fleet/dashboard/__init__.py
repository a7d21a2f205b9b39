"""The staff's pages: everything that moves, on one live map.

`picture` (what the manager says, read once per tick for all viewers), `page` (the page), `dispatch` (the form that
sends a robot), `fleet_panel.js` (the lists), `text/` (the words). `mount` puts them on the fleet's own web server.
"""

from fleet.dashboard.mounting import mount

__all__ = ["mount"]
