// Carrying a visit: dragged with the pointer, or taken up by a button and put down with a click or from the list.
// Legal places light up as soon as the server has answered; every other place says why not.
(() => {
  const { Schedule, Places, Dates } = window;
  const { root } = Schedule;
  const { element } = window.VisitBlock;
  const FAR = 6;
  const panel = document.getElementById("carry");
  let carried = null;
  let press = null;
  let justDropped = false;

  const hint = element("div", "carry-hint");
  hint.hidden = true;
  document.body.append(hint);

  async function take(grab) {
    carried = { ...grab, places: null };
    const mine = carried;
    document.body.classList.add("is-carrying");
    const [first, last] = Schedule.range();
    const query = new URLSearchParams({ enrollment: grab.enrollment, visit: grab.code, rows: Schedule.state.rows, row: grab.row || "", first, last, from: Schedule.shown.opens, till: Schedule.shown.closes });
    if (Schedule.state.view === "week") query.set("at", grab.at);
    const answer = await fetch(`${root.dataset.places}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (carried !== mine) return false;
    if (!answer?.ok) {
      const said = answer ? (await answer.json().catch(() => ({}))).error : "";
      finish();
      show(said || "The server cannot be reached. Check your connection, then try again.");
      return false;
    }
    mine.places = await answer.json();
    Places.paint(mine.places);
    root.dataset.lit = `${grab.enrollment} ${grab.code}`;
    return true;
  }

  function finish() {
    carried = null;
    press = null;
    hint.hidden = true;
    panel.hidden = true;
    panel.replaceChildren();
    delete root.dataset.lit;
    document.body.classList.remove("is-carrying");
    document.querySelectorAll(".is-lifted").forEach((each) => each.classList.remove("is-lifted"));
    Places.clear();
  }

  const show = (words) => { const news = document.getElementById("schedule-news"); news.textContent = words; news.hidden = words === ""; };

  function under(x, y) {
    const place = Places.at(x, y, carried.places?.slot ?? 15, carried.lead);
    if (!place) return null;
    const minute = place.minute ?? Dates.minutes(`T${carried.at}`.padStart(16, "0"));
    return { ...place, minute, stamp: Dates.stamp(place.day, minute) };
  }

  function point(x, y) {
    const place = under(x, y);
    hint.hidden = !place;
    if (!place) return;
    const reason = carried.places ? Places.verdict(carried.places, place.row, place.stamp) : undefined;
    if (carried.places) Places.mark(place, carried.places.minutes, reason);
    const when = `${Schedule.state.view === "week" ? `${Dates.words(place.day, { weekday: "short" })} ` : ""}${Dates.clock(place.minute)}, ${place.name}`;
    hint.className = `carry-hint ${reason === undefined ? "" : reason === null ? "is-legal" : "is-refused"}`;
    hint.replaceChildren(element("strong", "", when), element("span", "", reason === undefined ? "Looking …" : reason === null ? "Keeps every rule" : reason.words));
    hint.style.left = `${Math.min(x + 16, innerWidth - 300)}px`;
    hint.style.top = `${y + 18}px`;
  }

  async function drop(row, stamp) {
    const grab = carried;
    const sent = new URLSearchParams({
      enrollment: grab.enrollment, visit: grab.code, rows: Schedule.state.rows, row: grab.row || "", to: row, start: stamp,
      revision: grab.places?.revision ?? "", next: location.pathname + location.search,
    });
    finish();
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const answer = await fetch(root.dataset.drop, { method: "POST", body: sent, headers: { "X-CSRFToken": token, Accept: "application/json" } }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (!answer?.ok) show(said?.error || "The server cannot be reached. Check your connection, then try again.");
    else if (said.placed) changed();
    else open(said.why);
  }

  function changed() {
    document.getElementById("schedule-dialog").close();
    document.body.dispatchEvent(new CustomEvent("draft-changed"));
  }

  function open(html) {
    const body = document.getElementById("schedule-dialog-body");
    body.innerHTML = html;
    window.htmx.process(body);
    const dialog = document.getElementById("schedule-dialog");
    if (!dialog.open) dialog.showModal();
  }

  async function card({ enrollment, code }) {
    const answer = await fetch(`${root.dataset.card}?${new URLSearchParams({ enrollment, visit: code })}`).catch(() => null);
    if (answer?.ok) open(await answer.text());
    else show("This visit cannot be shown. Load the page again.");
  }

  // With the pointer: a press that moves lifts the visit, letting go puts it down.
  document.getElementById("calendar").addEventListener("pointerdown", (down) => {
    const block = down.target.closest(".visit-block");
    const link = block?.querySelector(".visit-link[data-movable]");
    if (!link || down.button !== 0 || down.pointerType === "touch" || carried) return;
    down.preventDefault();
    press = { x: down.clientX, y: down.clientY, block, link, row: Places.at(down.clientX, down.clientY, 15)?.row, lead: down.clientX - block.getBoundingClientRect().left };
  });
  document.addEventListener("pointermove", (move) => {
    if (press && !carried && Math.hypot(move.clientX - press.x, move.clientY - press.y) > FAR) {
      press.block.classList.add("is-lifted");
      take({ ...press.link.dataset, row: press.row, lead: press.lead, dragged: true });
    }
    if (carried) point(move.clientX, move.clientY);
  });
  document.addEventListener("pointerup", (up) => {
    press = null;
    if (!carried?.dragged) return;
    justDropped = true;
    setTimeout(() => { justDropped = false; }, 0);
    const place = under(up.clientX, up.clientY);
    if (place) drop(place.row, place.stamp); else finish();
  });

  // A pen that begins to scroll lets go of what it carried.
  document.addEventListener("pointercancel", () => { press = null; if (carried?.dragged) finish(); });

  // By itself: taken up, it waits for a click on a place, or for one of the times in the list.
  async function takeUp(grab) {
    document.getElementById("schedule-dialog").close();
    if (Schedule.state.view !== "day") await Schedule.look("day");
    if (await take({ ...grab, lead: 0, dragged: false })) offer();
  }

  const starts = (first, last) => {
    const found = [];
    for (let at = Dates.minutes(first); at <= Dates.minutes(last); at += carried.places.slot) found.push(Dates.stamp(first.slice(0, 10), at));
    return found;
  };

  function offer() {
    const names = new Map(Schedule.rows().map((row) => [row.id, row.name]));
    const free = Object.entries(carried.places.rows).filter(([row]) => names.has(row)).flatMap(([row, runs]) =>
      runs.filter(([, , reason]) => reason === null).flatMap(([first, last]) => starts(first, last).map((stamp) => ({ row, stamp }))));
    const head = element("p", "", "");
    head.append(element("strong", "", `Placing ${carried.title}. `), free.length ? "Click a lit place, or choose one here; Escape lets it go." : "No place in this day keeps every rule. Try another day, or point at a place to read why.");
    const list = element("div", "choices");
    list.append(...free.slice(0, 60).map(({ row, stamp }) => {
      const button = element("button", "btn btn-sm btn-quiet", `${Dates.clock(Dates.minutes(stamp))}, ${names.get(row)}`);
      button.type = "button";
      button.addEventListener("click", () => drop(row, stamp));
      return button;
    }));
    const stop = element("button", "btn btn-sm btn-plain", "Let it go");
    stop.type = "button";
    stop.addEventListener("click", finish);
    panel.replaceChildren(head, list, stop);
    panel.hidden = false;
    (list.querySelector("button") ?? stop).focus();
  }

  document.addEventListener("click", (click) => {
    if (justDropped) { click.preventDefault(); click.stopPropagation(); return; }
    const taker = click.target.closest("[data-carry]");
    if (taker) return void takeUp({ ...(taker.closest("[data-loose]") ?? taker).dataset });
    if (carried && !carried.dragged && click.target.closest("#calendar")) {
      click.preventDefault();
      const place = under(click.clientX, click.clientY);
      if (place) drop(place.row, place.stamp);
      return;
    }
    const link = click.target.closest("#calendar .visit-link[data-movable]");
    if (link && !click.ctrlKey && !click.metaKey && !click.shiftKey) { click.preventDefault(); card(link.dataset); }
  }, true);
  document.addEventListener("keydown", (key) => { if (key.key === "Escape" && carried) { key.preventDefault(); finish(); } });

  // The draft changed, here or by a form: the grid follows.
  document.body.addEventListener("draft-changed", () => { document.getElementById("schedule-dialog").close(); Schedule.load({ quiet: true }); });
})();
