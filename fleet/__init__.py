"""The fleet manager: one asyncio loop over one in-memory picture of the venue.

In the order data passes them: `protocol` (messages and the MQTT link), `vehicles` (the master side of
one VDA 5050 vehicle), `tasks`, `dispatch`, `traffic`, `network`, `alerts`, `store`, `manager`, then
`api` and `dashboard` outwards. Importing this package imports none of them: a robot installs only
`fleet.protocol`'s requirements.
"""
