// Draws the table that is on the page; without this script the table is there all the same.
(() => {
  "use strict";

  const box = document.querySelector("[data-chart]");
  const table = box && document.getElementById(box.dataset.chart);
  if (!box || !table || !window.Chart) {
    return;
  }
  const rows = [...table.tBodies[0].rows];
  const names = [...table.tHead.rows[0].cells].slice(1, -1).map((cell) => cell.textContent.trim());
  const isKnown = rows.some((row) => row.querySelector("[data-value]"));
  if (!isKnown || rows.length < 2) {
    return;
  }
  const paper = window.matchMedia("print");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dashes = [[], [6, 4], [2, 3], [8, 3, 2, 3], [1, 2], [10, 4], [4, 4]];
  const ink = ["--fg-brand", "--fg-note", "--fg-warn", "--fg-good", "--fg-bad", "--fg-ink-soft", "--fg-line-strong"];

  // Days of the card and of its baseline lie on a tinted ground; what happened is a line from top to bottom.
  const grounds = {
    id: "grounds",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart;
      const width = rows.length > 1 ? scales.x.getPixelForValue(1) - scales.x.getPixelForValue(0) : area.width;
      rows.forEach((row, place) => {
        const middle = scales.x.getPixelForValue(place);
        const left = Math.max(area.left, middle - width / 2);
        const right = Math.min(area.right, middle + width / 2);
        if (row.dataset.place) {
          ctx.fillStyle = color(row.dataset.place === "current" ? "--fg-good-soft" : "--fg-note-soft");
          ctx.fillRect(left, area.top, right - left, area.height);
        }
        if (row.dataset.mark) {
          ctx.strokeStyle = color("--fg-warn");
          ctx.setLineDash([3, 3]);
          ctx.beginPath();
          ctx.moveTo(middle, area.top);
          ctx.lineTo(middle, area.bottom);
          ctx.stroke();
          ctx.setLineDash([]);
        }
      });
    },
  };

  const draw = () =>
    new window.Chart(box.querySelector("canvas"), {
      type: "line",
      data: {
        labels: rows.map((row) => row.cells[0].firstChild.textContent.trim()),
        datasets: names.map((name, column) => ({
          label: name,
          data: rows.map((row) => {
            const value = row.cells[column + 1].dataset.value;
            return value === undefined ? null : Number(value);
          }),
          borderColor: color(ink[column % ink.length]),
          backgroundColor: color(ink[column % ink.length]),
          borderDash: dashes[column % dashes.length],
          borderWidth: 2,
          pointRadius: rows.length > 60 ? 0 : 3,
          spanGaps: false,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        devicePixelRatio: paper.matches ? 3 : undefined,
        color: color("--fg-ink"),
        interaction: { mode: "index", intersect: false },
        plugins: { legend: { display: names.length > 1, labels: { color: color("--fg-ink") } } },
        scales: {
          x: { ticks: { color: color("--fg-ink-soft"), maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false } },
          y: { beginAtZero: true, ticks: { color: color("--fg-ink-soft") }, grid: { color: color("--fg-line") } },
        },
      },
      plugins: [grounds],
    });

  box.hidden = false;
  const legend = document.querySelector(".chart-legend");
  if (legend) {
    legend.hidden = false;
  }
  let chart = draw();
  const again = () => {
    chart.destroy();
    chart = draw();
  };
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  paper.addEventListener("change", again); // another width, and the colors of paper
})();
