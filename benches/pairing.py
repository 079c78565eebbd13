"""Statistics of samples that were taken in pairs."""
import random
import statistics
from functools import lru_cache

RESAMPLES = 4_000  # more of them move the ends of an interval in the fourth digit


def ratios(theirs, ours, key="wall"):
    """Their samples by ours of the same round: above 1, ours is the faster."""
    return [their[key] / our[key] for their, our in zip(theirs.samples, ours.samples)]


def interval(values):
    """The 95 % interval of a median: the middle of the medians of resamples (bootstrap, of a fixed seed)."""
    return _interval(tuple(values))


@lru_cache(maxsize=None)
def _interval(values):
    chance = random.Random(1)
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES)]


def told(values, form=".3f"):
    """Median and interval, to print."""
    low, high = interval(values)
    return f"{statistics.median(values):{form}} (95 % interval {low:{form}} to {high:{form}})"


def fastest(peers):
    """The peer of the least median time."""
    return min(peers, key=lambda peer: statistics.median(sample["wall"] for sample in peer.samples))
