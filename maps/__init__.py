"""The venue: one floor plan, many derived forms.

In the order the data passes them:

- `plan_file`  YAML files -> plain data that knows the line of every key
- `plan`       the human-written plan, typed (pydantic); what may be written
- `check`      what can be wrong with it: references, overlaps, clearances, dead ends
- `expand`     plan -> Venue, with `rows` (booths and aisles), `walls`, `exhibitors`, `programme`, `catalogue` (names)
- `streets`    centre lines -> one-way lanes, crossings, dock spurs
- `zones`      keep-outs end streets, speed zones slow lanes
- `stations`   where a robot stops for every place
- `loading`    all of that in one call: the venue, or its problems
- `venue`      Venue and its parts, `load_venue`: what everybody else uses
- `lanes`      the lane graph, routes and their costs
- `occupancy`  Venue -> occupancy grid, map_server files
- `clearance`  grid -> metres to the nearest wall, for robots and simulator (needs OpenCV and numba)
- `directory`  search: what or where is X, in any language
- `formats`    the venue in other people's formats
- `view`       the map drawn on a page
- `commands`   `fairguide map check`, `fairguide map export`
- `errors`     what can go wrong
"""
