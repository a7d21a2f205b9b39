"""One information kiosk: search, the way there, and a robot that leads.

`ways` (a route on the lanes as legs and words), `core` (a call for a robot and its life), `answers` (what to show for
a question), `service` (the kiosk itself: all of them, the MQTT link, the robots on their way), `api` (HTTP), `page`
and `screens` (the touch page), `app` (one process of all that), `commands` (`fairguide kiosk`), `text/` (the words).
"""
