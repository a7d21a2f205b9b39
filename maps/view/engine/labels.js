// Text on the map: wrapping, halos, and a greedy rule that no two labels overlap.

import { FONT } from "./palette.js";

const widths = new Map();

export function measured(context, font, text) {
  const key = font + text;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 20000) widths.clear();
    context.font = font;
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

// Lines of `text`, none wider than `width` where words (or Chinese characters) allow it.
export function wrapped(context, font, text, width, most = 3) {
  const pieces = text.match(/[\u2e80-\u9fff\uf900-\uffef]|[^\s\u2e80-\u9fff\uf900-\uffef]+\s*/g) ?? [text];
  const lines = [""];
  for (const piece of pieces) {
    const longer = lines[lines.length - 1] + piece;
    if (lines[lines.length - 1] && measured(context, font, longer.trimEnd()) > width) lines.push(piece);
    else lines[lines.length - 1] = longer;
  }
  if (lines.length > most) {
    lines.length = most;
    lines[most - 1] = lines[most - 1].trimEnd() + "…";
  }
  return lines.map((line) => line.trimEnd());
}

// `text` shortened with … to `width`; empty where not even two characters fit.
export function shortened(context, font, text, width) {
  if (measured(context, font, text) <= width) return text;
  let end = text.length - 1;
  while (end > 1 && measured(context, font, text.slice(0, end) + "…") > width) end -= 1;
  return end > 1 ? text.slice(0, end) + "…" : "";
}

export function haloText(context, text, x, y, ink, halo, width = 3.5) {
  context.lineJoin = "round";
  context.lineWidth = width;
  context.strokeStyle = halo;
  context.strokeText(text, x, y);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}

export const font = (size, weight = 500) => `${weight} ${size}px ${FONT}`;

// Boxes already taken, in cells of 64 px so that a look-up touches only its neighbours.
export class Places {
  constructor() {
    this.cells = new Map();
  }

  take(x0, y0, x1, y1) {
    const keys = [];
    for (let i = Math.floor(x0 / 64); i <= Math.floor(x1 / 64); i += 1) {
      for (let j = Math.floor(y0 / 64); j <= Math.floor(y1 / 64); j += 1) {
        const key = i * 65536 + j;
        for (const box of this.cells.get(key) ?? []) {
          if (x0 < box[2] && x1 > box[0] && y0 < box[3] && y1 > box[1]) return false;
        }
        keys.push(key);
      }
    }
    const box = [x0, y0, x1, y1];
    for (const key of keys) {
      if (!this.cells.has(key)) this.cells.set(key, []);
      this.cells.get(key).push(box);
    }
    return true;
  }
}
