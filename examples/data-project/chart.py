"""Make up a year of daily temperatures for two towns, take the mean of every week, and draw ``chart.png``."""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
import pandas as pd

mpl.use("agg")  # draw into a file: no window needed

from matplotlib import pyplot as plt

TOWNS = {"Harbour": (11.0, 6.5), "Mountain": (5.5, 11.0)}


def temperatures() -> pd.DataFrame:
    """Return one row a day and one column a town, in degrees Celsius."""
    random = np.random.default_rng(seed=2024)
    days = pd.date_range("2024-01-01", "2024-12-31", freq="D")
    season = -np.cos(2 * np.pi * (np.arange(len(days)) - 20) / 366)
    return pd.DataFrame(
        {town: mean + swing * season + random.normal(0, 2.2, len(days)) for town, (mean, swing) in TOWNS.items()},
        index=days,
    )


def main() -> None:
    """Draw the chart and tell what is in it."""
    path = sys.argv[1] if len(sys.argv) > 1 else "chart.png"
    daily = temperatures()
    weekly = daily.resample("W").mean()

    figure, axes = plt.subplots(figsize=(7.2, 3.4), layout="constrained")
    for town, colour in zip(TOWNS, ("#2a6f97", "#c1553b"), strict=True):
        axes.scatter(daily.index, daily[town], s=4, color=colour, alpha=0.25, linewidths=0)
        axes.plot(weekly.index, weekly[town], color=colour, linewidth=2, label=town)
    axes.set_ylabel("temperature (°C)")
    axes.set_title("A year of weather that never was", loc="left")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=100)

    print(daily.describe().loc[["min", "mean", "max"]].round(1).to_string())
    print(f"The picture is in {path}")


if __name__ == "__main__":
    main()
