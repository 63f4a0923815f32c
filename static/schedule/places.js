// The places of the grid: which row and time lies under the pointer, and the lights that say where a visit may go.
window.Places = (() => {
  const { Schedule, Dates } = window;
  const box = (part) => part.getBoundingClientRect();
  const cells = () => [...document.querySelectorAll("#calendar [data-cell]")];

  const opens = () => Schedule.shown.opens * 60;
  const minutesShown = () => (Schedule.shown.closes - Schedule.shown.opens) * 60;

  // Under the point: row, day and, in a day, the minute; null beside the grid.
  function at(x, y, slot, lead = 0) {
    const cell = cells().find((each) => { const area = box(each); return y >= area.top && y < area.bottom && x >= area.left && x < area.right; });
    if (!cell) return null;
    const found = { cell, row: cell.dataset.row, name: cell.dataset.name, day: cell.dataset.day };
    if (Schedule.state.view === "week") return { ...found, minute: null };
    const area = box(cell);
    const minute = opens() + ((x - lead - area.left) / area.width) * minutesShown();
    return { ...found, minute: Math.max(0, Math.round(minute / slot) * slot) };
  }

  // The verdict for a start in a row: null where it is legal, else the reason.
  function verdict(places, row, stamp) {
    const run = (places.rows[row] || []).find(([first, last]) => first.slice(0, 16) <= stamp && stamp <= last.slice(0, 16));
    if (!run) return { words: "This is not shown here.", override: false };
    return run[2] === null ? null : places.reasons[run[2]];
  }

  // A part of a cell: all of it in a week, from and to some minutes in a day.
  function spanned(className, from, to) {
    const part = Object.assign(document.createElement("div"), { className });
    part.setAttribute("aria-hidden", "true");
    const [left, right] = Schedule.state.view === "week" ? [0, 1] : [from, to].map((minute) => Math.min(1, Math.max(0, (minute - opens()) / minutesShown())));
    part.style.left = `${left * 100}%`;
    part.style.width = `${(right - left) * 100}%`;
    return part;
  }

  function paint(places) {
    clear();
    for (const cell of cells()) {
      const runs = (places.rows[cell.dataset.row] || []).filter(([first]) => first.startsWith(cell.dataset.day));
      cell.append(...runs.map(([first, last, reason]) => spanned(`light ${reason === null ? "is-legal" : "is-refused"}`, Dates.minutes(first), Dates.minutes(last) + places.slot)));
    }
  }

  // Where the visit would lie if it were put down now.
  function mark(place, minutes, reason) {
    document.querySelector("#calendar .landing")?.remove();
    if (place) place.cell.append(spanned(`landing ${reason ? "is-refused" : "is-legal"}`, place.minute, place.minute + minutes));
  }

  const clear = () => document.querySelectorAll("#calendar :is(.light, .landing)").forEach((each) => each.remove());

  return { at, verdict, paint, mark, clear };
})();
