// How visits and shades look on the schedule. Names are set as text, never as markup.
window.VisitBlock = (() => {
  const ICONS = {
    now: ["broadcast", "under way"], over: ["question-circle", "outcome missing"], attended: ["check-circle-fill", "attended"],
    no_show: ["person-x", "no-show"], late_cancel: ["alarm", "canceled late"], stopped_early: ["sign-stop", "stopped early"],
    canceled: ["x-circle", "canceled"], draft: ["pencil-square", "in your draft"],
  };

  const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });

  const sign = (stage) => {
    if (!ICONS[stage]) return [];
    const [icon, words] = ICONS[stage];
    const mark = element("i", `bi bi-${icon}`);
    mark.setAttribute("aria-hidden", "true");
    return [mark, element("span", "visually-hidden", `${words}: `)];
  };

  const content = (visit, isWeek) => {
    if (visit.busy) return [element("span", "visit-line", "Busy")];
    if (visit.booking) return [Object.assign(element("span", "visit-line", visit.booking), { title: visit.booking })];
    const link = element("a", "visit-link");
    link.href = visit.url;
    link.title = [visit.title, visit.who, `${visit.time}, ${visit.room}`, ...visit.people, visit.trouble].filter(Boolean).join("\n");
    if (visit.stage === "upcoming" || visit.stage === "draft") Object.assign(link.dataset, { movable: "", enrollment: visit.enrollment, code: visit.code, at: visit.start.slice(11, 16), title: visit.title });
    const first = element("span", "visit-line");
    const name = element("bdi", "", visit.who);
    first.append(...sign(visit.stage), ...(isWeek ? [element("span", "visit-time", visit.begins), " "] : []), name);
    link.append(first, element("span", "visit-under", isWeek ? visit.title : `${visit.title}, ${visit.time}`));
    return [link];
  };

  const event = (visit, index) => ({
    id: `${visit.id ?? "busy"}-${index}`,
    resourceIds: visit.rows,
    start: visit.start,
    end: visit.end,
    classNames: visit.busy ? ["visit", "is-busy"] : ["visit", `kind-${visit.kind}`, `stage-${visit.stage}`, visit.leaving ? "is-leaving" : "", visit.trouble ? "has-trouble" : ""].filter(Boolean),
    extendedProps: visit,
  });

  const shade = (each, index) => ({
    id: `shade-${index}`,
    resourceIds: [each.row],
    start: each.start,
    end: each.end,
    display: "background",
    classNames: ["shade", `shade-${each.why}`],
    extendedProps: { shade: each.words },
  });

  // Other work of a person or a room: by its title, in a block that is no visit.
  const booking = (each, index) => ({
    id: `booking-${index}`,
    resourceIds: [each.row],
    start: each.start,
    end: each.end,
    classNames: ["booking"],
    extendedProps: { booking: each.words },
  });

  return { content, event, shade, booking, element };
})();
