"""Chance that is the same everywhere: nothing here depends on a hash seed, on today or on the version of Python.

Only `random()` is asked of a generator: the other methods of `random.Random` were rewritten between versions, and functions
such as `gauss` or `exp` may differ in the last digit between machines.
"""

import hashlib
import random

MASK = (1 << 64) - 1
STEPS = (7919, 7927, 7933)
"""Large primes: at least one of them has no factor in common with a day's count."""


def stream(*name: int | str) -> random.Random:
    """The generator of one named stream. Each entity and each day has its own, so a new stream leaves the others as they were."""
    digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - made-up data, nothing secret


def mixed(number: int, salt: int = 0) -> int:
    """64 well-mixed bits of a number: what is known of the n-th person without making the ones before."""
    bits = (number * 0x9E3779B97F4A7C15 + salt + 0x632BE59BD9B4E019) & MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
    return bits ^ (bits >> 31)


def whole(rng: random.Random, expected: float) -> int:
    """A whole number that is `expected` on average."""
    return int(expected + rng.random())


def scattered(count: int, salt: int) -> list[int]:
    """The numbers below `count` in another order, so that an id does not tell what kind of row it names."""
    step, offset = next(step for step in STEPS if count % step or count == 1) if count else 1, mixed(salt)
    return [(slot * step + offset) % count for slot in range(count)]


def running(weights: tuple[float, ...]) -> tuple[float, ...]:
    """Running sums up to 1, for `bisect`."""
    total, sums, whole_sum = 0.0, [], sum(weights)
    for weight in weights:
        total += weight
        sums.append(total / whole_sum)
    sums[-1] = 1.0
    return tuple(sums)


def often(weights: dict[int, int]) -> tuple[int, ...]:
    """Each number as many times as it weighs: the fastest way to choose by whole weights."""
    return tuple(number for number, weight in weights.items() for _ in range(weight))
