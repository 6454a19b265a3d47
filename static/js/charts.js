// Draws each [data-chart] over its picture: specification from our server, expressions interpreted, never evaluated.
(function () {
  "use strict";

  // Drawn as SVG, a chart may name our variables themselves: it then follows the colour scheme, and paper, without a redraw.
  function colour(name) {
    return "var(" + name + ")";
  }

  function config() {
    var ink = colour("--rc-ink");
    var quiet = colour("--rc-ink-2");
    var line = colour("--rc-line");
    return {
      background: "transparent",
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: line },
      axis: { labelColor: quiet, titleColor: quiet, gridColor: line, domainColor: quiet, tickColor: quiet, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 600, labelOverlap: true },
      axisTemporal: { format: "%-d %b %Y" },
      header: { labelColor: ink, titleColor: ink, labelFontSize: 12 },
      legend: { labelColor: ink, titleColor: quiet, labelFontSize: 12, titleFontSize: 12 },
      title: { color: ink, fontSize: 13, anchor: "start" },
      text: { color: ink },
      rule: { color: quiet },
      mark: { color: colour("--rc-series-1") },
      range: { category: [1, 2, 3, 4, 5, 6].map(function (n) { return colour("--rc-series-" + n); }) },
    };
  }

  // Stacked views cannot ask for the width of their container, so the loader gives it to them.
  function widen(spec, width) {
    if (!spec.vconcat) {
      return Object.assign({}, spec, { width: width });
    }
    return Object.assign({}, spec, {
      vconcat: spec.vconcat.map(function (view) {
        return widen(view, width);
      }),
    });
  }

  var LEAST_WIDTH = 120;

  // What axes and legends take is only known once drawn: draw, measure, and draw again where it did not fit.
  function fit(figure) {
    var stage = figure.querySelector(".chart-live");
    var room = stage.clientWidth;
    var width = Math.max(LEAST_WIDTH, room - (figure.chartMargin || 72));
    return embed(stage, widen(figure.chartSpec, width)).then(function (drawn) {
      var margin = Math.ceil(stage.querySelector("svg").getBoundingClientRect().width) - width;
      if (margin === figure.chartMargin) {
        return drawn;
      }
      figure.chartMargin = margin;
      drawn.finalize();
      return embed(stage, widen(figure.chartSpec, Math.max(LEAST_WIDTH, room - margin)));
    });
  }

  function draw(figure) {
    var stage = figure.querySelector(".chart-live");
    if (!stage) {
      stage = document.createElement("div");
      stage.className = "chart-live";
      figure.append(stage);
    }
    figure.chartRoom = stage.clientWidth;
    return fit(figure).then(function () {
      figure.setAttribute("data-chart-state", "drawn");
      // One picture with one name for a screen reader; the numbers themselves are in the table twin.
      stage.querySelector("svg").setAttribute("aria-hidden", "true");
      stage.removeAttribute("aria-roledescription");
      stage.setAttribute("role", "img");
      stage.setAttribute("aria-label", figure.dataset.chartLabel || "Chart");
      if (stage.scrollWidth > stage.clientWidth) {
        stage.tabIndex = 0;
      } else {
        stage.removeAttribute("tabindex");
      }
    });
  }

  function embed(stage, spec) {
    return window.vegaEmbed(stage, spec, {
      ast: true,
      actions: false,
      renderer: "svg",
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
      config: config(),
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
        return draw(figure);
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
  var resting;
  window.addEventListener("resize", function () {
    clearTimeout(resting);
    resting = setTimeout(function () {
      document.querySelectorAll('[data-chart-state="drawn"]').forEach(function (figure) {
        if (figure.querySelector(".chart-live").clientWidth !== figure.chartRoom) {
          draw(figure);
        }
      });
    }, 150);
  });
})();
