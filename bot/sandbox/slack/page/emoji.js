/**
 * Emoji by shortcode. The usual status emoji are SVG files, so that they look the same on
 * every computer, with an emoji font or without; all others are text.
 */

const DRAWN = {
  white_check_mark: "check", heavy_check_mark: "check", ballot_box_with_check: "check",
  x: "cross", no_entry: "no-entry", no_entry_sign: "no-entry", octagonal_sign: "no-entry",
  warning: "warning", rotating_light: "siren", information_source: "info", question: "question",
  hourglass: "hourglass", hourglass_flowing_sand: "hourglass", stopwatch: "clock",
  alarm_clock: "clock", clock: "clock", clock1: "clock", timer_clock: "clock",
  large_green_circle: "green-circle", green_circle: "green-circle", red_circle: "red-circle",
  large_yellow_circle: "yellow-circle", large_orange_circle: "orange-circle",
  large_blue_circle: "blue-circle", white_circle: "white-circle", black_circle: "black-circle",
  rocket: "rocket", tada: "tada", wave: "wave", bulb: "bulb", sparkles: "sparkles",
  key: "key", lock: "lock", closed_lock_with_key: "lock", unlock: "unlock", shield: "shield",
  notebook: "notebook", ledger: "notebook", orange_book: "notebook", computer: "computer",
  desktop_computer: "computer", gear: "gear", hammer_and_wrench: "gear", wrench: "gear",
  wastebasket: "bin", package: "package", moneybag: "money", heavy_dollar_sign: "money",
  euro: "money", bell: "bell", zzz: "zzz", sleeping: "zzz", link: "link", cloud: "cloud",
  zap: "zap", fire: "fire", eyes: "eyes", heart: "heart", arrow_forward: "play",
  double_vertical_bar: "pause", black_square_for_stop: "stop", bar_chart: "chart",
  chart_with_upwards_trend: "chart",
};

const TEXT = {
  smile: "😄", slightly_smiling_face: "🙂", thinking_face: "🤔", cry: "😢", sob: "😭",
  "+1": "👍", thumbsup: "👍", "-1": "👎", pray: "🙏", clap: "👏", raised_hands: "🙌",
  ok_hand: "👌", muscle: "💪", point_right: "👉",
  penguin: "🐧", window: "🪟", lizard: "🦎",
  snake: "🐍", robot_face: "🤖", bug: "🐛", construction: "🚧", mag: "🔍", memo: "📝",
  pencil: "📝", pushpin: "📌", file_folder: "📁", floppy_disk: "💾", calendar: "📅",
  hand: "✋", raised_hand: "✋", star: "⭐", sunny: "☀️", coffee: "☕", recycle: "♻️",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️",
  arrows_counterclockwise: "🔄", repeat: "🔁", heavy_plus_sign: "➕", heavy_minus_sign: "➖",
  exclamation: "❗", grey_question: "❔", small_blue_diamond: "🔹", earth_africa: "🌍",
  globe_with_meridians: "🌐", busts_in_silhouette: "👥", bust_in_silhouette: "👤", id: "🆔",
};

/** A node for a shortcode (without its colons), or null for an unknown one. */
export function emoji(name) {
  if (Object.hasOwn(DRAWN, name)) {
    const image = document.createElement("img");
    image.className = "emoji";
    image.src = `/page/emoji/${DRAWN[name]}.svg`;
    image.alt = `:${name}:`;
    image.title = `:${name}:`;
    return image;
  }
  if (Object.hasOwn(TEXT, name)) {
    const text = document.createElement("span");
    text.className = "emoji-text";
    text.title = `:${name}:`;
    text.textContent = TEXT[name];
    return text;
  }
  return null;
}
