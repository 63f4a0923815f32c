// The schedule: its state stands in the address (date, view, rows, show), its content comes as JSON from the server.
(() => {
  const root = document.getElementById("schedule");
  const { content, event, shade } = window.VisitBlock;
  const state = readAddress();
  let shown = null;
  let asked = 0;

  const calendar = EventCalendar.create(document.getElementById("calendar"), {
    view: viewName(),
    date: state.date,
    locale: "en-US",
    firstDay: 1,
    height: "auto",
    headerToolbar: { start: "", center: "", end: "" },
    customScrollbars: true,
    slotLabelFormat: (time) => time.toLocaleTimeString("en-US", { hour: "numeric" }),
    views: {
      resourceTimelineDay: { slotDuration: "00:30", slotLabelInterval: "01:00", dayHeaderFormat: () => "" },
      resourceTimelineWeek: { slotDuration: { days: 1 }, dayHeaderFormat: (day) => day.toLocaleDateString("en-US", { weekday: "short", month: "short", day: "numeric" }) },
    },
    resources: [],
    events: [],
    eventContent: (info) => (info.event.display === "background" ? "" : { domNodes: content(info.event.extendedProps, state.view === "week") }),
    resourceLabelContent: (info) => info.resource.title,
  });

  function readAddress() {
    const given = new URLSearchParams(location.search);
    const pick = (name, allowed, otherwise) => (allowed.includes(given.get(name)) ? given.get(name) : otherwise);
    return {
      date: /^\d{4}-\d\d-\d\d$/.test(given.get("date") || "") ? given.get("date") : root.dataset.today,
      view: pick("view", ["day", "week"], "day"),
      rows: pick("rows", ["staff", "rooms"], "staff"),
      show: given.get("show") || "",
    };
  }

  function viewName() { return state.view === "day" ? "resourceTimelineDay" : "resourceTimelineWeek"; }

  // Dates as text, counted at noon UTC, so that no zone's change can move them.
  const noon = (day) => new Date(`${day}T12:00:00Z`);
  const plus = (day, days) => { const at = noon(day); at.setUTCDate(at.getUTCDate() + days); return at.toISOString().slice(0, 10); };
  const monday = (day) => plus(day, -((noon(day).getUTCDay() + 6) % 7));
  const words = (day, options) => noon(day).toLocaleDateString("en-US", { timeZone: "UTC", ...options });

  function range() {
    if (state.view === "day") return [state.date, state.date];
    const first = monday(state.date);
    return [first, plus(first, 6)];
  }

  function title([first, last]) {
    if (first === last) return words(first, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
    return `${words(first, { month: "long", day: "numeric" })} to ${words(last, { month: "long", day: "numeric", year: "numeric" })}`;
  }

  async function load() {
    const [first, last] = range();
    const turn = (asked += 1);
    say("Loading …");
    writeAddress();
    root.querySelector("#schedule-title").textContent = title([first, last]);
    try {
      const answer = await fetch(`${root.dataset.address}?${new URLSearchParams({ first, last, rows: state.rows })}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      if (turn === asked) { shown = found; draw(); }
    } catch {
      if (turn === asked) say("The schedule could not be loaded. Check your connection, then choose Today.");
    }
  }

  function draw() {
    fillShow();
    const rows = shown.rows.filter(isShown);
    const ids = new Set(rows.map((row) => row.id));
    const shades = shown.shades.filter((each) => ids.has(each.row) && (state.view === "day" || each.whole));
    const visits = shown.visits.filter((visit) => visit.rows.some((row) => ids.has(row)));
    calendar.setOption("view", viewName());
    calendar.setOption("slotWidth", slotWidth());
    calendar.setOption("date", state.date);
    calendar.setOption("timeZone", shown.offset);
    calendar.setOption("slotMinTime", state.view === "day" ? `${shown.opens}:00` : "00:00");
    calendar.setOption("slotMaxTime", state.view === "day" ? `${shown.closes}:00` : "24:00");
    calendar.setOption("hiddenDays", state.view === "week" ? emptyWeekend(visits, shades, rows) : []);
    calendar.setOption("resources", rows.map((row) => ({ id: row.id, title: row.name })));
    calendar.setOption("events", [...shades.map(shade), ...nowLine(rows), ...visits.map(event)]);
    requestAnimationFrame(() => {
      shadeDays(rows, shades);
      calendar.setOption("slotWidth", slotWidth());
    });
    say(rows.length === 0 ? "Nobody matches this filter." : visits.length ? "" : "No visits here.");
    root.dataset.drawn = `${range()[0]} ${state.rows} ${state.view} ${visits.length}`;
  }

  // The half hours of a day share the room beside the names.
  function slotWidth() {
    const names = root.querySelector(".ec-row-head")?.offsetWidth ?? 176;
    const room = root.querySelector(".schedule-sheet").clientWidth - names - 2;
    return Math.max(36, Math.floor(room / ((shown.closes - shown.opens) * 2)));
  }

  // A week's columns are whole days, which EventCalendar does not shade: the cells are.
  function shadeDays(rows, shades) {
    if (state.view !== "week") return;
    const days = [...root.querySelectorAll(".ec-header time[datetime]")].map((time) => time.getAttribute("datetime"));
    root.querySelectorAll(".ec-body .ec-day").forEach((cell, index) => {
      const [row, day] = [rows[Math.floor(index / days.length)], days[index % days.length]];
      const found = row && shades.find((each) => each.row === row.id && each.start.startsWith(day));
      cell.classList.remove("shade-closed", "shade-off", "shade-closure", "shade-booked");
      cell.title = found ? found.words : "";
      if (found) cell.classList.add(`shade-${found.why}`);
    });
  }

  // EventCalendar says "table" of parts that are none; without roles its names and links are read in their order.
  const ROLES = ["table", "row", "rowgroup", "cell", "rowheader", "columnheader"].map((role) => `[role="${role}"]`).join();
  const tidy = () => document.querySelectorAll(`#calendar :is(${ROLES})`).forEach((part) => {
    part.removeAttribute("role");
    part.removeAttribute("aria-colindex");
  });
  new MutationObserver(tidy).observe(document.getElementById("calendar"), { childList: true, subtree: true });

  function nowLine(rows) {
    if (state.view !== "day" || shown.now.slice(0, 10) !== state.date) return [];
    const end = new Date(`${shown.now.slice(0, 19)}Z`);
    end.setUTCMinutes(end.getUTCMinutes() + 1);
    return [{ id: "now", resourceIds: rows.map((row) => row.id), start: shown.now, end: end.toISOString().slice(0, 19), display: "background", classNames: ["now-line"] }];
  }

  // Saturday and Sunday are left out where nobody works and nothing happens.
  function emptyWeekend(visits, shades, rows) {
    const [first] = range();
    return [[5, 6], [6, 0]].filter(([offset]) => {
      const day = plus(first, offset);
      const closed = new Set(shades.filter((each) => each.start.startsWith(day)).map((each) => each.row));
      return (closed.size >= rows.length || state.rows === "rooms") && !visits.some((visit) => visit.start.startsWith(day));
    }).map(([, weekday]) => weekday);
  }

  const isShown = (row) => {
    const [kind, value] = [state.show.slice(0, state.show.indexOf(":")), state.show.slice(state.show.indexOf(":") + 1)];
    if (kind === "group") return row.groups.includes(value);
    return state.show === "" || row.id === state.show;
  };

  function fillShow() {
    const select = root.querySelector("#schedule-show");
    const groups = [...new Set(shown.rows.flatMap((row) => row.groups))].sort();
    const choices = [["", state.rows === "staff" ? "All staff" : "All rooms"]];
    const named = (text) => text.replaceAll("_", " ").replace(/^./, (each) => each.toUpperCase());
    const part = (label, lines) => {
      const group = Object.assign(document.createElement("optgroup"), { label });
      group.append(...lines.map(([value, text]) => new Option(text, value)));
      return group;
    };
    select.replaceChildren(
      ...choices.map(([value, text]) => new Option(text, value)),
      part(state.rows === "staff" ? "Roles" : "Kinds", groups.map((each) => [`group:${each}`, named(each)])),
      part(state.rows === "staff" ? "People" : "Rooms", shown.rows.map((row) => [row.id, row.name])),
    );
    if (![...select.options].some((option) => option.value === state.show)) state.show = "";
    select.value = state.show;
  }

  function say(text) {
    const place = root.querySelector("#schedule-state");
    place.textContent = text;
    place.hidden = text === "";
  }

  function writeAddress() {
    const given = { date: state.date, view: state.view, rows: state.rows, ...(state.show ? { show: state.show } : {}) };
    history.replaceState(null, "", `?${new URLSearchParams(given)}`);
    root.querySelector("#schedule-date").value = state.date;
    document.querySelectorAll("[data-view]").forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.view === state.view)));
    document.querySelectorAll("[data-rows]").forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.rows === state.rows)));
  }

  const go = (where) => {
    state.date = where === "today" ? root.dataset.today : plus(state.date, Number(where) * (state.view === "day" ? 1 : 7));
    load();
  };
  const look = (view) => { state.view = view; load(); };

  document.getElementById("content").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.go) go(button.dataset.go);
    if (button?.dataset.view) look(button.dataset.view);
    if (button?.dataset.rows) { Object.assign(state, { rows: button.dataset.rows, show: "" }); load(); }
  });
  root.querySelector("#schedule-show").addEventListener("change", ({ target }) => { state.show = target.value; writeAddress(); draw(); });
  root.querySelector("#schedule-date").addEventListener("change", ({ target }) => { if (target.value) { state.date = target.value; load(); } });

  const KEYS = { t: () => go("today"), j: () => go(1), k: () => go(-1), d: () => look("day"), w: () => look("week") };
  document.addEventListener("keydown", (press) => {
    const isTyping = press.target.closest("input, select, textarea, [contenteditable], dialog");
    const act = KEYS[press.key.toLowerCase()];
    if (!act || isTyping || press.ctrlKey || press.metaKey || press.altKey) return;
    press.preventDefault();
    act();
  });

  tidy();
  load();
  setInterval(() => { if (!document.hidden) load(); }, 60_000);
})();
