"""The manager's figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fleet import views
from fleet.manager import Manager


class FleetCollector(Collector):
    """Reads the manager when asked; keeps nothing."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def collect(self) -> Iterator[Metric]:
        """One family per figure."""
        manager, picture = self._manager, self._manager.picture
        tasks = GaugeMetricFamily("fairguide_tasks", "Tasks by state; ended ones since the start", labels=["state"])
        for state, count in manager.counts().items():
            tasks.add_metric([state], count)
        yield tasks
        robots = GaugeMetricFamily("fairguide_robots", "Robots by link state", labels=["link"])
        for link, count in views.links(picture, manager.now()).items():
            robots.add_metric([link], count)
        yield robots
        messages = CounterMetricFamily("fairguide_messages", "MQTT messages", labels=["direction"])
        for direction, count in (("received", manager.link.received), ("sent", manager.link.sent)):
            messages.add_metric([direction], count)
        yield messages
        alerts = GaugeMetricFamily("fairguide_alerts_open", "Open alerts", value=len(picture.alerts.open))
        yield alerts
        counts = {
            "deadlocks": (picture.traffic.deadlocks, "Rings of robots that waited for each other"),
            "rejected": (picture.counts["rejected"], "Requests not taken"),
            "malformed": (picture.counts["malformed"], "Messages that could not be read"),
            "resent": (picture.counts["resent"], "Orders and actions sent again"),
            "orders_refused": (picture.counts["refused"], "Orders refused by robots"),
            "rerouted": (picture.counts["rerouted"], "Ways changed under way"),
            "decisions": (manager.ticks, "Times the manager decided"),
            "decide_seconds": (manager.decide_s, "Time spent deciding"),
        }
        for name, (value, text) in counts.items():
            yield CounterMetricFamily(f"fairguide_{name}", text, value=value)


def metrics_text(manager: Manager) -> bytes:
    """The exposition format of https://prometheus.io/docs/instrumenting/exposition_formats/."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FleetCollector(manager))
    return generate_latest(registry)
