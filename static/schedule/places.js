// The places of the grid: which row and time lies under the pointer, and the lights that say where a visit may go.
window.Places = (() => {
  const { Schedule, Dates } = window;
  let lights = null;

  const box = (part) => part.getBoundingClientRect();

  // The rows and, in a week, the days as they lie on the screen now.
  function grid() {
    const cells = [...document.querySelectorAll("#calendar .ec-body .ec-grid .ec-day")];
    const rows = Schedule.rows();
    const days = Schedule.state.view === "week" ? Schedule.visibleDays() : [Schedule.state.date];
    return rows.flatMap((row, number) => days.map((day, column) => ({ row: row.id, name: row.name, day, cell: cells[number * days.length + column] }))).filter((each) => each.cell);
  }

  const opens = () => Schedule.shown.opens * 60;
  const minutesShown = () => (Schedule.shown.closes - Schedule.shown.opens) * 60;

  // Under the point: row, day and, in a day, the minute; null beside the grid.
  function at(x, y, slot, lead = 0) {
    const found = grid().find(({ cell }) => { const area = box(cell); return y >= area.top && y < area.bottom && x >= area.left && x < area.right; });
    if (!found) return null;
    if (Schedule.state.view === "week") return { ...found, minute: null };
    const area = box(found.cell);
    const minute = opens() + ((x - lead - area.left) / area.width) * minutesShown();
    return { ...found, minute: Math.max(0, Math.round(minute / slot) * slot) };
  }

  // The verdict for a start in a row: null where it is legal, else the reason.
  function verdict(places, row, stamp) {
    const run = (places.rows[row] || []).find(([first, last]) => first.slice(0, 16) <= stamp && stamp <= last.slice(0, 16));
    if (!run) return { words: "This is not shown here.", override: false };
    return run[2] === null ? null : places.reasons[run[2]];
  }

  function paint(places) {
    clear();
    const body = document.querySelector("#calendar .ec-body");
    lights = Object.assign(document.createElement("div"), { className: "lights" });
    lights.setAttribute("aria-hidden", "true");
    body.append(lights);
    const origin = box(lights);
    for (const { row, day, cell } of grid()) {
      const area = box(cell);
      for (const [first, last, reason] of places.rows[row] || []) {
        if (!first.startsWith(day)) continue;
        const [from, to] = Schedule.state.view === "week" ? [0, 1] : [first, last].map((stamp, end) => (Dates.minutes(stamp) + end * places.slot - opens()) / minutesShown());
        if (to <= 0 || from >= 1) continue;
        const light = Object.assign(document.createElement("div"), { className: reason === null ? "light is-legal" : "light is-refused" });
        const left = Math.max(0, from) * area.width;
        light.style.left = `${area.left - origin.left + left}px`;
        light.style.top = `${area.top - origin.top}px`;
        light.style.width = `${Math.min(1, to) * area.width - left}px`;
        light.style.height = `${area.height}px`;
        lights.append(light);
      }
    }
  }

  // Where the visit would lie if it were put down now.
  function mark(place, minutes, reason) {
    lights?.querySelector(".landing")?.remove();
    if (!lights || !place) return;
    const [origin, area] = [box(lights), box(place.cell)];
    const isWeek = Schedule.state.view === "week";
    const left = isWeek ? 0 : ((place.minute - opens()) / minutesShown()) * area.width;
    const landing = Object.assign(document.createElement("div"), { className: `landing ${reason ? "is-refused" : "is-legal"}` });
    landing.style.left = `${area.left - origin.left + left}px`;
    landing.style.top = `${area.top - origin.top}px`;
    landing.style.width = `${isWeek ? area.width : (minutes / minutesShown()) * area.width}px`;
    landing.style.height = `${area.height}px`;
    lights.append(landing);
  }

  const clear = () => { lights?.remove(); lights = null; };

  return { at, verdict, paint, mark, clear };
})();
