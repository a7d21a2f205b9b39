// One map on one canvas: a still backdrop, a moving layer, and what the pointer is on.

import { Backdrop } from "./backdrop.js";
import { Camera } from "./camera.js";
import { Pointer } from "./pointer.js";
import { Robots, drawHere, drawPaths, drawPin, drawRobots, drawRoute, robotRadius } from "./moving.js";

const SETTLE_MS = 110;

export class MapEngine {
  // `hooks`: {pick({kind, id, x, y}), hover(text | null, x, y), drawn()}.
  constructor(canvas, hooks) {
    this.canvas = canvas;
    this.hooks = hooks;
    this.camera = new Camera();
    this.robots = new Robots();
    this.layers = { lanes: true, hidden: [] };
    this.marked = { here: null, hereLabel: "", route: null, pin: null, selected: null };
    this.dark = false;
    this.touched = false;
    this.changed = 0;
    this.frame = 0;
    this.pointer = new Pointer(canvas, {
      pan: (dx, dy) => this._viewed(() => this.camera.pan(dx, dy)),
      zoom: (x, y, factor) => this._viewed(() => this.camera.zoomAt(x, y, factor)),
      tap: (x, y) => this._tap(x, y),
      hover: (x, y) => this._hover(x, y),
      leave: () => hooks.hover(null, 0, 0),
    });
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(canvas.parentElement);
  }

  dispose() {
    this.watcher.disconnect();
    cancelAnimationFrame(this.frame);
    this.backdrop = null;
  }

  load(scene) {
    this.backdrop = new Backdrop(scene);
    this.camera.world = { x0: 0, y0: 0, x1: scene.width, y1: scene.height };
    this.resize();
    this.fit(false);
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const same = this.camera.width === box.width && this.camera.height === box.height && this.ratio === ratio;
    if (same) return;
    this.ratio = ratio;
    this.camera.width = box.width;
    this.camera.height = box.height;
    this.canvas.width = Math.round(box.width * ratio);
    this.canvas.height = Math.round(box.height * ratio);
    this.backdrop?.forget();
    if (this.home && !this.touched) this.home(false);
    this.redraw();
  }

  fit(animated = true) {
    this.touched = false;
    this.home = (glide) => this._go(this.camera.fitted(this.camera.world), glide);
    this.home(animated);
  }

  focus(box, animated = true, maxScale = 26) {
    this.touched = false;
    this.home = (glide) => this._go(this.camera.fitted(box, 84, maxScale), glide);
    this.home(animated);
  }

  zoom(factor) {
    this._viewed(() => this.camera.zoomAt(this.camera.width / 2, this.camera.height / 2, factor));
  }

  _go(view, animated) {
    if (animated && this.backdrop) this.camera.fly(view, performance.now());
    else this.camera.jump(view);
    this.redraw();
  }

  mark(marks) {
    Object.assign(this.marked, marks);
    this.redraw();
  }

  theme(dark) {
    if (dark === this.dark) return;
    this.dark = dark;
    this.backdrop?.forget();
    this.redraw();
  }

  show(layers) {
    Object.assign(this.layers, layers);
    this.backdrop?.forget();
    this.redraw();
  }

  tick(robots) {
    this.robots.tick(robots, performance.now());
    this.redraw();
  }

  redraw() {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this._draw(now));
  }

  _viewed(change) {
    this.touched = true;
    change();
    this.changed = performance.now();
    this.redraw();
  }

  _draw(now) {
    this.frame = 0;
    if (!this.backdrop || !this.ratio) return;
    const { camera, backdrop, marked, dark } = this;
    const flying = camera.step(now);
    const settled = !flying && now - this.changed > SETTLE_MS;
    if (!backdrop.serves(camera, settled)) backdrop.draw(camera, this.ratio, dark, this.layers);
    const context = this.canvas.getContext("2d", { alpha: false });
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    backdrop.copy(context, camera);
    drawPaths(context, camera, this.robots, marked.selected, now);
    drawRoute(context, camera, marked.route, marked.pin, dark, now);
    drawHere(context, camera, marked.here, marked.hereLabel, dark, now);
    drawPin(context, camera, marked.pin, dark);
    drawRobots(context, camera, this.robots, marked.selected, dark, now);
    this.hooks.drawn();
    if (flying || !settled || this.robots.moving(now)) this.redraw();
    else if (marked.route || marked.here || this._alarming()) this._later();
  }

  // Slow pulses (route, "you are here", alarms) need 20 frames a second, not 60.
  _later() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.redraw();
    }, 50);
  }

  _alarming() {
    for (const { state, link } of this.robots.byId.values()) if (state === "error" || link !== "online") return true;
    return false;
  }

  robotsOnScreen() {
    const now = performance.now();
    return [...this.robots.byId.values()].map((robot) => {
      const at = this.robots.pose(robot, now);
      return { ...robot, at, screen: [this.camera.x(at.x), this.camera.y(at.y)] };
    });
  }

  // What is under a point: {kind: "robot" | "place" | "floor", id, name, x, y}.
  under(x, y) {
    const { camera, backdrop } = this;
    const at = { x: camera.worldX(x), y: camera.worldY(y) };
    const near = this.robotsOnScreen()
      .map((robot) => ({ robot, distance: Math.hypot(robot.screen[0] - x, robot.screen[1] - y) }))
      .filter(({ distance }) => distance < robotRadius(camera.scale) + 8)
      .sort((a, b) => a.distance - b.distance)[0];
    if (near) return { kind: "robot", id: near.robot.serial, name: near.robot.serial, ...at };
    const place = backdrop && (this._mark(x, y) ?? this._area(at));
    return place ? { kind: "place", ...place, ...at } : { kind: "floor", id: "", name: "", ...at };
  }

  _mark(x, y) {
    for (const [id, , name, mx, my] of this.backdrop.visibleMarks(this.camera.scale, this.layers.hidden)) {
      if (Math.hypot(this.camera.x(mx) - x, this.camera.y(my) - y) < 15) return { id, name };
    }
    return null;
  }

  _area({ x, y }) {
    const { booths, halls } = this.backdrop.scene;
    // A booth of a few pixels cannot be meant by a finger: then it is the hall.
    if (this.camera.scale > 2.2) {
      const booth = booths.find(([, , , , x0, y0, x1, y1]) => x >= x0 && x <= x1 && y >= y0 && y <= y1);
      if (booth) return { id: booth[0], name: booth[2] ? `${booth[1]} · ${booth[2]}` : booth[1] };
    }
    const hall = halls.find(([, , x0, y0, x1, y1]) => x >= x0 && x <= x1 && y >= y0 && y <= y1);
    return hall ? { id: hall[0], name: hall[1] } : null;
  }

  _tap(x, y) {
    this.hooks.hover(null, 0, 0);
    this.hooks.pick(this.under(x, y));
  }

  _hover(x, y) {
    const { kind, name } = this.under(x, y);
    this.canvas.style.cursor = kind === "floor" ? "grab" : "pointer";
    this.hooks.hover(kind === "floor" ? null : name, x, y);
  }
}
