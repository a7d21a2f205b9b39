"""A pose measured by other means (a marker at a station, the radio's guess), taken together with what is believed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_nodes.navigation.geometry import Pose2D, wrapped

__all__ = ["PRECISE_M", "as_covariance", "bounded", "fused", "log_likelihoods", "surprise"]

PRECISE_M = 0.5
"""A measurement with a smaller standard deviation than this says where the robot is; another only where it may be."""
_LEAST = np.array((0.01**2, 0.01**2, 0.005**2))
_MOST = np.array((1e4, 1e4, 1e2))


def as_covariance(values: object) -> NDArray[np.float64] | None:
    """A covariance that can be computed with: shape (3, 3), x, y, yaw; None for what is none.

    Variances are kept between (1 cm, 0.3 degrees) and what says nothing: no marker is seen more exactly than it hangs.
    """
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if found.shape != (3, 3) or not np.all(np.isfinite(found)) or np.any(np.diag(found) < 0.0):
        return None
    found = np.clip(found, -1e9, 1e9)
    deviation = np.sqrt(np.clip(np.diag(found), 1e-12, None))
    correlation = np.clip(0.5 * (found + found.T) / np.outer(deviation, deviation), -1.0, 1.0)
    np.fill_diagonal(correlation, 1.0)
    if np.linalg.eigvalsh(correlation)[0] < 1e-6:
        correlation = np.eye(3)
    kept = np.sqrt(np.clip(np.diag(found), _LEAST, _MOST))
    return np.asarray(correlation * np.outer(kept, kept))


def surprise(believed: Pose2D, covariance: NDArray[np.float64], seen: Pose2D, seen_cov: NDArray[np.float64]) -> float:
    """Squared Mahalanobis distance between a belief and a measurement; 16.3 is exceeded by 1 in 1,000 (3 degrees)."""
    difference = np.array((seen.x - believed.x, seen.y - believed.y, wrapped(seen.yaw - believed.yaw)))
    return float(difference @ np.linalg.solve(covariance + seen_cov, difference))


def fused(
    believed: Pose2D, covariance: NDArray[np.float64], seen: Pose2D, seen_cov: NDArray[np.float64]
) -> tuple[Pose2D, NDArray[np.float64]]:
    """Kalman's update of a pose by a direct measurement of it; Joseph's form, which stays positive definite.

    :param covariance: (n, n), n >= 3: the first three are x, y, yaw; the rest stays with them as it correlates.
    :returns: the pose, and the whole covariance.
    """
    n = len(covariance)
    h = np.eye(3, n)
    gain = np.linalg.solve(covariance[:3, :3] + seen_cov, covariance[:3, :]).T
    change = gain @ np.array((seen.x - believed.x, seen.y - believed.y, wrapped(seen.yaw - believed.yaw)))
    keep = np.eye(n) - gain @ h
    after = keep @ covariance @ keep.T + gain @ seen_cov @ gain.T
    pose = Pose2D(believed.x + change[0], believed.y + change[1], wrapped(believed.yaw + change[2]))
    return pose, np.asarray(0.5 * (after + after.T))


def log_likelihoods(
    poses: NDArray[np.float64], seen: Pose2D, covariance: NDArray[np.float64], outlier: float = 1e-4
) -> NDArray[np.float64]:
    """Of poses, shape (n, 3), given a measurement; that it may be of no use (`outlier`) bounds what it can rule out."""
    away = poses - (seen.x, seen.y, seen.yaw)
    away[:, 2] = (away[:, 2] + math.pi) % (2.0 * math.pi) - math.pi
    squared = np.einsum("ij,jk,ik->i", away, np.linalg.inv(covariance), away)
    return np.asarray(np.log(np.exp(-0.5 * np.minimum(squared, 700.0)) + outlier))


def bounded(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Symmetric, and with variances that mean something on a floor: odometry alone for hours would overflow."""
    covariance = 0.5 * (covariance + covariance.T)
    most = np.array((1e4, 1e4, 10.0, 1e-2))
    shrink = np.sqrt(np.minimum(1.0, most / np.maximum(np.diag(covariance), 1e-12)))
    return np.asarray(covariance * np.outer(shrink, shrink))
