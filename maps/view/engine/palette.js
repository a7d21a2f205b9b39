// Colours for light and dark, and the icon of each kind of place (Material Icons ligatures).

export const FONT =
  '"Inter", "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", ' +
  '"WenQuanYi Micro Hei", system-ui, sans-serif';

const LIGHT = {
  outside: "#e9edf4",
  floor: "#fbfcfe",
  floorEdge: "#c9d2e0",
  wall: "#8d99ae",
  lane: "rgba(99, 118, 150, 0.30)",
  laneArrow: "rgba(99, 118, 150, 0.65)",
  halo: "rgba(255, 255, 255, 0.92)",
  ink: "#1b2537",
  muted: "#5d6b82",
  surface: "#ffffff",
  shadow: "rgba(16, 24, 40, 0.25)",
  route: "#2f6bff",
  routeEdge: "#ffffff",
  here: "#2f6bff",
  pin: "#e5484d",
  ring: "#d5dbe6",
};

const DARK = {
  outside: "#0a0f1c",
  floor: "#141c2e",
  floorEdge: "#2c3854",
  wall: "#56648a",
  lane: "rgba(140, 160, 205, 0.20)",
  laneArrow: "rgba(150, 170, 215, 0.55)",
  halo: "rgba(13, 19, 34, 0.88)",
  ink: "#e8edf7",
  muted: "#9aa8c4",
  surface: "#1b2540",
  shadow: "rgba(0, 0, 0, 0.6)",
  route: "#6c9bff",
  routeEdge: "#0d1322",
  here: "#6c9bff",
  pin: "#ff6369",
  ring: "#34415f",
};

export const colours = (dark) => (dark ? DARK : LIGHT);

// Hues far enough apart that neighbouring halls differ; service areas stay grey.
const HUES = [214, 158, 32, 268, 188, 346, 96, 240, 14, 128, 300, 52, 200, 330, 76];

export function hallColours(index, area, dark) {
  const hue = HUES[index % HUES.length];
  const grey = area === "service";
  const s = grey ? 10 : dark ? 26 : 62;
  return dark
    ? {
        fill: `hsl(${hue} ${s}% 17%)`,
        edge: `hsl(${hue} ${s}% 34%)`,
        booth: `hsl(${hue} ${s}% 27%)`,
        boothEdge: `hsl(${hue} ${s}% 40%)`,
        ink: `hsl(${hue} ${grey ? 14 : 62}% 82%)`,
      }
    : {
        fill: `hsl(${hue} ${s}% 95.5%)`,
        edge: `hsl(${hue} ${s * 0.6}% 78%)`,
        booth: `hsl(${hue} ${s * 0.8}% 87%)`,
        boothEdge: `hsl(${hue} ${s * 0.6}% 70%)`,
        ink: `hsl(${hue} ${grey ? 12 : 52}% 28%)`,
      };
}

export const ICONS = {
  toilet: "wc",
  accessible_toilet: "accessible",
  nursing_room: "child_care",
  food: "restaurant",
  water: "local_drink",
  exit: "logout",
  entrance: "login",
  elevator: "elevator",
  escalator: "escalator",
  information_desk: "info",
  first_aid: "medical_services",
  cloakroom: "luggage",
  charging: "battery_charging_full",
  wifi: "wifi",
  atm: "local_atm",
  ticket_office: "confirmation_number",
  parking: "local_parking",
  metro: "subway",
  taxi: "local_taxi",
  souvenir_shop: "shopping_bag",
  smoking_area: "smoking_rooms",
  prayer_room: "self_improvement",
  lost_and_found: "help_center",
  security: "security",
  room: "co_present",
  kiosk: "touch_app",
  charger: "bolt",
  site: "cell_tower",
};

const BADGES = {
  kiosk: "#0e9384",
  charger: "#16a34a",
  site: "#7a5af8",
  room: "#6172f3",
  exit: "#079455",
  entrance: "#079455",
  first_aid: "#e5484d",
  security: "#475467",
};

export const badgeColour = (kind) => BADGES[kind] ?? "#4a6a9b";

// The smaller, the earlier a kind appears when zooming in (pixels for one metre).
export const APPEARS = {
  kiosk: 0,
  entrance: 0,
  site: 2.2,
  charger: 5,
  exit: 2.2,
  information_desk: 1.6,
  first_aid: 2.2,
  food: 2.6,
  toilet: 2.6,
  room: 3,
};

const ROBOT = {
  driving: "#2f6bff",
  acting: "#7a5af8",
  paused: "#f79009",
  idle: "#0e9384",
  error: "#e5484d",
};

export const LINK_DOWN = new Set(["offline", "broken", "stale", "unknown"]);

export function robotColour(robot) {
  if (LINK_DOWN.has(robot.link)) return "#7d899e";
  if (robot.charging) return "#16a34a";
  return ROBOT[robot.state] ?? ROBOT.idle;
}

export const batteryColour = (percent) => (percent > 40 ? "#22c55e" : percent > 20 ? "#f79009" : "#e5484d");
