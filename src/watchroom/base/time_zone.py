"""Time zones by name, as this machine knows them (source: IANA Time Zone Database).

Called by the settings and by whatever lets people choose one. Never reads a clock.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def is_time_zone(name: str) -> bool:
    """Whether this machine knows a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
