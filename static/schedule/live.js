// What somebody else publishes is seen at once: every few seconds the schedule asks which publication is the newest.
(() => {
  const { root, load } = window.Schedule;
  const EVERY = 3000;
  let seen = root.dataset.revision;

  const tell = (words) => {
    const place = document.getElementById("schedule-news");
    place.textContent = words;
    place.hidden = words === "";
  };

  const isBeingTyped = () => Boolean(document.querySelector("#draft input:focus"));

  async function ask() {
    if (document.hidden || document.body.classList.contains("is-carrying")) return; // a new grid would put out the lights
    try {
      const answer = await fetch(root.dataset.news, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const news = await answer.json();
      if (news.revision === seen) return;
      seen = news.revision;
      if (!news.mine) tell(news.said);
      await load({ quiet: true });
      if (!isBeingTyped()) document.body.dispatchEvent(new CustomEvent("schedule-changed"));
    } catch { /* the next turn asks again; load() says where the server cannot be reached */ }
  }

  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
})();
