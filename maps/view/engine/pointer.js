// Fingers, mouse and wheel on the canvas: pan, pinch, zoom, tap, hover.

const TAP_PX = 8;

export class Pointer {
  // `hooks`: {pan(dx, dy), zoom(x, y, factor), tap(x, y), hover(x, y), leave()}, in CSS pixels of the canvas.
  constructor(canvas, hooks) {
    this.canvas = canvas;
    this.hooks = hooks;
    this.down = new Map();
    this.travel = 0;
    this.pinched = false;
    canvas.addEventListener("pointerdown", (event) => this._press(event));
    canvas.addEventListener("pointermove", (event) => this._move(event));
    canvas.addEventListener("pointerup", (event) => this._release(event, true));
    canvas.addEventListener("pointercancel", (event) => this._release(event, false));
    canvas.addEventListener("pointerleave", () => hooks.leave());
    canvas.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
  }

  _at(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  _press(event) {
    if (event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    if (!this.down.size) {
      this.travel = 0;
      this.pinched = false;
    }
    this.down.set(event.pointerId, this._at(event));
    if (this.down.size > 1) this.pinched = true;
  }

  _move(event) {
    const now = this._at(event);
    const before = this.down.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.hooks.hover(now.x, now.y);
      return;
    }
    if (this.down.size === 1) {
      this.travel += Math.hypot(now.x - before.x, now.y - before.y);
      if (this.travel > TAP_PX) this.hooks.pan(now.x - before.x, now.y - before.y);
    } else {
      const other = [...this.down.entries()].find(([id]) => id !== event.pointerId)[1];
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(now.x - other.x, now.y - other.y);
      this.hooks.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      if (was > 4) this.hooks.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, is / was);
    }
    this.down.set(event.pointerId, now);
  }

  _release(event, meant) {
    if (!this.down.delete(event.pointerId)) return;
    if (meant && !this.down.size && !this.pinched && this.travel <= TAP_PX) {
      const { x, y } = this._at(event);
      this.hooks.tap(x, y);
    }
  }

  _wheel(event) {
    event.preventDefault();
    const { x, y } = this._at(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    const gain = event.ctrlKey ? 0.01 : 0.0016; // a trackpad's pinch comes as a small ctrl+wheel
    this.hooks.zoom(x, y, Math.exp(-event.deltaY * lines * gain));
  }
}
