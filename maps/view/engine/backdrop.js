// The static layer: drawn once into an offscreen canvas larger than the window, then only copied.
//
// scene: {width, height, halls: [[id, name, x0, y0, x1, y1, area]], booths: [[id, label, name, hall index,
// x0, y0, x1, y1]], walls: [x0, y0, x1, y1, ...], lanes: [x0, y0, x1, y1, ...], marks: [[id, kind, name, x, y]]}

import { APPEARS, ICONS, badgeColour, colours, hallColours } from "./palette.js";
import { Places, font, haloText, measured, shortened, wrapped } from "./labels.js";

const MARGIN = 0.3; // of the window, on every side: panning that far needs no redraw
const BOOTH_TEXT_PX = 26;

export class Backdrop {
  constructor(scene) {
    this.scene = scene;
    this.canvas = document.createElement("canvas");
    this.view = null;
    this.drawMs = 0;
    this.paths = this._paths();
  }

  _paths() {
    const booths = this.scene.halls.map(() => new Path2D());
    const loose = new Path2D();
    for (const [, , , hall, x0, y0, x1, y1] of this.scene.booths) {
      (booths[hall] ?? loose).rect(x0, y0, x1 - x0, y1 - y0);
    }
    const walls = new Path2D();
    const { walls: w, lanes: l } = this.scene;
    for (let i = 0; i < w.length; i += 4) walls.rect(w[i], w[i + 1], w[i + 2] - w[i], w[i + 3] - w[i + 1]);
    const lanes = new Path2D();
    for (let i = 0; i < l.length; i += 4) {
      lanes.moveTo(l[i], l[i + 1]);
      lanes.lineTo(l[i + 2], l[i + 3]);
    }
    return { booths, loose, walls, lanes };
  }

  forget() {
    this.view = null;
  }

  // True where the copy on hand shows this camera's window sharply enough.
  serves(camera, settled) {
    const view = this.view;
    if (!view) return false;
    const k = camera.scale / view.scale;
    const tolerance = settled || this.drawMs < 10 ? 1e-4 : 0.45;
    if (Math.abs(Math.log(k)) > tolerance) return false;
    const [left, top] = this._corner(camera);
    return left <= 0 && top <= 0 && left + view.width * k >= camera.width && top + view.height * k >= camera.height;
  }

  _corner(camera) {
    const view = this.view;
    const k = camera.scale / view.scale;
    return [camera.x(view.cx) - (view.width * k) / 2, camera.y(view.cy) - (view.height * k) / 2];
  }

  copy(context, camera) {
    const view = this.view;
    const k = camera.scale / view.scale;
    const [left, top] = this._corner(camera);
    context.drawImage(this.canvas, left, top, view.width * k, view.height * k);
  }

  draw(camera, ratio, dark, layers) {
    const began = performance.now();
    const width = Math.ceil(camera.width * (1 + 2 * MARGIN));
    const height = Math.ceil(camera.height * (1 + 2 * MARGIN));
    if (this.canvas.width !== width * ratio || this.canvas.height !== height * ratio) {
      this.canvas.width = width * ratio;
      this.canvas.height = height * ratio;
    }
    this.view = { cx: camera.cx, cy: camera.cy, scale: camera.scale, width, height };
    const context = this.canvas.getContext("2d", { alpha: false });
    const s = camera.scale;
    const frame = {
      context,
      ratio,
      dark,
      s,
      width,
      height,
      colour: colours(dark),
      layers,
      x: (worldX) => (worldX - camera.cx) * s + width / 2,
      y: (worldY) => height / 2 - (worldY - camera.cy) * s,
    };
    this._areas(frame, camera);
    this._texts(frame);
    this.drawMs = performance.now() - began;
  }

  _areas({ context, ratio, dark, s, width, height, colour, layers }, camera) {
    const { scene, paths } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colour.outside;
    context.fillRect(0, 0, width, height);
    context.setTransform(
      ratio * s, 0, 0, -ratio * s,
      ratio * (width / 2 - camera.cx * s), ratio * (height / 2 + camera.cy * s),
    );
    const px = 1 / s;
    context.lineJoin = "round";
    context.fillStyle = colour.floor;
    context.fillRect(0, 0, scene.width, scene.height);
    context.strokeStyle = colour.floorEdge;
    context.lineWidth = 2 * px;
    context.strokeRect(0, 0, scene.width, scene.height);
    scene.halls.forEach(([, , x0, y0, x1, y1, area], index) => {
      const hall = hallColours(index, area, dark);
      context.fillStyle = hall.fill;
      context.fillRect(x0, y0, x1 - x0, y1 - y0);
      context.strokeStyle = hall.edge;
      context.lineWidth = 1.2 * px;
      context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    });
    if (layers.lanes && s > 2.6) {
      context.strokeStyle = colour.lane;
      context.lineWidth = Math.max(px, Math.min(1.6 * px, 0.12));
      context.stroke(paths.lanes);
      if (s > 9) this._arrows(context, colour, px);
    }
    paths.booths.forEach((path, index) => this._block(context, path, hallColours(index, scene.halls[index][6], dark), px, s));
    this._block(context, paths.loose, hallColours(0, "service", dark), px, s);
    context.fillStyle = colour.wall;
    context.fill(paths.walls);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  _block(context, path, hall, px, s) {
    context.fillStyle = hall.booth;
    context.fill(path);
    if (s < 2.2) return;
    context.strokeStyle = hall.boothEdge;
    context.lineWidth = 0.8 * px;
    context.stroke(path);
  }

  _arrows(context, colour, px) {
    const l = this.scene.lanes;
    const size = 5 * px;
    context.fillStyle = colour.laneArrow;
    context.beginPath();
    for (let i = 0; i < l.length; i += 4) {
      const dx = l[i + 2] - l[i];
      const dy = l[i + 3] - l[i + 1];
      const length = Math.hypot(dx, dy);
      if (length * 1 < 14 * px) continue;
      const [ux, uy] = [dx / length, dy / length];
      const [mx, my] = [l[i] + dx * 0.5, l[i + 1] + dy * 0.5];
      context.moveTo(mx + ux * size, my + uy * size);
      context.lineTo(mx - ux * size - uy * size * 0.7, my - uy * size + ux * size * 0.7);
      context.lineTo(mx - ux * size + uy * size * 0.7, my - uy * size - ux * size * 0.7);
    }
    context.fill();
  }

  _texts(frame) {
    const taken = new Places();
    frame.context.textAlign = "center";
    frame.context.textBaseline = "middle";
    this._boothNames(frame);
    this._hallNames(frame, taken);
    this._marks(frame, taken);
    this._markNames(frame, taken);
  }

  _hallNames({ context, x, y, s, width, height, dark, colour }, taken) {
    this.scene.halls.forEach(([, name, x0, y0, x1, y1, area], index) => {
      const [w, h] = [(x1 - x0) * s, (y1 - y0) * s];
      if (w < 34 || h < 16 || x(x1) < 0 || x(x0) > width || y(y0) < 0 || y(y1) > height) return;
      const size = Math.max(11, Math.min(21, Math.sqrt(w * h) / 11));
      const face = font(size, 650);
      const lines = wrapped(context, face, name, Math.max(w - 14, 40), h > 80 ? 3 : 2);
      const widest = Math.max(...lines.map((line) => measured(context, face, line)));
      const step = size * 1.22;
      // A hall larger than the window keeps its name at the top of what is seen of it.
      const top = Math.max(y(y1), 0);
      const detailed = s * 3 > BOOTH_TEXT_PX;
      const cx = (Math.max(x(x0), 0) + Math.min(x(x1), width)) / 2;
      const cy = detailed ? Math.min(top + step * 0.9, y(y0) - step) : (y(y0) + y(y1)) / 2 - ((lines.length - 1) * step) / 2;
      if (!taken.take(cx - widest / 2 - 4, cy - step / 2, cx + widest / 2 + 4, cy + step * (lines.length - 0.5))) return;
      context.font = face;
      const hall = hallColours(index, area, dark);
      lines.forEach((line, i) => haloText(context, line, cx, cy + i * step, hall.ink, dark ? colour.halo : hall.fill, 4));
    });
  }

  _boothNames({ context, x, y, s, width, height, dark }) {
    const inks = this.scene.halls.map((hall, index) => hallColours(index, hall[6], dark).ink);
    for (const [, label, name, hall, x0, y0, x1, y1] of this.scene.booths) {
      const w = (x1 - x0) * s;
      const h = (y1 - y0) * s;
      if (w < BOOTH_TEXT_PX || h < 14) continue;
      const [cx, cy] = [x((x0 + x1) / 2), y((y0 + y1) / 2)];
      if (cx < -w || cx > width + w || cy < -h || cy > height + h) continue;
      context.fillStyle = inks[hall] ?? inks[0] ?? "#667085";
      const size = Math.max(9, Math.min(14, w / 5.5, h / 2));
      if (w < 54 || h < 30 || !name) {
        const text = shortened(context, font(size, 600), label, w - 4);
        context.font = font(size, 600);
        if (text) context.fillText(text, cx, cy);
        continue;
      }
      const face = font(Math.max(10, Math.min(13, w / 7)), 500);
      const step = 15;
      const lines = wrapped(context, face, name, w - 8, Math.max(1, Math.min(3, Math.floor((h - 20) / step))));
      const start = cy - (lines.length * step) / 2;
      context.font = font(Math.min(12, size), 700);
      context.fillText(label, cx, start + 1);
      context.font = face;
      lines.forEach((line, i) => context.fillText(shortened(context, face, line, w - 6), cx, start + (i + 1) * step));
    }
  }

  visibleMarks(s, hidden) {
    return this.scene.marks.filter(([id, kind]) => s >= (APPEARS[kind] ?? 3.2) && !hidden.includes(kind) && !hidden.includes(id));
  }

  _marks({ context, x, y, s, width, height, dark, colour, layers }, taken) {
    const r = Math.max(7, Math.min(13, 5 + s * 0.45));
    for (const [, kind, , mx, my] of this.visibleMarks(s, layers.hidden)) {
      const [px, py] = [x(mx), y(my)];
      if (px < -20 || px > width + 20 || py < -20 || py > height + 20) continue;
      if (!taken.take(px - r, py - r, px + r, py + r)) continue;
      context.beginPath();
      context.roundRect(px - r, py - r, 2 * r, 2 * r, kind === "site" ? r : r * 0.55);
      context.fillStyle = badgeColour(kind);
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = dark ? colour.floor : "#ffffff";
      context.stroke();
      context.fillStyle = "#ffffff";
      context.font = `${Math.round(r * 1.35)}px "Material Icons"`;
      context.fillText(ICONS[kind] ?? "place", px, py + 0.5);
    }
  }

  _markNames({ context, x, y, s, width, height, colour, layers }, taken) {
    if (s < 7) return;
    const face = font(11, 550);
    const r = Math.max(7, Math.min(13, 5 + s * 0.45));
    for (const [, kind, name, mx, my] of this.visibleMarks(s, layers.hidden)) {
      if ((kind === "charger" || kind === "site") && s < 40) continue;
      const [px, py] = [x(mx), y(my) + r + 9];
      if (px < -60 || px > width + 60 || py < -20 || py > height + 20) continue;
      const w = measured(context, face, name) / 2 + 2;
      if (!taken.take(px - w, py - 7, px + w, py + 7)) continue;
      context.font = face;
      haloText(context, name, px, py, colour.ink, colour.halo, 3);
    }
  }
}
