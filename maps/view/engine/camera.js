// Where the viewer looks: world metres (y up) to CSS pixels (y down) and back.

const MAX_SCALE = 90; // pixels for one metre: a booth of 3 m fills a phone
const ease = (t) => 1 - Math.pow(1 - t, 3);

export class Camera {
  constructor() {
    this.width = 1;
    this.height = 1;
    this.cx = 0;
    this.cy = 0;
    this.scale = 1;
    this.world = { x0: 0, y0: 0, x1: 1, y1: 1 };
    this.padding = { left: 0, right: 0, top: 0, bottom: 0 };
    this.flight = null;
  }

  x(worldX) {
    return (worldX - this.cx) * this.scale + this.width / 2;
  }

  y(worldY) {
    return this.height / 2 - (worldY - this.cy) * this.scale;
  }

  worldX(x) {
    return (x - this.width / 2) / this.scale + this.cx;
  }

  worldY(y) {
    return this.cy - (y - this.height / 2) / this.scale;
  }

  fitted(box, margin = 24, maxScale = MAX_SCALE) {
    const { left, right, top, bottom } = this.padding;
    const width = Math.max(this.width - left - right - 2 * margin, 40);
    const height = Math.max(this.height - top - bottom - 2 * margin, 40);
    const scale = Math.min(width / Math.max(box.x1 - box.x0, 1), height / Math.max(box.y1 - box.y0, 1), maxScale);
    return {
      cx: (box.x0 + box.x1) / 2 - (left - right) / 2 / scale,
      cy: (box.y0 + box.y1) / 2 + (top - bottom) / 2 / scale,
      scale,
    };
  }

  minScale() {
    return this.fitted(this.world, 24).scale * 0.7;
  }

  jump(view) {
    this.flight = null;
    Object.assign(this, view);
    this.clamp();
  }

  fly(view, now, duration = 450) {
    this.flight = { from: { cx: this.cx, cy: this.cy, scale: this.scale }, to: view, start: now, duration };
  }

  // One animation step; true while the camera is still on its way.
  step(now) {
    if (!this.flight) return false;
    const { from, to, start, duration } = this.flight;
    const t = Math.min((now - start) / duration, 1);
    const k = ease(Math.max(t, 0));
    this.scale = from.scale * Math.pow(to.scale / from.scale, k);
    this.cx = from.cx + (to.cx - from.cx) * k;
    this.cy = from.cy + (to.cy - from.cy) * k;
    if (t >= 1) this.flight = null;
    return true;
  }

  zoomAt(x, y, factor) {
    this.flight = null;
    const worldX = this.worldX(x);
    const worldY = this.worldY(y);
    this.scale = Math.min(Math.max(this.scale * factor, this.minScale()), MAX_SCALE);
    this.cx = worldX - (x - this.width / 2) / this.scale;
    this.cy = worldY + (y - this.height / 2) / this.scale;
    this.clamp();
  }

  pan(dx, dy) {
    this.flight = null;
    this.cx -= dx / this.scale;
    this.cy += dy / this.scale;
    this.clamp();
  }

  clamp() {
    this.cx = Math.min(Math.max(this.cx, this.world.x0), this.world.x1);
    this.cy = Math.min(Math.max(this.cy, this.world.y0), this.world.y1);
  }
}
