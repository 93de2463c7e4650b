#!/usr/bin/env python3
"""The unique key of a task type and its arguments, as docs/wire-format.md specifies it.

    unique_key.py pricing.quote '{"metal": "gold", "grams": 3.0}'

prints the key that a task of a type has that is mapped with .Unique(). See who holds it: taskrunner unique list. Give a task of another type the same kind of
key: taskrunner enqueue --unique KEY.
"""
import hashlib
import json
import sys


class Number(str):
    """A number as it was spelt: no float rounds it."""


def canonical(text):
    """One text for all spellings of a JSON value."""
    return _canonical(json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse))


def unique_key(task, arguments):
    """The key of a task type and its arguments, which are JSON text. Half of a surrogate pair in them raises UnicodeEncodeError."""
    name = task if len(task.encode("utf-16-le")) // 2 <= 167 else _digest(task)
    return f"{name}:{_digest(canonical(arguments))}"


def _digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


def _canonical(value):
    if isinstance(value, dict):
        # Python sorts by code points, which is the order of UTF-8 bytes.
        return "{" + ",".join(f"{_text(key)}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, Number):
        return _number(value)
    return _text(value)


def _text(value):
    return json.dumps(value, ensure_ascii=False)


def _number(text):
    mantissa, _, exponent = text.removeprefix("-").lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    kept = digits.rstrip("0")
    power = int(exponent or 0) - len(fraction) + len(digits) - len(kept)
    kept = kept.lstrip("0")
    if not kept:
        return "0"
    return ("-" if text.startswith("-") else "") + kept + (f"e{power}" if power else "")


def _refuse(word):
    raise ValueError(f"{word} is not JSON")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(unique_key(sys.argv[1], sys.argv[2]))
