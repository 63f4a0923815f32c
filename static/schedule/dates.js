// Dates as text, counted at noon UTC, so that no zone's change can move them.
window.Dates = (() => {
  const noon = (day) => new Date(`${day}T12:00:00Z`);
  const text = (at) => at.toISOString().slice(0, 10);
  const plus = (day, days) => { const at = noon(day); at.setUTCDate(at.getUTCDate() + days); return text(at); };
  // The first day of the reader's week: Sunday in the US, Monday in most of Europe. 0 is Sunday here.
  const begins = (() => {
    const locale = new Intl.Locale(navigator.language).maximize();
    const { firstDay } = locale.getWeekInfo?.() ?? locale.weekInfo ?? { firstDay: ["US", "CA"].includes(locale.region) ? 7 : 1 };
    return firstDay % 7;
  })();
  const weekday = (day) => noon(day).getUTCDay();
  const week = (day) => plus(day, -((weekday(day) - begins + 7) % 7));
  const words = (day, options) => noon(day).toLocaleDateString("en-US", { timeZone: "UTC", ...options });
  const month = (day, months) => { const at = noon(`${day.slice(0, 8)}01`); at.setUTCMonth(at.getUTCMonth() + months); return text(at); };
  const clock = (minutes) => `${Math.floor(minutes / 60) % 12 || 12}:${String(minutes % 60).padStart(2, "0")} ${minutes < 720 ? "AM" : "PM"}`;
  const minutes = (stamp) => Number(stamp.slice(11, 13)) * 60 + Number(stamp.slice(14, 16));
  const stamp = (day, at) => `${day}T${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;

  const later = (from, passed) => { const at = minutes(from) + passed; return stamp(plus(from.slice(0, 10), Math.floor(at / 1440)), at % 1440); };

  // The days that a view shows, both included.
  const range = (view, day) => {
    if (view === "day") return [day, day];
    if (view === "month") { const first = week(month(day, 0)); const last = plus(week(plus(month(day, 1), -1)), 6); return [first, last]; }
    const first = week(day);
    return [first, plus(first, view === "list" ? 13 : 6)];
  };

  const title = (view, day, isShort = false) => {
    const [first, last] = range(view, day);
    if (isShort && view === "day") return words(day, { weekday: "short", month: "short", day: "numeric" });
    if (isShort && view !== "month") return `${words(first, { month: "short", day: "numeric" })} to ${words(last, { month: "short", day: "numeric" })}`;
    if (view === "day") return words(day, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
    if (view === "month") return words(day, { month: "long", year: "numeric" });
    return `${words(first, { month: "long", day: "numeric" })} to ${words(last, { month: "long", day: "numeric", year: "numeric" })}`;
  };

  const step = (view, day, way) => (view === "month" ? month(day, way) : plus(day, way * { day: 1, week: 7, list: 14 }[view]));

  return { plus, weekday, words, clock, minutes, stamp, later, range, title, step };
})();
