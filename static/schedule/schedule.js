// The schedule: which days stand in the address, how they are looked at is kept by the server with the person.
window.Schedule = (() => {
  const root = document.getElementById("schedule");
  const { content, event, shade, booking } = window.VisitBlock;
  const { Dates } = window;
  const VIEWS = ["day", "week", "month", "list"];
  const MISSED = ["canceled", "no_show", "late_cancel"];
  const state = readAddress();
  let shown = null;
  let asked = 0;

  const calendar = EventCalendar.create(document.getElementById("calendar"), {
    view: viewName(),
    date: state.date,
    locale: "en-US",
    firstDay: 1,
    height: "auto",
    eventStartEditable: false,
    eventDurationEditable: false,
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
    const pick = (name, allowed) => (allowed.includes(given.get(name)) ? given.get(name) : root.dataset[name]);
    const rows = pick("rows", ["staff", "rooms"]);
    return {
      date: /^\d{4}-\d\d-\d\d$/.test(given.get("date") || "") ? given.get("date") : root.dataset.today,
      view: pick("view", VIEWS),
      rows,
      show: given.get("show") ?? (rows === root.dataset.rows ? root.dataset.show : ""),
      hidden: new Set(root.dataset.hidden.split(" ").filter(Boolean)),
      missed: root.dataset.missed === "yes",
    };
  }

  function viewName() { return state.view === "week" ? "resourceTimelineWeek" : "resourceTimelineDay"; }
  const isGrid = () => state.view === "day" || state.view === "week";
  const range = () => Dates.range(state.view, state.date);

  async function load({ quiet = false } = {}) {
    const [first, last] = range();
    const turn = (asked += 1);
    if (!quiet) say("Loading …");
    writeAddress();
    root.querySelector("#schedule-title").textContent = Dates.title(state.view, state.date);
    const address = isGrid() ? root.dataset.address : root.dataset.days;
    const query = new URLSearchParams(isGrid() ? { first, last, rows: state.rows } : { first, last, view: state.view });
    try {
      const answer = await fetch(`${address}?${query}`, { headers: { Accept: isGrid() ? "application/json" : "text/html" } });
      if (answer.status === 401 || answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      const found = isGrid() ? await answer.json() : await answer.text();
      if (turn !== asked) return;
      if (isGrid()) { shown = found; draw(); } else drawDays(found);
    } catch {
      if (turn === asked) say("The schedule could not be loaded. Check your connection, then choose Today.");
    }
  }

  function drawDays(html) {
    document.getElementById("calendar").hidden = true;
    const days = document.getElementById("days");
    days.hidden = false;
    days.innerHTML = html;
    say("");
    root.dataset.drawn = `${range()[0]} ${state.view}`;
  }

  function draw() {
    document.getElementById("calendar").hidden = false;
    document.getElementById("days").hidden = true;
    fillShow();
    const rows = shown.rows.filter(isShown);
    const ids = new Set(rows.map((row) => row.id));
    const inRows = shown.shades.filter((each) => ids.has(each.row));
    const shades = inRows.filter((each) => each.why !== "booked" && (state.view === "day" || each.whole));
    const booked = inRows.filter((each) => each.why === "booked");
    const visits = shown.visits.filter((visit) => visit.rows.some((row) => ids.has(row)) && isWanted(visit));
    visits.forEach((visit) => { visit.leaving = shown.leaving.includes(visit.id); });
    calendar.setOption("view", viewName());
    calendar.setOption("slotWidth", slotWidth());
    calendar.setOption("date", state.date);
    calendar.setOption("timeZone", shown.offset);
    calendar.setOption("slotMinTime", state.view === "day" ? `${shown.opens}:00` : "00:00");
    calendar.setOption("slotMaxTime", state.view === "day" ? `${shown.closes}:00` : "24:00");
    calendar.setOption("hiddenDays", state.view === "week" ? emptyWeekend(visits, shades, rows) : []);
    calendar.setOption("resources", rows.map((row) => ({ id: row.id, title: row.name })));
    calendar.setOption("events", [...shades.map(shade), ...nowLine(rows), ...booked.map(booking), ...visits.map(event)]);
    requestAnimationFrame(() => {
      shadeDays(rows, shades);
      calendar.setOption("slotWidth", slotWidth());
    });
    say(rows.length === 0 ? "Nobody matches this filter." : visits.length ? "" : "No visits here.");
    root.dataset.drawn = `${range()[0]} ${state.rows} ${state.view} ${visits.length}`;
  }

  const isWanted = (visit) => visit.busy || (!state.hidden.has(visit.kind) && (state.missed || !MISSED.includes(visit.status)));

  // The half hours of a day share the room beside the names.
  function slotWidth() {
    const names = root.querySelector(".ec-row-head")?.offsetWidth ?? 176;
    const room = root.querySelector(".schedule-sheet").clientWidth - names - 2;
    return Math.max(28, Math.floor(room / ((shown.closes - shown.opens) * 2)));
  }

  // A week's columns are whole days, which EventCalendar does not shade: the cells are.
  function shadeDays(rows, shades) {
    if (state.view !== "week") return;
    const days = visibleDays();
    root.querySelectorAll(".ec-body .ec-day").forEach((cell, index) => {
      const [row, day] = [rows[Math.floor(index / days.length)], days[index % days.length]];
      const found = row && shades.find((each) => each.row === row.id && each.start.startsWith(day));
      cell.classList.remove("shade-closed", "shade-off", "shade-closure", "shade-booked");
      cell.title = found ? found.words : "";
      if (found) cell.classList.add(`shade-${found.why}`);
    });
  }

  const visibleDays = () => [...root.querySelectorAll(".ec-header .ec-col-head time[datetime]")].map((time) => time.getAttribute("datetime").slice(0, 10));

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
      const day = Dates.plus(first, offset);
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
    const named = (text) => text.replaceAll("_", " ").replace(/^./, (each) => each.toUpperCase());
    const part = (label, lines) => {
      const group = Object.assign(document.createElement("optgroup"), { label });
      group.append(...lines.map(([value, text]) => new Option(text, value)));
      return group;
    };
    select.replaceChildren(
      new Option(state.rows === "staff" ? "All staff" : "All rooms", ""),
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
    history.replaceState(null, "", `?${new URLSearchParams({ date: state.date, view: state.view, rows: state.rows })}`);
    root.querySelector("#schedule-date").value = state.date;
    root.querySelector("#schedule-show").hidden = !shown && !isGrid();
    const press = (name, is) => document.querySelectorAll(`button[data-${name}]`).forEach((each) => each.setAttribute("aria-pressed", String(is(each))));
    press("view", (each) => each.dataset.view === state.view);
    press("rows", (each) => each.dataset.rows === state.rows);
    press("kind", (each) => !state.hidden.has(each.dataset.kind));
    press("missed", () => state.missed);
  }

  // What is chosen is kept with the person; the days drawn by the server are filtered there.
  async function keep() {
    const sent = new URLSearchParams({ view: state.view, rows: state.rows, show: state.show, missed: state.missed ? "yes" : "no" });
    state.hidden.forEach((kind) => sent.append("hidden", kind));
    const token = document.querySelector('meta[name="csrf-token"]').content;
    await fetch(root.dataset.choose, { method: "POST", body: sent, headers: { "X-CSRFToken": token } }).catch(() => undefined);
  }

  const go = (where) => { state.date = where === "today" ? root.dataset.today : Dates.step(state.view, state.date, Number(where)); return load(); };
  const look = (view) => { state.view = view; keep(); return load(); };
  const choose = async (change, { draws = true } = {}) => {
    change();
    writeAddress();
    if (isGrid() && draws) draw();
    await keep();
    if (!isGrid() || !draws) load();
  };

  document.getElementById("content").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const { go: way, view, rows, kind, day } = button.dataset;
    if (way) go(way);
    if (view) look(view);
    if (rows) choose(() => Object.assign(state, { rows, show: "" }), { draws: false });
    if (kind && button.closest(".legend")) choose(() => (state.hidden.has(kind) ? state.hidden.delete(kind) : state.hidden.add(kind)));
    if ("missed" in button.dataset) choose(() => { state.missed = !state.missed; });
    if (day) { state.date = day; look("day"); }
  });
  root.querySelector("#schedule-show").addEventListener("change", ({ target }) => choose(() => { state.show = target.value; }));
  root.querySelector("#schedule-date").addEventListener("change", ({ target }) => { if (target.value) { state.date = target.value; load(); } });

  const KEYS = { t: () => go("today"), j: () => go(1), k: () => go(-1), d: () => look("day"), w: () => look("week"), m: () => look("month"), l: () => look("list") };
  document.addEventListener("page-key", (press) => {
    const act = KEYS[press.detail];
    if (!act) return;
    press.preventDefault();
    act();
  });

  // The draft beside it comes and goes, windows change: a day always fills its sheet.
  new ResizeObserver(() => { if (shown && state.view === "day") calendar.setOption("slotWidth", slotWidth()); }).observe(root.querySelector(".schedule-sheet"));

  tidy();
  load();
  setInterval(() => { if (!document.hidden) load({ quiet: true }); }, 60_000);

  return {
    root, state, load, range, visibleDays,
    look,
    get shown() { return shown; },
    rows: () => shown.rows.filter(isShown),
  };
})();
