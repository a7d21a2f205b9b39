// The side panel: robots, tasks, 5G sites, kiosks and alerts, from one message per tick.

const LOST = new Set(["broken", "offline", "stale", "unknown"]);
const OPEN = new Set(["queued", "assigned", "active"]);
const RANK = { active: 0, assigned: 1, queued: 2 };

const robotsTab = `
  <div v-if="!robots.length" class="fp-empty"><i class="material-icons">smart_toy</i>{{ t.no_robots }}</div>
  <div v-for="r in sortedRobots" :key="r.serial" class="fp-item" :class="{ on: r.serial === selected, alarm: trouble(r) }"
       role="button" tabindex="0" :data-testid="'robot-' + r.serial" :data-link="r.link" @click="$emit('robot', r.serial)" @keydown.enter="$emit('robot', r.serial)">
    <div class="fp-row">
      <span class="fp-dot" :class="dot(r)"></span><b class="fp-grow">{{ r.serial }}</b>
      <span class="fp-chip" :class="LOST(r) ? 'bad' : r.state === 'error' ? 'bad' : tone(r)" data-testid="robot-state">{{ status(r) }}</span>
    </div>
    <div class="fp-sub fp-row"><span class="fp-grow fp-cut">{{ doing(r) }}</span>
      <span v-if="r.rsrp_dbm != null && !LOST(r)" class="fp-faint" :title="t.signal"><i class="material-icons">network_cell</i>{{ Math.round(r.rsrp_dbm) }} dBm</span>
    </div>
    <div class="fp-row fp-battery" :title="t.battery">
      <div class="fp-bar"><div :style="{ width: Math.max(0, Math.min(100, r.battery ?? 0)) + '%' }" :class="level(r.battery)"></div></div>
      <span><i v-if="r.charging" class="material-icons">bolt</i>{{ r.battery == null ? '–' : Math.round(r.battery) + ' %' }}</span>
    </div>
    <div v-for="e in problems(r)" class="fp-problem"><i class="material-icons">error_outline</i>{{ e }}</div>
  </div>`;

const tasksTab = `
  <div v-if="!tasks.length" class="fp-empty"><i class="material-icons">route</i>{{ t.no_tasks }}</div>
  <div v-for="k in sortedTasks" :key="k.id" class="fp-item" :class="{ done: !OPEN(k) }" :data-testid="'task-' + k.id" :data-state="k.state" @click="k.robot && $emit('robot', k.robot)">
    <div class="fp-row"><i class="material-icons fp-kind">{{ icon(k) }}</i><b class="fp-grow fp-cut">{{ placeOf(k) }}</b>
      <span class="fp-chip" :class="taskTone(k)" data-testid="task-state">{{ t['task_' + k.state] ?? k.state }}</span></div>
    <div class="fp-sub">{{ [t['kind_' + k.kind] ?? k.kind, k.robot || t.no_robot_yet, t['source_' + k.source] ?? k.source].join(' · ') }}</div>
    <div class="fp-sub fp-times"><span>{{ t.requested }} {{ clock(k.requested_at) }}</span><span v-if="k.assigned_at">{{ t.assigned }} {{ clock(k.assigned_at) }}</span>
      <span v-if="k.ended_at">{{ t.ended }} {{ clock(k.ended_at) }}</span><span v-else>{{ since(k.requested_at) }}</span></div>
    <div v-if="k.why" class="fp-why"><i class="material-icons">lightbulb</i><span>{{ k.why }}</span></div>
    <div v-if="k.reason && k.state !== 'finished'" class="fp-problem"><i class="material-icons">info_outline</i>{{ k.reason }}</div>
    <div v-if="OPEN(k)" class="fp-row fp-end"><button class="fp-button" :class="{ sure: sure === k.id }" data-testid="task-cancel" @click.stop="cancel(k.id)">{{ sure === k.id ? t.cancel_sure : t.cancel }}</button></div>
  </div>`;

const sitesTab = `
  <div v-if="!sites.length" class="fp-empty"><i class="material-icons">cell_tower</i>{{ t.no_sites }}</div>
  <div v-for="s in sites" :key="s.id" class="fp-item" role="button" tabindex="0" :data-testid="'site-' + s.id" @click="$emit('place', s.id)" @keydown.enter="$emit('place', s.id)">
    <div class="fp-row"><span class="fp-dot" :class="up(s) ? 'ok' : 'bad'"></span><b class="fp-grow fp-cut">{{ named(s) }}</b>
      <span class="fp-chip" :class="up(s) ? 'ok' : 'bad'">{{ t['site_' + s.status] ?? s.status }}</span></div>
    <div v-if="site(s)" class="fp-sub">{{ site(s) }}</div>
    <table v-if="s.cells?.length" class="fp-cells"><thead><tr><th>{{ t.cell }}</th><th>{{ t.users }}</th><th>Mbit/s</th><th>PRB</th><th>ms</th></tr></thead>
      <tbody><tr v-for="c in s.cells" :key="c.nci"><td>{{ c.nci }}</td><td>{{ c.users ?? '–' }}</td><td>{{ number(c.throughput_mbps, 0) }}</td>
        <td><span class="fp-prb"><span :class="load(c.prb_used)" :style="{ width: 100 * (c.prb_used ?? 0) + '%' }"></span></span>{{ c.prb_used == null ? '–' : Math.round(100 * c.prb_used) + ' %' }}</td>
        <td>{{ number(c.latency_ms, 1) }}</td></tr></tbody></table>
  </div>`;

const kiosksTab = `
  <div v-if="!kiosks.length" class="fp-empty"><i class="material-icons">touch_app</i>{{ t.no_kiosks }}</div>
  <div v-for="k in kiosks" :key="k.id" class="fp-item" role="button" tabindex="0" :data-testid="'kiosk-' + k.id" @click="$emit('place', k.id)" @keydown.enter="$emit('place', k.id)">
    <div class="fp-row"><span class="fp-dot" :class="up(k) ? 'ok' : 'bad'"></span><b class="fp-grow fp-cut">{{ named(k) }}</b>
      <span class="fp-chip" :class="up(k) ? 'ok' : 'bad'">{{ t['site_' + k.status] ?? k.status }}</span></div>
    <div class="fp-sub">{{ k.id }}<template v-if="k.visitors_today != null"> · {{ t.visitors_today }} {{ k.visitors_today }}</template></div>
  </div>`;

const alertsTab = `
  <div v-if="!alerts.length" class="fp-empty calm"><i class="material-icons">verified</i>{{ t.no_alerts }}</div>
  <div v-for="(a, i) in alerts" :key="a.id ?? i" class="fp-item alarm" :data-testid="'alert-' + (a.id ?? i)" @click="show_alert(a)">
    <div class="fp-row"><i class="material-icons fp-kind bad">{{ a.severity === 'info' ? 'info' : 'warning' }}</i><b class="fp-grow">{{ alertText(a) }}</b></div>
    <div class="fp-sub">{{ [names[a.place] ?? a.place, clock(a.since)].filter(Boolean).join(' · ') }}</div>
  </div>`;

export default {
  template: `
    <div class="fp" data-testid="fleet-panel">
      <div class="fp-tabs" role="tablist">
        <button v-for="tab in tabs" :key="tab.id" role="tab" :aria-selected="tab.id === open" :class="{ on: tab.id === open }" :data-testid="'tab-' + tab.id" @click="open = tab.id">
          {{ t['tab_' + tab.id] }}<span v-if="tab.count" class="fp-count" :class="{ bad: tab.bad }">{{ tab.count }}</span></button>
      </div>
      <div class="fp-list">
        <template v-if="open === 'robots'">${robotsTab}</template>
        <template v-else-if="open === 'tasks'">${tasksTab}</template>
        <template v-else-if="open === 'sites'">${sitesTab}</template>
        <template v-else-if="open === 'kiosks'">${kiosksTab}</template>
        <template v-else>${alertsTab}</template>
      </div>
    </div>`,
  props: { t: Object, language: String, names: Object, selected: String },
  data: () => ({ open: "robots", robots: [], tasks: [], sites: [], kiosks: [], alerts: [], sure: "", now: Date.now() / 1000 }),
  mounted() {
    this.timer = setInterval(() => (this.now = Date.now() / 1000), 1000);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  watch: {
    selected(serial) {
      if (!serial) return;
      this.open = "robots";
      this.$nextTick(() => this.$el.querySelector(`[data-testid="robot-${CSS.escape(serial)}"]`)?.scrollIntoView({ block: "nearest", behavior: "smooth" }));
    },
  },
  computed: {
    tabs() {
      return [
        { id: "robots", count: this.robots.length, bad: this.robots.some((r) => this.trouble(r)) },
        { id: "tasks", count: this.tasks.filter((k) => OPEN.has(k.state)).length },
        { id: "sites", count: this.sites.length, bad: this.sites.some((s) => !this.up(s)) },
        { id: "kiosks", count: this.kiosks.length, bad: this.kiosks.some((k) => !this.up(k)) },
        { id: "alerts", count: this.alerts.length, bad: true },
      ];
    },
    sortedRobots() {
      return [...this.robots].sort((a, b) => this.trouble(b) - this.trouble(a) || a.serial.localeCompare(b.serial));
    },
    sortedTasks() {
      return [...this.tasks]
        .sort((a, b) => (RANK[a.state] ?? 3) - (RANK[b.state] ?? 3) || this.seconds(b.ended_at ?? b.requested_at) - this.seconds(a.ended_at ?? a.requested_at))
        .slice(0, 120);
    },
    taskOf() {
      return new Map(this.tasks.map((k) => [k.id, k]));
    },
  },
  methods: {
    // One message: only the lists that changed.
    tick(changed) {
      Object.assign(this, changed);
    },
    show(tab) {
      this.open = tab;
    },
    LOST: (r) => LOST.has(r.link),
    OPEN: (k) => OPEN.has(k.state),
    trouble: (r) => Number(LOST.has(r.link) || r.state === "error" || (r.battery != null && r.battery < 15 && !r.charging)),
    up: (thing) => thing.status === "online",
    dot(r) {
      return LOST.has(r.link) || r.state === "error" ? "bad" : r.state === "paused" ? "warn" : r.state === "driving" ? "blue" : r.state === "acting" ? "violet" : "ok";
    },
    tone: (r) => (r.state === "paused" ? "warn" : r.state === "driving" ? "blue" : r.state === "acting" ? "violet" : "ok"),
    status(r) {
      if (LOST.has(r.link)) return this.t["link_" + r.link] ?? r.link;
      return r.charging && r.state === "idle" ? this.t.robot_charging : this.t["robot_" + r.state] ?? r.state;
    },
    doing(r) {
      const task = this.taskOf.get(r.task);
      if (task) return `${this.t["kind_" + task.kind] ?? task.kind} → ${this.placeOf(task)}`;
      if (r.place) return `→ ${this.names[r.place] ?? r.place}`;
      return this.t.no_task;
    },
    problems(r) {
      const list = (r.errors ?? []).slice(0, 3).map((e) => e.error_description || e.error_type || "");
      if (LOST.has(r.link) && r.seen_s != null) list.unshift(this.t.last_seen.replace("{s}", Math.round(r.seen_s)));
      return list.filter(Boolean);
    },
    level: (battery) => (battery > 40 ? "ok" : battery > 20 ? "warn" : "bad"),
    load: (prb) => (prb > 0.85 ? "bad" : prb > 0.6 ? "warn" : "ok"),
    placeOf(k) {
      return k.place_names?.[this.language] || this.names[k.place] || k.place;
    },
    named(thing) {
      return thing.names?.[this.language] || this.names[thing.id] || thing.id;
    },
    site(s) {
      const parts = [];
      if (s.backhaul_ms != null) parts.push(`${this.t.backhaul} ${this.number(s.backhaul_ms, 1)} ms`);
      if (s.power_w != null) parts.push(`${this.number(s.power_w, 0)} W`);
      if (s.temperature_c != null) parts.push(`${this.number(s.temperature_c, 0)} °C`);
      return [...parts, ...(s.alarms ?? [])].join(" · ");
    },
    alertText(a) {
      const text = a.text ?? a.kind ?? "";
      return typeof text === "string" ? text : text[this.language] ?? text.en ?? "";
    },
    show_alert(a) {
      if (this.robots.some((r) => r.serial === a.place)) this.$emit("robot", a.place);
      else if (a.place) this.$emit("place", a.place);
    },
    icon: (k) => ({ guide: "directions_walk", goTo: "near_me", charge: "bolt", home: "home" })[k.kind] ?? "route",
    taskTone: (k) => ({ queued: "warn", assigned: "blue", active: "violet", finished: "ok", failed: "bad" })[k.state] ?? "",
    number: (value, digits) => (value == null ? "–" : Number(value).toFixed(digits)),
    seconds(moment) {
      if (moment == null) return 0;
      return typeof moment === "number" ? moment : Date.parse(moment) / 1000 || 0;
    },
    clock(moment) {
      const s = this.seconds(moment);
      return s ? new Date(s * 1000).toLocaleTimeString("en-GB") : "";
    },
    since(moment) {
      const s = Math.max(0, Math.round(this.now - this.seconds(moment)));
      return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`;
    },
    cancel(id) {
      if (this.sure === id) {
        this.sure = "";
        this.$emit("cancel", id);
        return;
      }
      this.sure = id;
      setTimeout(() => (this.sure = this.sure === id ? "" : this.sure), 3000);
    },
  },
};
