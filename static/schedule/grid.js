// The grid of the schedule, as plain parts of the page: a row for each person or room; a day as a line of hours on which
// visits lie, or a week of cells. Built in one piece and put in at once, so that hundreds of visits take no time.
window.Grid = (() => {
  const { Dates } = window;
  const { element, block } = window.VisitBlock;
  const LANE = 2.75; // rem

  const percent = (minute, shown) => ((minute - shown.opens * 60) / ((shown.closes - shown.opens) * 60)) * 100;
  const clamp = (value) => Math.min(100, Math.max(0, value));

  // A stretch of the day as left edge and width, cut off where the day is.
  function stretch(part, start, end, shown, day) {
    const from = start.slice(0, 10) < day ? 0 : Dates.minutes(start);
    const till = end.slice(0, 10) > day ? 1440 : Dates.minutes(end);
    const [left, right] = [clamp(percent(from, shown)), clamp(percent(till, shown))];
    part.style.left = `${left}%`;
    part.style.width = `${right - left}%`;
    return right > left;
  }

  // Visits that overlap lie under each other: each goes into the first lane that is free at its start.
  function inLanes(visits) {
    const ends = [];
    return visits.map((visit) => {
      let lane = ends.findIndex((end) => end <= visit.start);
      if (lane < 0) lane = ends.length;
      ends[lane] = visit.end;
      return [visit, lane];
    });
  }

  function byRow(things, rowsOf) {
    const found = new Map();
    for (const each of things) for (const row of rowsOf(each)) { if (!found.has(row)) found.set(row, []); found.get(row).push(each); }
    return found;
  }

  const earlier = (one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0);

  function day(shown, rows, visits, shades, date) {
    const grid = element("div", "grid grid-day");
    grid.style.setProperty("--hours", shown.closes - shown.opens);
    const head = element("div", "grid-row grid-top");
    head.setAttribute("aria-hidden", "true");
    const hours = element("div", "grid-hours");
    for (let hour = shown.opens; hour < shown.closes; hour += 1) hours.append(element("span", "", `${hour % 12 || 12} ${hour < 12 || hour === 24 ? "AM" : "PM"}`));
    head.append(element("div", "grid-name"), hours);
    grid.append(head);
    const [visitsOf, shadesOf] = [byRow(visits, (each) => each.rows), byRow(shades, (each) => [each.row])];
    for (const row of rows) {
      const line = element("div", "grid-row");
      const lane = cell("div", "grid-lane", row, date);
      for (const each of shadesOf.get(row.id) || []) {
        const shade = element("div", `shade shade-${each.why}`);
        shade.title = each.words;
        if (stretch(shade, each.start, each.end, shown, date)) lane.append(shade);
      }
      const placed = inLanes((visitsOf.get(row.id) || []).sort(earlier));
      const list = element("ul", "grid-visits");
      for (const [visit, number] of placed) {
        const part = block(visit, false);
        stretch(part, visit.start, visit.end, shown, date);
        part.style.top = `${number * LANE}rem`;
        list.append(part);
      }
      lane.style.minHeight = `${Math.max(1, ...placed.map(([, number]) => number + 1)) * LANE}rem`;
      if (placed.length) { list.setAttribute("aria-label", row.name); lane.append(list); }
      if (shown.now.startsWith(date)) lane.append(nowLine(shown));
      line.append(named(row, "div"), lane);
      grid.append(line);
    }
    return grid;
  }

  function week(shown, rows, visits, shades, days) {
    const table = element("table", "grid grid-week");
    const head = document.createElement("tr");
    head.append(element("td", "grid-name"), ...days.map((each) => {
      const name = element("th", "", Dates.words(each, { weekday: "short", month: "short", day: "numeric" }));
      name.scope = "col";
      return name;
    }));
    const top = document.createElement("thead");
    top.append(head);
    const body = document.createElement("tbody");
    const visitsOf = byRow(visits, (each) => each.rows.map((row) => `${row} ${each.start.slice(0, 10)}`));
    const shadesOf = new Map(shades.map((each) => [`${each.row} ${each.start.slice(0, 10)}`, each]));
    for (const row of rows) {
      const line = document.createElement("tr");
      line.append(named(row, "th"));
      for (const each of days) {
        const part = cell("td", "grid-cell", row, each);
        const shade = shadesOf.get(`${row.id} ${each}`);
        if (shade) { part.classList.add(`shade-${shade.why}`); part.title = shade.words; }
        part.append(...(visitsOf.get(`${row.id} ${each}`) || []).sort(earlier).map((visit) => block(visit, true)));
        line.append(part);
      }
      body.append(line);
    }
    table.append(top, body);
    return table;
  }

  function cell(tag, className, row, date) {
    const part = element(tag, className);
    Object.assign(part.dataset, { cell: "", row: row.id, name: row.name, day: date });
    return part;
  }

  function named(row, tag) {
    const name = element(tag, "grid-name");
    name.append(element("bdi", "", row.name));
    if (tag === "th") name.scope = "row";
    return name;
  }

  // Before the first hour shown and after the last one, now is nowhere in the grid.
  function moveNow(line, shown) {
    const at = percent(Dates.minutes(shown.now), shown);
    line.hidden = at < 0 || at > 100;
    line.style.left = `${clamp(at)}%`;
  }

  function nowLine(shown) {
    const line = element("div", "now-line");
    moveNow(line, shown);
    return line;
  }

  return { day, week, moveNow };
})();
