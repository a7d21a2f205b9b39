"""What a robot's 5G modem measures: 3GPP TR 38.901 indoor hotspot (open office), smooth in space, fixed by a seed.

Path loss, line-of-sight probability and shadowing are those of tables 7.4.1-1, 7.4.2-1 and 7.5-6; the antenna pattern
is the horizontal cut of table 7.3-1. Line of sight enters as its probability, not as a draw, so that a step of a
robot never makes a step in the measurement.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.venue import Site

MODEM_HEIGHT_M = 1.0
SUBCARRIERS = 3276
"""273 resource blocks: a 100 MHz carrier at 30 kHz spacing (TS 38.101-1, table 5.3.2-1)."""
NOISE_DBM = -174.0 + 10.0 * math.log10(30e3) + 7.0
"""Thermal noise in one subcarrier with a noise figure of 7 dB."""
NEIGHBOUR_LOAD = 0.3
HYSTERESIS_DB = 3.0
BANDWIDTH_MHZ = 100.0
USER_SHARE = 0.25
_WAVES = 24
SHADOW_LOS_DB, SHADOW_NLOS_DB, SHADOW_DISTANCE_M = 3.0, 8.03, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSample:
    """One measurement of the serving cell."""

    site_id: str
    nci: int
    rsrp_dbm: float
    rsrq_db: float
    sinr_db: float
    latency_ms: float
    throughput_mbps: float


class RadioModel:
    """All cells of a venue. `rsrp` is a smooth function of place."""

    def __init__(self, sites: Iterable[Site], seed: int) -> None:
        self._cells = [(site, cell) for site in sites for cell in site.cells]
        rng = np.random.default_rng(np.random.SeedSequence([seed, 0x5A5]))
        n = len(self._cells)
        self._xyz = np.array([(s.x, s.y, s.height_m) for s, _ in self._cells], np.float64).reshape(n, 3)
        self._azimuth = np.array([c.azimuth_rad for _, c in self._cells])
        self._beamwidth = np.array([c.beamwidth_rad for _, c in self._cells])
        self._ghz = np.array([c.frequency_mhz / 1000.0 for _, c in self._cells])
        self._power = np.array([c.power_dbm for _, c in self._cells])
        # A sum of random plane waves: a Gaussian field whose correlation falls off over SHADOW_DISTANCE_M.
        self._waves = rng.normal(0.0, 1.0 / SHADOW_DISTANCE_M, (n, _WAVES, 2))
        self._phases = rng.uniform(0.0, 2.0 * math.pi, (n, _WAVES))

    @property
    def ncis(self) -> tuple[int, ...]:
        return tuple(cell.nci for _, cell in self._cells)

    def rsrp(self, x: float, y: float) -> NDArray[np.float64]:
        """dBm per cell, in the order of the sites: received power of one subcarrier."""
        dx, dy = x - self._xyz[:, 0], y - self._xyz[:, 1]
        flat = np.hypot(dx, dy)
        distance = np.maximum(1.0, np.hypot(flat, self._xyz[:, 2] - MODEM_HEIGHT_M))
        sight = line_of_sight(flat)
        loss = path_loss(distance, self._ghz, sight)
        shadow = (sight * SHADOW_LOS_DB + (1.0 - sight) * SHADOW_NLOS_DB) * self._shadowing(x, y)
        off = np.arctan2(dy, dx) - self._azimuth
        off = np.arctan2(np.sin(off), np.cos(off))
        pattern = np.where(
            self._beamwidth < 2.0 * math.pi - 1e-6, np.minimum(12.0 * (off / self._beamwidth) ** 2, 30.0), 0.0
        )
        received: NDArray[np.float64] = self._power - 10.0 * math.log10(SUBCARRIERS) - pattern - loss - shadow
        return received

    def _shadowing(self, x: float, y: float) -> NDArray[np.float64]:
        """Standard normal per cell."""
        waves = np.cos(self._waves @ np.array([x, y]) + self._phases)
        field: NDArray[np.float64] = math.sqrt(2.0 / _WAVES) * waves.sum(axis=1)
        return field

    def sample(self, x: float, y: float, serving: int | None) -> tuple[RadioSample, int]:
        """Measure at (x, y); `serving` is the index this modem had before, None at first.

        :returns: the sample and the index of the serving cell now.
        :raises ValueError: if the venue has no cell.
        """
        if not self._cells:
            raise ValueError("the venue has no 5G cell to measure")
        power = self.rsrp(x, y)
        best = int(np.argmax(power))
        stays = serving is not None and power[best] < power[serving] + HYSTERESIS_DB
        cell = serving if stays and serving is not None else best
        return self._sample(cell, power), cell

    def _sample(self, cell: int, power: NDArray[np.float64]) -> RadioSample:
        signal = 10.0 ** (power[cell] / 10.0)
        others = self._ghz == self._ghz[cell]
        others[cell] = False
        noise = 10.0 ** (NOISE_DBM / 10.0)
        interference = NEIGHBOUR_LOAD * float(np.sum(10.0 ** (power[others] / 10.0)))
        sinr = min(40.0, max(-20.0, 10.0 * math.log10(signal / (interference + noise))))
        site, found = self._cells[cell]
        return RadioSample(
            site_id=site.id,
            nci=found.nci,
            rsrp_dbm=float(power[cell]),
            # RSRQ = N * RSRP / RSSI with twelve subcarriers to a resource block (TS 38.215, 5.1.3).
            rsrq_db=10.0 * math.log10(signal / (12.0 * (signal + interference + noise))),
            sinr_db=sinr,
            latency_ms=latency_ms(sinr),
            throughput_mbps=throughput_mbps(sinr),
        )


def line_of_sight(distance_2d: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of line of sight, indoor open office (TR 38.901, table 7.4.2-1)."""
    near = np.exp(-(distance_2d - 5.0) / 70.8)
    far = np.exp(-(distance_2d - 49.0) / 211.7) * 0.54
    result: NDArray[np.float64] = np.where(distance_2d <= 5.0, 1.0, np.where(distance_2d <= 49.0, near, far))
    return result


def path_loss(
    distance_3d: NDArray[np.float64], ghz: NDArray[np.float64], sight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """dB (TR 38.901, table 7.4.1-1, InH), the two cases weighted by the probability of line of sight."""
    clear = 32.4 + 17.3 * np.log10(distance_3d) + 20.0 * np.log10(ghz)
    hidden = np.maximum(clear, 17.3 + 38.3 * np.log10(distance_3d) + 24.9 * np.log10(ghz))
    result: NDArray[np.float64] = sight * clear + (1.0 - sight) * hidden
    return result


def throughput_mbps(sinr_db: float) -> float:
    """Truncated Shannon bound with 0.6 of it reached and 7.4 bit/s/Hz at most (after TR 36.942, annex A)."""
    efficiency = min(7.4, 0.6 * math.log2(1.0 + 10.0 ** (sinr_db / 10.0))) if sinr_db > -10.0 else 0.0
    return efficiency * BANDWIDTH_MHZ * USER_SHARE


def latency_ms(sinr_db: float) -> float:
    """Round trip: 8 ms on a good link, more with every retransmission a poor one needs."""
    return 8.0 + 60.0 / (1.0 + math.exp((sinr_db + 2.0) / 2.5))
