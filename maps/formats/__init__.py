"""The venue in other people's formats: ros (map_server, poses), geojson (Nav2 route graph, features)."""
