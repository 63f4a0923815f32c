// The schedule: which days stand in the address, how they are looked at is kept by the server with the person.
window.Schedule = (() => {
  const root = document.getElementById("schedule");
  const { Dates, Grid } = window;
  const VIEWS = ["day", "week", "month", "list"];
  const MISSED = ["canceled", "no_show", "late_cancel"];
  const phone = matchMedia("(max-width: 719.98px)");
  const state = readAddress();
  let shown = null;
  let clock = { now: root.dataset.now, read: Date.now() };
  let offered = ""; // whether the filter lists staff or rooms
  let asked = 0;

  function readAddress() {
    const given = new URLSearchParams(location.search);
    const pick = (name, allowed) => (allowed.includes(given.get(name)) ? given.get(name) : root.dataset[name]);
    const rows = pick("rows", ["staff", "rooms"]);
    return {
      date: /^\d{4}-\d\d-\d\d$/.test(given.get("date") || "") ? given.get("date") : root.dataset.today,
      view: given.has("view") || !phone.matches ? pick("view", VIEWS) : "list", // hours side by side want a wider screen
      rows,
      show: given.get("show") ?? (rows === root.dataset.rows ? root.dataset.show : ""),
      hidden: new Set(root.dataset.hidden.split(" ").filter(Boolean)),
      missed: root.dataset.missed === "yes",
    };
  }

  const isGrid = () => state.view === "day" || state.view === "week";
  const range = () => Dates.range(state.view, state.date);

  async function load({ quiet = false } = {}) {
    const [first, last] = range();
    const turn = (asked += 1);
    if (!quiet) say("Loading …");
    writeAddress();
    root.querySelector("#schedule-title").textContent = Dates.title(state.view, state.date, phone.matches);
    const address = isGrid() ? root.dataset.address : root.dataset.days;
    const query = new URLSearchParams(isGrid() ? { first, last, rows: state.rows } : { first, last, view: state.view });
    try {
      const answer = await fetch(`${address}?${query}`, { headers: { Accept: isGrid() ? "application/json" : "text/html" } });
      if (answer.status === 401 || answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      const found = isGrid() ? await answer.json() : await answer.text();
      if (turn !== asked) return;
      if (isGrid()) { shown = found; clock = { now: found.now, read: Date.now() }; draw(); } else drawDays(found);
    } catch {
      if (turn === asked) say("The schedule could not be loaded. Check your connection, then choose Today.");
    }
  }

  function drawDays(html) {
    document.getElementById("calendar").hidden = true;
    const days = document.getElementById("days");
    days.hidden = false;
    days.innerHTML = html;
    if (offered !== state.rows) offer();
    say("");
    if (phone.matches && state.date === root.dataset.today) days.querySelector(".is-today")?.scrollIntoView();
    root.dataset.drawn = `${range()[0]} ${state.view}`;
  }

  // The days drawn by the server are filtered, too: whom the filter may name is known from one day of the grid.
  async function offer() {
    const answer = await fetch(`${root.dataset.address}?${new URLSearchParams({ first: state.date, last: state.date, rows: state.rows })}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || isGrid()) return;
    shown = await answer.json();
    fillShow();
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
    const calendar = document.getElementById("calendar");
    const blocks = [...visits, ...booked.map((each) => ({ rows: [each.row], start: each.start, end: each.end, booking: each.words }))];
    calendar.replaceChildren(state.view === "day" ? Grid.day(shown, rows, blocks, shades, state.date) : Grid.week(shown, rows, blocks, shades, weekDays(visits, shades, rows)));
    say(rows.length ? (visits.length ? "" : "No visits here.") : shown.rows.length ? `${state.rows === "staff" ? "Nobody" : "No room"} matches this filter.` : state.rows === "staff" ? "Nobody is on the team yet. Add people under Team." : "There are no rooms yet. Add them under Rooms.");
    root.dataset.drawn = `${range()[0]} ${state.rows} ${state.view} ${visits.length}`;
  }

  const isWanted = (visit) => visit.busy || (!state.hidden.has(visit.kind) && (state.missed || !MISSED.includes(visit.status)));

  // Saturday and Sunday are left out where nobody works and nothing happens.
  function weekDays(visits, shades, rows) {
    const [first] = range();
    return [0, 1, 2, 3, 4, 5, 6].map((offset) => Dates.plus(first, offset)).filter((day) => {
      const closed = new Set(shades.filter((each) => each.start.startsWith(day)).map((each) => each.row));
      return ![0, 6].includes(Dates.weekday(day)) || !(closed.size >= rows.length || state.rows === "rooms") || visits.some((visit) => visit.start.startsWith(day));
    });
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
    offered = state.rows;
  }

  function say(text) {
    const place = root.querySelector("#schedule-state");
    place.textContent = text;
    place.hidden = text === "";
  }

  function writeAddress() {
    history.replaceState(null, "", `?${new URLSearchParams({ date: state.date, view: state.view, rows: state.rows })}`);
    root.querySelector("#schedule-date").value = state.date;
    const press = (name, is) => document.querySelectorAll(`button[data-${name}]`).forEach((each) => each.setAttribute("aria-pressed", String(is(each))));
    press("view", (each) => each.dataset.view === state.view);
    press("rows", (each) => each.dataset.rows === state.rows);
    press("kind", (each) => !state.hidden.has(each.dataset.kind));
    press("missed", () => state.missed);
  }

  // What is chosen is kept with the person, but for the view of a phone; the days drawn by the server are filtered there.
  // One after another, since of two at once the older might be written last; what waits when the page is left goes then.
  let kept = Promise.resolve();
  let waits = null;
  const keep = () => { waits = choices(); return (kept = kept.then(send)); };
  const choices = () => {
    if (!phone.matches) root.dataset.view = state.view;
    const sent = new URLSearchParams({ view: root.dataset.view, rows: state.rows, show: state.show, missed: state.missed ? "yes" : "no" });
    state.hidden.forEach((kind) => sent.append("hidden", kind));
    sent.append("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
    return sent;
  };

  async function send() {
    if (!waits) return;
    const sent = waits;
    waits = null;
    await fetch(root.dataset.choose, { method: "POST", keepalive: true, body: sent }).catch(() => undefined);
  }

  addEventListener("pagehide", () => { if (waits) navigator.sendBeacon(root.dataset.choose, waits); });

  const go = (where) => { tick(); state.date = where === "today" ? root.dataset.today : Dates.step(state.view, state.date, Number(where)); return load(); };
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
  document.getElementById("schedule-fold").addEventListener("click", ({ currentTarget }) => {
    const isOpen = root.querySelector("#schedule-filters").classList.toggle("is-open");
    currentTarget.setAttribute("aria-expanded", String(isOpen));
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

  // Who comes from a program's page looks for one visit: it is brought into view and has the focus.
  async function seek() {
    const sought = new URLSearchParams(location.search).get("visit");
    await load();
    const link = /^\d+$/.test(sought || "") && document.querySelector(`#calendar a[href="/visits/${sought}"]`);
    if (!link) return;
    link.closest(".visit-block").classList.add("is-sought");
    link.focus({ preventScroll: true });
    link.scrollIntoView({ block: "center" });
  }

  seek();
  // The line that says now moves by itself, and a page that was left open knows the new day; what others change, live.js
  // sees. Minutes are not counted but measured: a page out of sight, or a sleeping computer, counts none.
  function tick() {
    const now = Dates.later(clock.now, Math.floor((Date.now() - clock.read) / 60_000));
    root.dataset.today = now.slice(0, 10);
    if (!shown || state.view !== "day") return;
    shown.now = now;
    document.querySelectorAll("#calendar .now-line").forEach((line) => { if (now.startsWith(state.date)) Grid.moveNow(line, shown); else line.remove(); });
  }
  setInterval(tick, 60_000);
  document.addEventListener("visibilitychange", tick);

  return {
    root, state, load, range,
    look,
    get shown() { return shown; },
    rows: () => shown.rows.filter(isShown),
  };
})();
