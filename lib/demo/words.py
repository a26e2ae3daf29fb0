"""The stock of words that the demo is made of, and names drawn from it without repeats."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

# A block of mobile numbers that no operator uses, so that nobody's phone rings.
UNUSED_MOBILE_PREFIX = "154"
RENAMED_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    former_name: str
    industry: str


@cache
def words() -> dict[str, Any]:
    """The word stock (words.toml). Read only."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def text(rng: Random, key: str, **values: object) -> str:
    """One of the texts of that key, with its placeholders filled."""
    return fill(rng, rng.choice(words()["texts"][key]), **values)


def fill(rng: Random, template: str, **values: object) -> str:
    """The text with a product, a device, and what else it asks for."""
    products = words()["products"]
    device = rng.choice([product["name"] for product in products if product["device"]])
    return template.format(product=rng.choice(products)["name"], device=device, **values)


def draw_companies(rng: Random, count: int) -> list[Company]:
    """Companies with distinct names; some had another name before, distinct as well."""
    brands = [
        brand for brand in _pairs("brand_first", "brand_second") if brand not in words()["brands_to_avoid"]
    ]
    kinds = [(suffix, kind["industry"]) for kind in words()["kinds"] for suffix in kind["suffixes"]]
    drawn = rng.sample(range(len(brands) * len(kinds)), 2 * count)
    names = [(brands[number // len(kinds)], kinds[number % len(kinds)]) for number in drawn]
    return [
        Company(
            brand + suffix, f"老{old_brand}{old_suffix}" if rng.random() < RENAMED_SHARE else "", industry
        )
        for (brand, (suffix, industry)), (old_brand, (old_suffix, _)) in zip(
            names[:count], names[count:], strict=True
        )
    ]


def draw_people(rng: Random, count: int) -> list[str]:
    """Distinct names of people."""
    surnames, given = words()["surnames"], [*_pairs("given_first", "given_second"), *words()["given_second"]]
    drawn = rng.sample(range(len(surnames) * len(given)), count)
    return [surnames[number % len(surnames)] + given[number // len(surnames)] for number in drawn]


def draw_person(rng: Random) -> str:
    """A person's name; another draw may give the same."""
    return str(rng.choice(words()["surnames"]) + rng.choice(_pairs("given_first", "given_second")))


def phone_number(rng: Random) -> str:
    """A mobile number of the usual form that belongs to nobody."""
    return f"{UNUSED_MOBILE_PREFIX}{rng.randrange(10**8):08d}"


@cache
def _pairs(first: str, second: str) -> tuple[str, ...]:
    return tuple(a + b for a in words()[first] for b in words()[second] if a != b)
