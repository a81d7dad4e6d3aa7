"""What a running house holds in memory: every text that can be reached from it, object by object.

Used by the tests of redaction. Code, classes and modules are passed over, since a test's own constants stand there.
"""

import gc
from collections.abc import Iterable
from types import (
    AsyncGeneratorType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)

import msgspec


def held(root: object, text: str) -> list[str]:
    """The strings and bytes that hold the text and can be reached from `root`, each with the way that leads there."""
    wanted = text.encode()
    found: list[str] = []
    seen = {id(root)}
    ahead: list[tuple[object, str]] = [(root, type(root).__name__)]
    alive: list[object] = []
    while ahead:
        each, way = ahead.pop()
        for other in _leads_to(each):
            if id(other) in seen or isinstance(other, (ModuleType, type, CodeType)):
                continue
            # Kept alive, so that no later object is taken for it.
            alive.append(other)
            seen.add(id(other))
            if isinstance(other, str):
                if text in other:
                    found.append(f"{way}: {other[:80]!r}")
            elif isinstance(other, (bytes, bytearray)):
                if wanted in other:
                    found.append(f"{way}: {bytes(other[:80])!r}")
            else:
                ahead.append((other, f"{way} > {type(other).__name__}"[-300:]))
    return found


def _leads_to(each: object) -> Iterable[object]:
    match each:
        case msgspec.Struct():
            return [getattr(each, name) for name in each.__struct_fields__]
        case FunctionType():
            return [*(each.__closure__ or ()), *(each.__defaults__ or ())]
        case MethodType():
            return [each.__self__]
        case CoroutineType():
            return [each.cr_frame, each.cr_await]
        case GeneratorType():
            return [each.gi_frame, each.gi_yieldfrom]
        case AsyncGeneratorType():
            return [each.ag_frame, each.ag_await]
        case FrameType():
            return list(each.f_locals.values())
    return gc.get_referents(each)
