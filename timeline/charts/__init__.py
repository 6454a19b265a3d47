"""The recovery chart: one Vega-Lite specification and its picture as SVG."""

from timeline.charts.spec import NARROW, PAGE, WIDE, recovery_spec
from timeline.charts.svg import AUTO, picture_policy, recovery_svg

__all__ = ["AUTO", "NARROW", "PAGE", "WIDE", "picture_policy", "recovery_spec", "recovery_svg"]
