// The move form: a press on a free start fills in its time, room and people.
(() => {
  document.addEventListener("click", ({ target }) => {
    const start = target.closest("[data-start]");
    if (!start) return;
    const set = (id, value) => { const field = document.getElementById(id); if (field && value) field.value = value; };
    set("at", start.dataset.start);
    set("room", start.dataset.room);
    start.dataset.staff.split(";").filter(Boolean).forEach((pair) => {
      const [need, code] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      set(`staff-${need}`, code);
    });
    document.querySelectorAll("[data-start]").forEach((each) => each.setAttribute("aria-pressed", String(each === start)));
  });
})();
