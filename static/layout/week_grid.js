// Weekly hours painted on a grid. The seven text fields inside [data-week-grid] are the truth and work without this
// script; the grid reads them, writes them, and can do nothing that they cannot.
//
// Mouse: press and drag paints a rectangle, or erases one where it began on a painted cell. Touch: a tap turns a cell.
// Keyboard: arrows move, Space or Enter turns a cell, Shift with arrows paints on from the cell.
(() => {
  const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  const NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  const STEP = 30;

  // As people read it: 7 AM, 7:30 AM.
  const spoken = (minutes) => {
    const hour = Math.floor(minutes / 60) % 24;
    return `${hour % 12 || 12}${minutes % 60 ? `:${String(minutes % 60).padStart(2, "0")}` : ""} ${hour < 12 ? "AM" : "PM"}`;
  };

  const CLOCK = /^(\d{1,2})(?::?(\d{2}))?\s*(?:([ap])\.?m\.?)?$/i;

  function minutesOf(text, half) {
    const found = CLOCK.exec(text);
    if (!found) return null;
    const part = (found[3] || half || "").toLowerCase();
    if (part && (Number(found[1]) < 1 || Number(found[1]) > 12)) return null;
    const hour = part ? (Number(found[1]) % 12) + (part === "p" ? 12 : 0) : Number(found[1]);
    const minutes = hour * 60 + Number(found[2] || 0);
    return Number(found[2] || 0) < 60 && minutes <= 1440 ? minutes : null;
  }

  // In "1–5 PM" the PM is meant for both, in "9–5 PM" it cannot be: nine is in the morning.
  function endsOf(texts) {
    const half = texts.length === 2 ? CLOCK.exec(texts[1])?.[3] : undefined;
    const ends = texts.map((each) => minutesOf(each, half));
    if (ends.length === 2 && ends[1] === 0) ends[1] = 1440; // a day that ends at 12 AM ends at midnight
    return half && ends[0] >= ends[1] ? [minutesOf(texts[0], "a"), ends[1]] : ends;
  }

  // "08:00–12:00, 1–5 PM" to [[480, 720], [780, 1020]]; null where it cannot be read.
  function spansOf(text) {
    const spans = [];
    for (const piece of text.split(/[,;]/).map((each) => each.trim()).filter(Boolean)) {
      const ends = endsOf(piece.split(/\s*(?:[-–—]|\bto\b)\s*/));
      if (ends.length !== 2 || ends.includes(null) || ends[0] >= ends[1]) return null;
      spans.push(ends);
    }
    return joined(spans);
  }

  function joined(spans) {
    const out = [];
    for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
      const last = out[out.length - 1];
      if (last && from <= last[1]) last[1] = Math.max(last[1], to);
      else out.push([from, to]);
    }
    return out;
  }

  const without = (spans, from, to) => spans
    .flatMap(([a, b]) => [[a, Math.min(b, from)], [Math.max(a, to), b]])
    .filter(([a, b]) => a < b);

  const written = (spans) => spans.map(([from, to]) => `${spoken(from)}–${spoken(to)}`).join(", ");

  class WeekGrid {
    constructor(root) {
      this.root = root;
      this.fields = DAYS.map((day) => root.querySelector(`[data-day="${day}"]`));
      this.week = this.fields.map((field) => spansOf(field.value) || []);
      this.read = this.week.map(written);
      const all = this.week.flat();
      this.first = Math.min(Number(root.dataset.first) * 60, ...all.map(([from]) => Math.floor(from / 60) * 60));
      this.last = Math.max(Number(root.dataset.last) * 60, ...all.map(([, to]) => Math.ceil(to / 60) * 60));
      this.cells = new Map();
      this.build();
      this.fields.forEach((field, day) => field.addEventListener("input", () => this.typed(day)));
      root.addEventListener("reset-week", () => this.fields.forEach((_, day) => this.typed(day)));
      this.paint();
    }

    build() {
      this.grid = Object.assign(document.createElement("div"), { className: "week-table" });
      this.grid.setAttribute("role", "grid");
      this.grid.setAttribute("aria-label", this.root.querySelector("legend").textContent.trim());
      const head = this.row("week-row week-head");
      head.append(this.box("span", "", "columnheader", "Time"));
      NAMES.forEach((name) => {
        const box = this.box("span", "", "columnheader", "");
        box.append(Object.assign(document.createElement("abbr"), { title: name, textContent: name.slice(0, 3) }));
        head.append(box);
      });
      for (let at = this.first; at < this.last; at += STEP) this.buildRow(at);
      this.total = Object.assign(document.createElement("p"), { className: "week-total" });
      this.total.setAttribute("aria-live", "polite");
      this.root.querySelector("[data-week-place]").replaceChildren(this.grid, this.tools());
      this.root.querySelector("details").open = Boolean(this.root.querySelector(".field-error"));
      this.cell(0, this.first).tabIndex = 0;
      this.listen();
    }

    row(className) {
      const row = this.box("div", className, "row");
      this.grid.append(row);
      return row;
    }

    box(tag, className, role, text) {
      const box = Object.assign(document.createElement(tag), { className });
      box.setAttribute("role", role);
      if (text !== undefined) box.textContent = text;
      return box;
    }

    buildRow(at) {
      const row = this.row(at % 60 ? "week-row" : "week-row week-hour");
      const time = this.box("span", "week-time", "rowheader", "");
      time.append(Object.assign(document.createElement("span"), { className: at % 60 ? "visually-hidden" : "", textContent: spoken(at) }));
      row.append(time);
      NAMES.forEach((name, day) => {
        const cell = this.box("button", "week-cell", "gridcell");
        Object.assign(cell, { type: "button", tabIndex: -1 });
        Object.assign(cell.dataset, { col: day, at });
        cell.setAttribute("aria-label", `${name} ${spoken(at)} to ${spoken(at + STEP)}`);
        this.cells.set(`${day}/${at}`, cell);
        row.append(cell);
      });
    }

    tools() {
      const tools = Object.assign(document.createElement("div"), { className: "week-tools" });
      const button = (text, act) => {
        const made = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet btn-sm", textContent: text });
        made.addEventListener("click", () => { act(); this.store(); });
        return made;
      };
      tools.append(
        this.total,
        button("Copy Monday to weekdays", () => { for (const day of [1, 2, 3, 4]) this.week[day] = this.week[0].map((span) => [...span]); }),
        button("Clear", () => { this.week = DAYS.map(() => []); this.fields.forEach((field) => { field.value = ""; }); }),
      );
      return tools;
    }

    cell(day, at) { return this.cells.get(`${day}/${at}`); }

    typed(day) {
      const spans = spansOf(this.fields[day].value);
      this.fields[day].toggleAttribute("data-unread", spans === null);
      if (spans) this.week[day] = spans;
      if (spans) this.read[day] = written(spans);
      this.paint();
    }

    // Writes what has changed into the fields, as if it had been typed; what was typed of other days stays as it is.
    store() {
      this.week.map(written).forEach((text, day) => {
        if (text === this.read[day]) return;
        this.read[day] = this.fields[day].value = text;
        this.fields[day].removeAttribute("data-unread");
      });
      this.paint();
      this.root.dispatchEvent(new Event("change", { bubbles: true }));
    }

    paint() {
      for (const [key, cell] of this.cells) {
        const [day, at] = key.split("/").map(Number);
        const covered = this.week[day].reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, at + STEP) - Math.max(from, at)), 0);
        cell.setAttribute("aria-selected", covered === STEP ? "true" : "false");
        cell.classList.toggle("is-part", covered > 0 && covered < STEP);
      }
      const sum = this.week.flat().reduce((all, [from, to]) => all + to - from, 0);
      this.total.textContent = sum ? `${Math.floor(sum / 60)} h${sum % 60 ? ` ${sum % 60} min` : ""} a week` : "No hours yet";
    }

    set(day, at, on) {
      this.week[day] = on ? joined([...this.week[day], [at, at + STEP]]) : without(this.week[day], at, at + STEP);
    }

    isOn(day, at) { return this.cell(day, at).getAttribute("aria-selected") === "true"; }

    rectangle(from, to, on) {
      for (let day = Math.min(from.day, to.day); day <= Math.max(from.day, to.day); day += 1)
        for (let at = Math.min(from.at, to.at); at <= Math.max(from.at, to.at); at += STEP) this.set(day, at, on);
    }

    listen() {
      const place = (cell) => ({ day: Number(cell.dataset.col), at: Number(cell.dataset.at) });
      const under = (event) => event.target.closest(".week-cell");
      let drag = null;
      let keys = null;
      this.grid.addEventListener("pointerdown", (event) => {
        const cell = under(event);
        if (!cell || event.pointerType !== "mouse" || event.button !== 0) return;
        const from = place(cell);
        drag = { from, on: !this.isOn(from.day, from.at), before: this.week.map((spans) => [...spans]), moved: false };
      });
      this.grid.addEventListener("pointerover", (event) => {
        const cell = under(event);
        if (!drag || !cell) return;
        const to = place(cell);
        drag.moved ||= to.day !== drag.from.day || to.at !== drag.from.at;
        if (!drag.moved) return;
        this.week = drag.before.map((spans) => [...spans]);
        this.rectangle(drag.from, to, drag.on);
        this.paint();
      });
      let dragged = false;
      window.addEventListener("pointerup", () => {
        dragged = Boolean(drag?.moved);
        if (dragged) this.store();
        drag = null;
      });
      this.grid.addEventListener("click", (event) => {
        const cell = under(event);
        if (!cell || dragged) { dragged = false; return; }
        const { day, at } = place(cell);
        this.set(day, at, !this.isOn(day, at));
        this.move(day, at);
        this.store();
      });
      this.grid.addEventListener("keydown", (event) => {
        const step = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
        const cell = under(event);
        if (!step || !cell) return;
        event.preventDefault();
        const here = place(cell);
        const day = Math.min(6, Math.max(0, here.day + step[0]));
        const at = Math.min(this.last - STEP, Math.max(this.first, here.at + step[1]));
        if (event.shiftKey) {
          keys ??= { from: here, on: true, before: this.week.map((spans) => [...spans]) };
          this.week = keys.before.map((spans) => [...spans]);
          this.rectangle(keys.from, { day, at }, keys.on);
          this.store();
        } else keys = null;
        this.move(day, at);
      });
      this.grid.addEventListener("keyup", (event) => { if (event.key === "Shift") keys = null; });
    }

    // The one cell that Tab reaches.
    move(day, at) {
      this.grid.querySelector('[tabindex="0"]').tabIndex = -1;
      const cell = this.cell(day, at);
      cell.tabIndex = 0;
      cell.focus();
    }
  }

  const start = (scope) => scope.querySelectorAll("[data-week-grid]:not([data-ready])").forEach((root) => {
    root.dataset.ready = "";
    new WeekGrid(root);
  });
  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:load", (event) => start(event.target.parentElement || document));
})();
