// What every page does: the forgery token goes with each htmx request, a form is sent once, and refusals are shown where
// people look.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]').content;

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = token();
  });

  // errors.py answers htmx with a fragment for #flashes; anything else (a proxy's page) must not be swapped in.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.isError && event.detail.xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  });

  document.addEventListener("htmx:sendError", () => {
    const flashes = document.getElementById("flashes");
    flashes.replaceChildren(Object.assign(document.createElement("p"), {
      className: "flash flash-danger",
      textContent: "The server cannot be reached. Check your connection, then try again.",
    }));
  });

  // A form that is on its way is not sent again: a double click would enroll a patient twice. After ten seconds, or where
  // the page is come back to, it may be.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    if (Date.now() - Number(form.dataset.sent ?? 0) < 10_000) event.preventDefault();
    else form.dataset.sent = Date.now();
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  // A form whose fields were refused opens at the first of them.
  document.querySelector('[aria-invalid="true"]')?.focus();

  // All times are the clinic's. Who reads them in another zone is told so, and by how much.
  const zone = document.querySelector("[data-zone]");
  const minutesOff = (timeZone) => {
    const name = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts().find((part) => part.type === "timeZoneName").value;
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name);
    return sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
  };
  const apart = zone ? minutesOff(zone.dataset.zone) + new Date().getTimezoneOffset() : 0;
  if (apart) {
    const [hours, minutes] = [Math.floor(Math.abs(apart) / 60), Math.abs(apart) % 60];
    const far = [hours && `${hours} h`, minutes && `${minutes} min`].filter(Boolean).join(" ");
    const place = zone.dataset.zone.split("/").pop().replaceAll("_", " ");
    zone.textContent = `${place} time, ${far} ${apart < 0 ? "behind" : "ahead of"} yours`;
    zone.classList.add("is-elsewhere");
  }

  // <button data-dialog="id"> opens a <dialog>; <button data-close-dialog> closes it (Escape does, too).
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    const closer = event.target.closest("[data-close-dialog]");
    if (closer) closer.closest("dialog").close();
  });
})();
