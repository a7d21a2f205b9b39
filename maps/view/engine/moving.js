// The moving layer: robots, their remaining way, a highlighted route, a pin, "you are here".

import { LINK_DOWN, batteryColour, colours, robotColour } from "./palette.js";
import { Places, font } from "./labels.js";

const TURN = 2 * Math.PI;
const angleBetween = (from, to) => ((((to - from + Math.PI) % TURN) + TURN) % TURN) - Math.PI;

// Robots as last reported, drawn where they probably are between two reports.
export class Robots {
  constructor() {
    this.byId = new Map();
    this.interval = 200;
    this.last = 0;
  }

  tick(list, now) {
    if (this.last) this.interval = Math.min(1000, Math.max(80, 0.7 * this.interval + 0.3 * (now - this.last)));
    this.last = now;
    const seen = new Set();
    for (const robot of list) {
      if (robot.x == null || robot.y == null) continue;
      seen.add(robot.serial);
      const before = this.byId.get(robot.serial);
      const at = before ? this.pose(before, now) : { x: robot.x, y: robot.y, yaw: robot.yaw ?? 0 };
      const far = Math.hypot(robot.x - at.x, robot.y - at.y) > 8; // moved by hand or by a restart: no gliding
      this.byId.set(robot.serial, { ...robot, from: far ? { x: robot.x, y: robot.y, yaw: robot.yaw ?? 0 } : at, start: now });
    }
    for (const id of this.byId.keys()) if (!seen.has(id)) this.byId.delete(id);
  }

  pose(robot, now) {
    const k = Math.min((now - robot.start) / this.interval, 1);
    const { from } = robot;
    return {
      x: from.x + (robot.x - from.x) * k,
      y: from.y + (robot.y - from.y) * k,
      yaw: from.yaw + angleBetween(from.yaw, robot.yaw ?? from.yaw) * k,
    };
  }

  moving(now) {
    if (now - this.last > this.interval) return false;
    for (const { from, x, y, yaw } of this.byId.values()) {
      if (Math.abs(from.x - x) + Math.abs(from.y - y) > 1e-3 || Math.abs((yaw ?? 0) - from.yaw) > 1e-3) return true;
    }
    return false;
  }
}

function line(context, camera, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(camera.x(x), camera.y(y)) : context.moveTo(camera.x(x), camera.y(y))));
}

export function drawPaths(context, camera, robots, selected, now) {
  context.save();
  context.lineJoin = context.lineCap = "round";
  for (const robot of robots.byId.values()) {
    if (!robot.path?.length || LINK_DOWN.has(robot.link)) continue;
    const at = robots.pose(robot, now);
    const chosen = robot.serial === selected;
    context.globalAlpha = chosen ? 0.95 : 0.45;
    context.strokeStyle = robotColour(robot);
    context.lineWidth = chosen ? 4 : 2.5;
    context.setLineDash(chosen ? [] : [1, 6]);
    line(context, camera, [[at.x, at.y], ...robot.path]);
    context.stroke();
    const [ex, ey] = robot.path[robot.path.length - 1];
    context.setLineDash([]);
    context.beginPath();
    context.arc(camera.x(ex), camera.y(ey), chosen ? 5 : 3.5, 0, TURN);
    context.fillStyle = robotColour(robot);
    context.fill();
  }
  context.restore();
}

export function drawRoute(context, camera, route, pin, dark, now) {
  if (!route || route.length < 2) return;
  const colour = colours(dark);
  context.save();
  context.lineJoin = context.lineCap = "round";
  if (pin) {
    // The last metres, from the lane to the thing itself, are no lane.
    line(context, camera, [route[route.length - 1], [pin.x, pin.y]]);
    context.setLineDash([1, 11]);
    context.strokeStyle = colour.route;
    context.lineWidth = 5;
    context.stroke();
    context.setLineDash([]);
  }
  line(context, camera, route);
  context.strokeStyle = colour.routeEdge;
  context.lineWidth = 11;
  context.stroke();
  context.strokeStyle = colour.route;
  context.lineWidth = 7;
  context.stroke();
  context.setLineDash([2, 22]);
  context.lineDashOffset = -((now / 28) % 24);
  context.strokeStyle = "rgba(255,255,255,0.95)";
  context.lineWidth = 3;
  context.stroke();
  context.restore();
}

export function drawHere(context, camera, here, label, dark, now) {
  if (!here) return;
  const [x, y] = [camera.x(here.x), camera.y(here.y)];
  const colour = colours(dark);
  const pulse = (now % 1800) / 1800;
  context.save();
  context.beginPath();
  context.arc(x, y, 10 + 18 * pulse, 0, TURN);
  context.globalAlpha = 0.3 * (1 - pulse);
  context.fillStyle = colour.here;
  context.fill();
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(x, y, 10, 0, TURN);
  context.fillStyle = "#ffffff";
  context.fill();
  context.beginPath();
  context.arc(x, y, 7, 0, TURN);
  context.fillStyle = colour.here;
  context.fill();
  if (label) flag(context, label, x, y + 27, colour.here, dark);
  context.restore();
}

export function drawPin(context, camera, pin, dark) {
  if (!pin) return;
  const [x, y] = [camera.x(pin.x), camera.y(pin.y)];
  const colour = colours(dark);
  context.save();
  context.shadowColor = colour.shadow;
  context.shadowBlur = 8;
  context.shadowOffsetY = 3;
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x - 4, y - 12, x - 14, y - 16, x - 14, y - 27);
  context.arc(x, y - 27, 14, Math.PI, 0);
  context.bezierCurveTo(x + 14, y - 16, x + 4, y - 12, x, y);
  context.fillStyle = colour.pin;
  context.fill();
  context.shadowColor = "transparent";
  context.beginPath();
  context.arc(x, y - 27, 5.5, 0, TURN);
  context.fillStyle = "#ffffff";
  context.fill();
  if (pin.name) flag(context, pin.name, x, y - 58, colour.pin, dark);
  context.restore();
}

// A name on a plate of its own colour: readable on anything.
function flag(context, text, x, y, fill, dark) {
  context.font = font(13, 700);
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(text).width + 18;
  context.beginPath();
  context.roundRect(x - width / 2, y - 12, width, 24, 12);
  context.fillStyle = fill;
  context.fill();
  context.fillStyle = dark ? "#0b1222" : "#ffffff";
  context.fillText(text, x, y + 0.5);
}

export function robotRadius(scale) {
  return Math.max(7.5, Math.min(17, 6 + scale * 0.55));
}

export function drawRobots(context, camera, robots, selected, dark, now) {
  const colour = colours(dark);
  const named = camera.scale > 2.5 || robots.byId.size <= 12;
  const tags = new Places();
  const list = [...robots.byId.values()].sort((a, b) => (a.serial === selected) - (b.serial === selected));
  const tagged = [];
  for (const robot of list) {
    const at = robots.pose(robot, now);
    const [x, y] = [camera.x(at.x), camera.y(at.y)];
    if (x < -60 || y < -60 || x > camera.width + 60 || y > camera.height + 60) continue;
    const chosen = robot.serial === selected;
    const r = robotRadius(camera.scale) + (chosen ? 2 : 0);
    if (robot.state === "error" || LINK_DOWN.has(robot.link)) alarm(context, x, y, r, now);
    else if (chosen) glow(context, x, y, r, robotColour(robot));
    body(context, x, y, r, at.yaw, robot, colour);
    if (named || chosen) tagged.push([robot, x, y + r + 12, chosen]);
  }
  // From the last drawn (the selected one) down: a name that would cover another is left out.
  for (const [robot, x, y, chosen] of tagged.reverse()) {
    if (tags.take(x - 32, y - 8, x + 32, y + 8)) tag(context, x, y, robot, colour, chosen);
  }
}

function alarm(context, x, y, r, now) {
  context.save();
  context.globalAlpha = 0.25 + 0.25 * Math.sin(now / 250);
  context.beginPath();
  context.arc(x, y, r + 8, 0, TURN);
  context.fillStyle = "#e5484d";
  context.fill();
  context.restore();
}

function glow(context, x, y, r, colour) {
  context.save();
  context.globalAlpha = 0.22;
  context.beginPath();
  context.arc(x, y, r + 9, 0, TURN);
  context.fillStyle = colour;
  context.fill();
  context.restore();
}

function body(context, x, y, r, yaw, robot, colour) {
  const fill = robotColour(robot);
  context.save();
  context.translate(x, y);
  context.rotate(-yaw);
  context.beginPath(); // the nose
  context.moveTo(r + 6.5, 0);
  context.lineTo(r * 0.62, -r * 0.72);
  context.lineTo(r * 0.62, r * 0.72);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
  context.restore();
  context.save();
  context.shadowColor = colour.shadow;
  context.shadowBlur = 6;
  context.shadowOffsetY = 2;
  context.beginPath();
  context.arc(x, y, r, 0, TURN);
  context.fillStyle = "#ffffff";
  context.fill();
  context.restore();
  if (r < 9) {
    // Seen from far away: only where it is, which way it looks, and its state.
    context.beginPath();
    context.arc(x, y, r - 2, 0, TURN);
    context.fillStyle = fill;
    context.fill();
    return;
  }
  context.lineWidth = 2.6;
  context.beginPath(); // battery: a ring that empties
  context.arc(x, y, r - 1.8, -Math.PI / 2, -Math.PI / 2 + (TURN * Math.min(Math.max(robot.battery ?? 0, 0), 100)) / 100);
  context.strokeStyle = batteryColour(robot.battery ?? 0);
  context.stroke();
  context.beginPath();
  context.arc(x, y, r - 4.2, 0, TURN);
  context.fillStyle = fill;
  context.fill();
  context.fillStyle = "#ffffff";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const icon = LINK_DOWN.has(robot.link) ? "link_off" : robot.charging ? "bolt" : robot.state === "paused" ? "pause" : "";
  if (icon) {
    context.font = `${Math.round(r * 1.05)}px "Material Icons"`;
    context.fillText(icon, x, y + 0.5);
  } else {
    const number = robot.serial.match(/(\d+)\D*$/)?.[1] ?? "";
    context.font = font(Math.max(7.5, r * 0.72), 700);
    context.fillText(number.replace(/^0+(?=\d)/, "").slice(-3), x, y + 0.5);
  }
}

function tag(context, x, y, robot, colour, chosen) {
  context.font = font(11, 650);
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(robot.serial).width + 12;
  context.beginPath();
  context.roundRect(x - width / 2, y - 8, width, 16, 8);
  context.fillStyle = chosen ? robotColour(robot) : colour.surface;
  context.globalAlpha = 0.94;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = colour.ring;
  context.stroke();
  context.fillStyle = chosen ? "#ffffff" : colour.ink;
  context.fillText(robot.serial, x, y + 0.5);
}
