"""The compiled part of `mppi`: rollouts of a differential drive and what they cost."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from robot_nodes.navigation.field import clearance
from robot_nodes.navigation.footprint import room

DRIVEN = -1.0
"""Instead of a share of the speed allowed: drive what the row says."""
PERSON_M = 0.25
"""Half the width of a predicted person."""
ENDING, ENDING_M = 12.0, 1.5
BLOCKING = 0.15
"""Share of what a contact costs that standing in somebody's way costs a second: better to step aside."""
MEETING_M = 4.0
"""Who is farther away than this is not yet met."""
REACH_M = 1.2
"""The outermost of the parallels that are looked along, metres beside the path."""


@njit(cache=True)
def plan_once(
    floor: Any, grid: Any, way: Any, movers: Any, start: Any, plan: Any, noise: Any, pursuits: Any, tuning: Any,
    controls: Any, costs: Any
) -> Any:  # fmt: skip
    """One cycle; `plan`, shape (steps, 2) of v and w, is replaced by the drive chosen.

    :param floor: as `ClearanceField.args`; grid: `NearGrid`'s metres and origin; way: `Ahead`'s line and free metres.
    :param start: x, y, yaw, v, w, `Ahead.begin`, `Ahead.end`.
    :returns: metres of path it gains, and its cost.
    """
    count, pursued = noise.shape[0], pursuits.shape[0]
    best = 0
    for i in range(count + pursued + 2):
        offset, share = 0.0, DRIVEN
        if i < count:
            _noisy(plan, noise, i, controls[i])
        elif i < count + pursued:
            offset, share = pursuits[i - count, 0], pursuits[i - count, 1]
        elif i == count + pursued:
            controls[i, :, :] = plan
        else:
            controls[i, :, :] = 0.0
        costs[i], _ = _roll(floor, grid, way, movers, start, offset, share, tuning, controls[i])
        if costs[i] < costs[best]:
            best = i
    _weigh(controls, costs, count + pursued + 2, best, tuning[1], plan)
    cost, gained = _roll(floor, grid, way, movers, start, 0.0, DRIVEN, tuning, plan)
    # The mean of a way left and a way right of somebody leads into them: then the better of the two.
    if cost > costs[best] + 0.05:
        plan[:, :] = controls[best]
        cost, gained = _roll(floor, grid, way, movers, start, 0.0, DRIVEN, tuning, plan)
    return gained, cost


@njit(cache=True)
def _weigh(controls: Any, costs: Any, count: int, best: int, temperature: float, plan: Any) -> None:
    """The mean of the rollouts, each with the weight exp(-cost / temperature)."""
    total = 0.0
    plan[:, :] = 0.0
    for i in range(count):
        weight = math.exp(-(costs[i] - costs[best]) / temperature)
        if weight > 1e-4:
            total += weight
            for k in range(plan.shape[0]):
                plan[k, 0] += weight * controls[i, k, 0]
                plan[k, 1] += weight * controls[i, k, 1]
    plan /= total


@njit(cache=True)
def _noisy(plan: Any, noise: Any, index: int, into: Any) -> None:
    """The last drive with noise, linear between the knots."""
    steps, knots = plan.shape[0], noise.shape[1]
    for k in range(steps):
        at = k * (knots - 1.0) / (steps - 1.0)
        low = min(int(at), knots - 2)
        share = at - low
        into[k, 0] = plan[k, 0] + noise[index, low, 0] * (1.0 - share) + noise[index, low + 1, 0] * share
        into[k, 1] = plan[k, 1] + noise[index, low, 1] * (1.0 - share) + noise[index, low + 1, 1] * share


@njit(cache=True)
def _roll(
    floor: Any, grid: Any, way: Any, movers: Any, start: Any, offset: float, share: float, tuning: Any, row: Any
) -> Any:  # fmt: skip
    """Drive `row` from `start`, or with a `share` pursue the parallel at `offset` and write down how in `row`.

    What was asked for is replaced by what the base can do. Progress counts half at the end and half on the way: the
    sooner the better.

    :returns: cost, and metres of path gained.
    """
    line, free = way
    dt, step, contact, onward, onward_m = tuning[0], tuning[2], tuning[26], tuning[27], tuning[28]
    x, y, yaw, v, w, begin, end = start
    steps, i, along, aside = row.shape[0], min(int(begin / step), line.shape[0] - 2), begin, 0.0
    wall, near = _rooms(floor, grid, x, y)
    cost = 0.0
    for k in range(steps):
        want_v, want_w = _wanted(line, i, x, y, yaw, v, offset, share, tuning, row[k])
        before_w = w
        v, w = _moved(v, w, want_v, want_w, line[i, 4], tuning)
        row[k, 0], row[k, 1] = v, w
        x += v * dt * math.cos(yaw + 0.5 * w * dt)
        y += v * dt * math.sin(yaw + 0.5 * w * dt)
        yaw += w * dt
        i, ahead = _foot(line, i, x, y, step)
        along = max(along, i * step + min(max(ahead, 0.0), step))
        aside = (y - line[i, 1]) * line[i, 2] - (x - line[i, 0]) * line[i, 3]
        cost += _off_course(line, i, yaw, w - before_w, aside, end - along, tuning) - (along - begin) / steps
        was_wall, was_near = wall, near
        wall, near = _rooms(floor, grid, x, y)
        # Contact is coming nearer within reach; whoever is too near may always leave.
        if (wall < tuning[32] and wall < was_wall - 1e-4) or (near < tuning[10] and near < was_near - 1e-4):
            return cost + contact * (1.2 - k / steps) - 0.5 * (along - begin), along - begin
        people, touched = _people(movers, (k + 1) * dt, x, y, yaw, v, near, tuning)
        cost += dt * (people + _beside_walls(wall, v, tuning))
        if touched and v <= 0.05:
            cost += dt * BLOCKING * contact
        elif touched:
            cost += contact * (1.0 - 0.9 * k / steps) * (0.3 + v)
            if k < steps // 2:
                return cost - 0.5 * (along - begin), along - begin
    cost -= onward * min(max(_free_at(free, aside) - along, 0.0), onward_m)
    return cost - 0.5 * (along - begin), along - begin


@njit(cache=True, inline="always")
def _rooms(floor: Any, grid: Any, x: float, y: float) -> Any:
    """Metres to the nearest wall, and to the nearest return."""
    cells, x0, y0, res = floor
    metres, origin = grid
    return clearance(cells, x0, y0, res, x, y), room(metres, origin[0], origin[1], x, y)


@njit(cache=True, inline="always")
def _wanted(
    line: Any, i: int, x: float, y: float, yaw: float, v: float, offset: float, share: float, tuning: Any, asked: Any
) -> Any:  # fmt: skip
    """What is asked of the base: by the row, or by pursuit of a parallel."""
    if share < 0.0:
        return asked[0], asked[1]
    allowed = line[i, 4]
    speed = share * allowed if share <= 1.0 else min(share - 1.0, allowed)
    return _pursue(line, i, x, y, yaw, v, offset, speed, tuning[7], tuning[8], tuning[2])


@njit(cache=True, inline="always")
def _moved(v: float, w: float, want_v: float, want_w: float, allowed: float, tuning: Any) -> Any:
    """Velocities after a step: within what the base can do, and what is comfortable in curves."""
    dt, a_max, alpha_max, w_max, lateral_max = tuning[0], tuning[3], tuning[4], tuning[5], tuning[6]
    v += min(max(min(max(want_v, 0.0), allowed) - v, -a_max * dt), a_max * dt)
    most = min(w_max, lateral_max / max(abs(v), 0.05))
    w += min(max(min(max(want_w, -most), most) - w, -alpha_max * dt), alpha_max * dt)
    return v, w


@njit(cache=True, inline="always")
def _foot(line: Any, i: int, x: float, y: float, step: float) -> Any:
    """Which segment of the path a point is abreast of, and metres along it: forward only, plane by plane."""
    ahead = (x - line[i, 0]) * line[i, 2] + (y - line[i, 1]) * line[i, 3]
    while ahead > step and i < line.shape[0] - 2:
        i += 1
        ahead = (x - line[i, 0]) * line[i, 2] + (y - line[i, 1]) * line[i, 3]
    return i, ahead


@njit(cache=True, inline="always")
def _off_course(line: Any, i: int, yaw: float, turned: float, aside: float, left: float, tuning: Any) -> float:
    """What a step costs beside the path, across it, or with a jerk; `left`: metres to the goal."""
    cos_error = math.cos(yaw) * line[i, 2] + math.sin(yaw) * line[i, 3]
    # The goal is no parallel: towards it the offset counts more and more.
    closing = 1.0 + ENDING * max(0.0, 1.0 - left / ENDING_M)
    beside = _beside(aside, tuning[20], tuning[21], tuning[22], tuning[29], tuning[30], tuning[31])
    return float(tuning[0] * (closing * beside + tuning[23] * (1.0 - cos_error)) + tuning[24] * turned * turned)


@njit(cache=True, inline="always")
def _beside_walls(wall: float, v: float, tuning: Any) -> float:
    """What being near a wall costs a second, more where the robot is fast."""
    reach, wanted, weigh = tuning[10], tuning[11], tuning[25]
    too_fast = max(0.0, v - 0.3 - 1.4 * max(0.0, wall - reach))
    return float(weigh * (2.0 * too_fast * too_fast + max(0.0, wanted + 0.15 - wall)))


@njit(cache=True, inline="always")
def _free_at(free: Any, aside: float) -> float:
    """Linear between the parallels that were looked along."""
    last = free.shape[0] - 1
    at = min(max((aside / REACH_M + 1.0) * 0.5 * last, 0.0), last - 1e-9)
    low = int(at)
    return float(free[low] * (low + 1.0 - at) + free[low + 1] * (at - low))


@njit(cache=True)
def _pursue(
    line: Any, i: int, x: float, y: float, yaw: float, v: float, offset: float, speed: float, look_min: float,
    look_s: float, step: float
) -> Any:  # fmt: skip
    """Pure pursuit of a parallel (Coulter 1992)."""
    j = min(i + 1 + int(max(look_min, look_s * v) / step), line.shape[0] - 1)
    tx, ty = line[j, 0] - line[j, 3] * offset - x, line[j, 1] + line[j, 2] * offset - y
    forward = math.cos(yaw) * tx + math.sin(yaw) * ty
    left = -math.sin(yaw) * tx + math.cos(yaw) * ty
    away = max(forward * forward + left * left, 0.04)
    if forward < 0.2 * abs(left):
        return 0.0, math.copysign(1.0, left)
    return speed, 2.0 * left / away * max(min(speed, v + 0.1), 0.1)


@njit(cache=True)
def _beside(
    aside: float, weigh: float, weigh_aside: float, weigh_left: float, calm: float, half_width: float, wide: float
) -> float:
    """What being beside the path costs a second."""
    away = abs(aside)
    cost = weigh * away * away
    if wide == 0.0 and away > calm:
        cost += weigh_aside * (away - calm)
    if aside > 0.0:
        cost *= weigh_left
    if away > half_width:
        cost += 4.0 * (away - half_width)
    return cost


@njit(cache=True)
def _people(movers: Any, t: float, x: float, y: float, yaw: float, v: float, near: float, tuning: Any) -> Any:
    """What people's nearness costs a second, and whether one who walks is touched."""
    radius = tuning[9]
    outer, inner, weigh, ahead, right, deeper, half_body, gap = tuning[12:20]
    keep_right = tuning[33]
    touched, sides = False, 0.0
    zone = _zone(near + half_body, outer, inner, deeper)
    for m in range(movers.shape[0]):
        vx, vy = movers[m, 2], movers[m, 3]
        dx, dy = x - movers[m, 0] - vx * t, y - movers[m, 1] - vy * t
        away = math.sqrt(dx * dx + dy * dy)
        if away < radius + PERSON_M + gap:
            touched = True
        if movers[m, 4] == 0.0 or away > MEETING_M or away < 1e-6:
            continue
        speed = max(math.sqrt(vx * vx + vy * vy), 1e-6)
        before = (dx * vx + dy * vy) / speed
        left = (vx * dy - vy * dx) / speed
        # Who comes the other way, nearly on the robot's line: both keep right, so the robot is on their left.
        if before > 0.3 and abs(left) < outer and vx * math.cos(yaw) + vy * math.sin(yaw) < -0.6 * speed:
            sides += max(0.0, 1.0 - left / outer)
        felt = away - ahead * min(speed, 1.0) * max(0.0, before) / away - right * max(0.0, -left) / away
        zone += _zone(felt, outer, inner, deeper)
    return weigh * zone * v * v + keep_right * sides, touched


@njit(cache=True, inline="always")
def _zone(away: float, outer: float, inner: float, deeper: float) -> float:
    """Share of the full cost at a distance: 0 outside, 1 at the inner rim, more inside."""
    if away >= outer:
        return 0.0
    if away < inner:
        return 1.0 + deeper * (inner - away)
    share = (outer - away) / (outer - inner)
    return share * share
