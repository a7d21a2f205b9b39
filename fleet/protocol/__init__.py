"""Every message on the wire, typed, and the MQTT link all sides use.

`base` (one message: header, JSON in and out, errors), `vda5050` (order, instantActions, state,
connection, visualization, factsheet, in their 2.1.0 form), `venue` (the venue's own extension),
`topics` (names and quality of service), `clock` (timestamps and header ids), `link` (connect, will,
subscribe, reconnect, publish).
"""
