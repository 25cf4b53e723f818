(() => {
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const filter = document.getElementById("filter");
  if (filter) {
    const rows = all("[data-verdict]"), chosen = all("select", filter), search = filter.querySelector("input");
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const shown = document.getElementById("shown"), none = document.getElementById("none");
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const counts = { finding: [0, 0], clause: [0, 0] };
      for (const row of rows) {
        const fits = chosen.every((by) => !by.value || row.dataset[by.name] === by.value) && words.every((word) => texts.get(row).includes(word));
        row.hidden = !fits;
        const count = counts[row.dataset.kind];
        if (count) { count[0] += fits; count[1] += 1; }
      }
      shown.textContent = counts.finding[0] + " of " + counts.finding[1] + " findings, " + counts.clause[0] + " of " + counts.clause[1] + " clauses";
      if (none) none.hidden = counts.finding[0] > 0;
    };
    filter.addEventListener("input", apply);
    filter.addEventListener("submit", (event) => event.preventDefault());
    filter.addEventListener("reset", () => setTimeout(apply));
    filter.hidden = false;
    apply();
    // A link to what is filtered away shows it again.
    const reveal = () => {
      const target = location.hash && document.getElementById(location.hash.slice(1));
      if (!target) return;
      if (target.hidden) { filter.reset(); setTimeout(() => target.scrollIntoView()); }
      for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    };
    addEventListener("hashchange", reveal);
    reveal();
  }
  const byHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  for (const button of all("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      let done = false;
      try { await navigator.clipboard.writeText(text); done = true; } catch { done = byHand(text); }
      button.textContent = done ? "copied" : "select and copy by hand";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
  }
  addEventListener("beforeprint", () => { for (const part of all("details")) part.open = true; });
})();
