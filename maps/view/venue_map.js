// The NiceGUI side of the map: properties in, events out, buttons and legend around the canvas.

import { MapEngine } from "fairguide-map";

const LEGEND_ROBOTS = ["driving", "acting", "idle", "charging", "paused", "error", "lost"];

export default {
  template: `
    <div class="fg-map" data-testid="venue-map" :data-ready="ready" :data-robots="count">
      <canvas ref="canvas" class="fg-map-canvas" role="img" :aria-label="texts.map"></canvas>
      <div v-if="tip" class="fg-map-tip" :style="{ left: tip.x + 'px', top: tip.y + 'px' }">{{ tip.text }}</div>
      <div class="fg-map-buttons">
        <button type="button" :title="texts.zoom_in" :aria-label="texts.zoom_in" data-testid="map-zoom-in" @click="engine.zoom(1.6)"><i class="material-icons">add</i></button>
        <button type="button" :title="texts.zoom_out" :aria-label="texts.zoom_out" data-testid="map-zoom-out" @click="engine.zoom(1 / 1.6)"><i class="material-icons">remove</i></button>
        <button type="button" :title="texts.fit" :aria-label="texts.fit" data-testid="map-fit" @click="engine.fit()"><i class="material-icons">fit_screen</i></button>
        <button v-if="legend" type="button" :class="{ on: open }" :title="texts.legend" :aria-label="texts.legend" data-testid="map-legend" @click="open = !open"><i class="material-icons">layers</i></button>
      </div>
      <div v-if="legend && open" class="fg-map-legend">
        <div class="fg-map-legend-title">{{ texts.robots }}</div>
        <div v-for="state in states" :key="state" class="fg-map-legend-row"><span class="dot" :class="state"></span>{{ texts[state] }}</div>
        <div class="fg-map-legend-title">{{ texts.places }}</div>
        <div v-for="kind in kinds" :key="kind[0]" class="fg-map-legend-row"><i class="material-icons" :class="kind[0]">{{ kind[1] }}</i>{{ texts[kind[0]] }}</div>
        <label class="fg-map-legend-row switch"><input type="checkbox" v-model="lanes" /> {{ texts.lanes }}</label>
      </div>
      <div v-if="failure" class="fg-map-failure">{{ texts.failed }} {{ failure }}</div>
    </div>`,
  props: {
    source: String,
    texts: Object,
    marks: Object,
    legend: Boolean,
    show_lanes: Boolean,
    hidden: Array,
  },
  data() {
    return {
      ready: false,
      count: 0,
      tip: null,
      open: false,
      lanes: this.show_lanes,
      failure: "",
      states: LEGEND_ROBOTS,
      kinds: [["kiosk", "touch_app"], ["charger", "bolt"], ["site", "cell_tower"], ["room", "co_present"]],
    };
  },
  created() {
    this.engine = null;
    this.waiting = [];
  },
  async mounted() {
    this.engine = new MapEngine(this.$refs.canvas, {
      pick: (what) => this.$emit("pick", what),
      hover: (text, x, y) => (this.tip = text ? { text, x, y } : null),
      drawn: () => (this.count = this.engine.robots.byId.size),
    });
    this.engine.show({ lanes: this.lanes, hidden: this.hidden ?? [] });
    this.themes = new MutationObserver(() => this._theme());
    this.themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this._theme();
    this._expose();
    await this._load();
  },
  beforeUnmount() {
    this.themes?.disconnect();
    this.engine?.dispose();
  },
  watch: {
    marks: { deep: true, handler() { this._mark(true); } },
    lanes(on) { this.engine.show({ lanes: on }); },
    source() { this._load(); },
  },
  methods: {
    async _load() {
      try {
        const [answer] = await Promise.all([
          fetch((window.path_prefix ?? "") + this.source),
          document.fonts.load('16px "Material Icons"').catch(() => null),
        ]);
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        this.engine.load(await answer.json());
      } catch (error) {
        this.failure = String(error.message ?? error);
        return;
      }
      this._mark(false);
      this.ready = true;
      this.waiting.splice(0).forEach((call) => call());
    },
    _mark(animated) {
      const marks = this.marks ?? {};
      this.engine.mark({ hereLabel: this.texts.here, ...marks });
      if (marks.view && JSON.stringify(marks.view) !== this.viewed) {
        const [x0, y0, x1, y1] = marks.view;
        this.engine.focus({ x0, y0, x1, y1 }, animated);
      } else if (!marks.view && this.viewed && this.viewed !== "null") this.engine.fit(animated);
      this.viewed = JSON.stringify(marks.view ?? null);
    },
    _theme() {
      this.engine.theme(document.body.classList.contains("body--dark"));
    },
    tick(robots) {
      if (!this.engine) return;
      this.engine.tick(robots);
    },
    focus(x0, y0, x1, y1) {
      const go = () => this.engine.focus({ x0, y0, x1, y1 });
      if (this.ready) go();
      else this.waiting.push(go);
    },
    fit() {
      this.engine?.fit();
    },
    // For tests and for the curious: what is drawn where, in page coordinates.
    _expose() {
      const offset = () => this.$refs.canvas.getBoundingClientRect();
      window.fairguideMap = {
        ready: () => this.ready,
        robots: () =>
          this.engine.robotsOnScreen().map(({ serial, link, state, battery, at, screen }) => {
            const box = offset();
            return { id: serial, link, state, battery, x: at.x, y: at.y, yaw: at.yaw, screenX: box.left + screen[0], screenY: box.top + screen[1] };
          }),
        screen: (x, y) => [offset().left + this.engine.camera.x(x), offset().top + this.engine.camera.y(y)],
        place: (id) => this._place(id),
        camera: () => ({ x: this.engine.camera.cx, y: this.engine.camera.cy, scale: this.engine.camera.scale }),
        marks: () => this.marks,
        drawMs: () => this.engine.backdrop?.drawMs,
      };
    },
    _place(id) {
      const { marks, booths, halls } = this.engine.backdrop.scene;
      const mark = marks.find((item) => item[0] === id);
      const area = booths.find((item) => item[0] === id)?.slice(4) ?? halls.find((item) => item[0] === id)?.slice(2, 6);
      if (!mark && !area) return null;
      const [x, y] = mark ? mark.slice(3) : [(area[0] + area[2]) / 2, (area[1] + area[3]) / 2];
      const [screenX, screenY] = window.fairguideMap.screen(x, y);
      return { id, x, y, screenX, screenY };
    },
  },
};
