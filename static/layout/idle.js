// Two minutes before a sign-in ends for idleness the page asks; after it has ended, what was typed stays where it is:
// the person signs in again in another tab, and this page goes on with a fresh token for its forms.
(() => {
  const limit = document.querySelector('meta[name="idle-minutes"]');
  if (!limit) return;
  const ends = Number(limit.content) * 60_000;
  const warns = Math.max(ends - 120_000, ends / 2);
  let seen = Date.now();
  let dialog;

  // Another tab of the same person counts, too; nothing but a time is kept in the browser.
  const note = () => {
    seen = Date.now();
    try { localStorage.setItem("coordinator-seen", String(seen)); } catch { /* a browser may forbid it */ }
  };
  const lastSeen = () => {
    try { return Math.max(seen, Number(localStorage.getItem("coordinator-seen")) || 0); } catch { return seen; }
  };

  const freshen = (token) => {
    document.querySelector('meta[name="csrf-token"]').content = token;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  };

  const stay = async () => {
    const answer = await fetch(limit.dataset.stay, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return false;
    const found = await answer.json();
    if (String(found.user) !== limit.dataset.user) location.reload(); // somebody else signed in: this page is not theirs
    freshen(found.token);
    note();
    return true;
  };

  const button = (text, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-primary", textContent: text });
    made.addEventListener("click", act);
    return made;
  };

  const show = (title, text, ...actions) => {
    dialog?.remove();
    dialog = Object.assign(document.createElement("dialog"), { className: "dialog", id: "idle" });
    dialog.setAttribute("aria-labelledby", "idle-title");
    const row = Object.assign(document.createElement("div"), { className: "form-buttons" });
    row.append(...actions);
    dialog.append(
      Object.assign(document.createElement("h2"), { id: "idle-title", textContent: title }),
      Object.assign(document.createElement("p"), { textContent: text }),
      row,
    );
    document.body.append(dialog);
    dialog.showModal();
  };

  // What the page shows is somebody's, so it is covered until they are back; its title, which tabs show, too.
  const title = document.title;
  const cover = (on) => {
    document.body.classList.toggle("signed-out", on);
    document.title = on ? "Signed out · Coordinator" : title;
  };

  const goOn = async () => {
    if (await stay()) {
      cover(false);
      dialog.remove();
    } else ended();
  };

  const ended = () => {
    cover(true);
    const link = Object.assign(document.createElement("a"), {
      className: "btn btn-primary", href: limit.dataset.signIn, target: "_blank", rel: "noopener", textContent: "Sign in in a new tab",
    });
    show("You were signed out", "Nobody was here for a while. What you typed is still on this page: sign in again in a new tab, then come back and go on.", link, button("Go on", goOn));
  };

  const look = () => {
    const idle = Date.now() - lastSeen();
    if (idle >= ends) {
      if (!dialog?.open || !dialog.querySelector("a")) ended();
    } else if (idle >= warns) {
      if (!dialog?.open) show("Are you still there?", "You will be signed out in two minutes, so that nobody else can use this screen.", button("Stay signed in", goOn));
    } else if (dialog?.open) {
      cover(false);
      dialog.remove();
    }
  };

  note();
  setInterval(look, Math.min(15_000, ends / 8));
})();
