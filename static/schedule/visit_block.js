// How a visit looks on the schedule. Names are set as text, never as markup.
window.VisitBlock = (() => {
  const ICONS = {
    now: ["broadcast", "under way"], over: ["question-circle", "outcome missing"], attended: ["check-circle-fill", "attended"],
    no_show: ["person-x", "no-show"], late_cancel: ["alarm", "canceled late"], stopped_early: ["sign-stop", "stopped early"],
    canceled: ["x-circle", "canceled"], draft: ["pencil-square", "in your draft"],
  };

  const element = (tag, className, text) => {
    const part = document.createElement(tag);
    if (className) part.className = className;
    if (text) part.textContent = text;
    return part;
  };

  const sign = (icon, words) => {
    if (!icon) return [];
    const mark = element("i", `bi bi-${icon}`);
    mark.setAttribute("aria-hidden", "true");
    return [mark, element("span", "visually-hidden", `${words}: `)];
  };

  // Code and name apart: where a block is narrow the code stands alone, and where it is narrower still only its sign.
  const who = (visit) => {
    const [, before, code, rest] = /^(Group )?(\S+)(.*)$/s.exec(visit.who) ?? [null, "", visit.who, ""];
    const part = element("bdi", "visit-who");
    part.append(...(before ? [element("span", "visit-more", before)] : []), element("span", "", code), element("span", "visit-more", rest));
    return part;
  };

  function link(visit, isWeek) {
    const made = element("a", "visit-link");
    made.href = visit.url;
    made.title = [visit.title, visit.who, `${visit.time}, ${visit.room}`, ...visit.people, visit.trouble, visit.bell].filter(Boolean).join("\n");
    if (visit.stage === "upcoming" || visit.stage === "draft") Object.assign(made.dataset, { movable: "", enrollment: visit.enrollment, code: visit.code, at: visit.start.slice(11, 16), title: visit.title });
    const first = element("span", "visit-line");
    first.append(...sign(...(ICONS[visit.stage] ?? [])), ...sign(visit.bell && "bell-fill", visit.bell), ...(isWeek ? [element("span", "visit-time", visit.begins), " "] : []), who(visit));
    const [what, ...course] = visit.title.split(/(?=, )/);
    const under = element("span", "visit-under", what);
    under.append(...course.map((each) => element("span", "visit-course", each)));
    if (!isWeek) under.append(element("span", "visit-more", `, ${visit.time}`));
    made.append(first, under);
    return made;
  }

  // Other work of a person or a room stands there by its title, and is no visit.
  function block(visit, isWeek) {
    const names = visit.booking ? ["is-booking"] : visit.busy ? ["is-busy"] : [`kind-${visit.kind}`, `stage-${visit.stage}`, visit.leaving ? "is-leaving" : "", visit.trouble ? "has-trouble" : ""];
    const part = element(isWeek ? "div" : "li", ["visit-block", ...names].filter(Boolean).join(" "));
    const plain = visit.booking ?? (visit.busy ? "Busy" : null);
    if (plain === null) part.append(link(visit, isWeek));
    else if (visit.booking && isWeek) {
      part.title = plain;
      part.append(element("span", "visit-line visit-time", window.Dates.clock(window.Dates.minutes(visit.start))), element("span", "visit-under", plain));
    } else part.append(Object.assign(element("span", "visit-line", plain), { title: plain }));
    return part;
  }

  return { block, element };
})();
