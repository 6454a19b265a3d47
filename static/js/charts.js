// Draws each [data-chart] over its picture: specification from our server, expressions interpreted, never evaluated.
(function () {
  "use strict";

  function colour(name) {
    // Vega wants plain colours; the browser resolves light-dark() only on an element.
    var probe = document.createElement("span");
    probe.className = "colour-probe";
    probe.style.color = "var(" + name + ")";
    document.body.append(probe);
    var value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  function config() {
    var ink = colour("--rc-ink");
    var quiet = colour("--rc-ink-2");
    var line = colour("--rc-line");
    return {
      background: "transparent",
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: line },
      axis: { labelColor: quiet, titleColor: quiet, gridColor: line, domainColor: quiet, tickColor: quiet, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 600 },
      header: { labelColor: ink, titleColor: ink, labelFontSize: 12 },
      legend: { labelColor: ink, titleColor: quiet, labelFontSize: 12, titleFontSize: 12 },
      title: { color: ink, fontSize: 13, anchor: "start" },
      text: { color: ink },
      rule: { color: quiet },
    };
  }

  function draw(figure, spec) {
    var stage = figure.querySelector(".chart-live");
    if (!stage) {
      stage = document.createElement("div");
      stage.className = "chart-live";
      figure.append(stage);
    }
    return window
      .vegaEmbed(stage, spec, {
        ast: true,
        actions: false,
        renderer: "canvas",
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true },
        config: config(),
      })
      .then(function (drawn) {
        figure.setAttribute("data-chart-state", "drawn");
        var view = stage.querySelector("canvas");
        if (view && figure.dataset.chartLabel) {
          view.setAttribute("role", "img");
          view.setAttribute("aria-label", figure.dataset.chartLabel);
        }
        return drawn;
      });
  }

  function load(figure) {
    fetch(figure.dataset.chartUrl, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (response) {
        if (!response.ok || !/json/.test(response.headers.get("Content-Type") || "")) {
          throw new Error("the chart's specification was answered with " + response.status);
        }
        return response.json();
      })
      .then(function (spec) {
        figure.chartSpec = spec;
        return draw(figure, spec);
      })
      .catch(function (problem) {
        // The picture stays, so nothing is lost for the reader; the console says why it is not live.
        figure.setAttribute("data-chart-state", "picture");
        console.warn("Chart stays a picture: " + problem.message);
      });
  }

  function start(root) {
    root.querySelectorAll("[data-chart][data-chart-url]:not([data-chart-state])").forEach(function (figure) {
      figure.setAttribute("data-chart-state", "loading");
      load(figure);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    start(document);
  });
  document.addEventListener("htmx:load", function (event) {
    start(event.detail.elt.parentNode || document);
  });
  document.addEventListener("theme", function () {
    document.querySelectorAll("[data-chart]").forEach(function (figure) {
      if (figure.chartSpec) {
        draw(figure, figure.chartSpec);
      }
    });
  });
})();
