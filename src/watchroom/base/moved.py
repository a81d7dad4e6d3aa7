"""Settings that were parts of the configuration once, and where they are said now.

Read by `config`, so that whoever sets one still is told where it went instead of which other name is near. Pure.
"""

IN_THE_PROFILE = {
    "cadence": "cadence.beats",
    "cadence_dense_s": "cadence.dense_s",
    "cadence_sparse_s": "cadence.sparse_s",
    "overdue_escalates_s": "cadence.escalates_s",
    "silence_h": "cadence.silence_s, in seconds",
    "page_answer_s": "page_answer_s",
}
"""Names of settings, and what says the same in a profile."""


def moved(name: str) -> str:
    """Where a setting of that name went, as a hint; empty when there never was one, or it is one still."""
    now = IN_THE_PROFILE.get(name, "cadence" if name.startswith("cadence_") else "")
    if not now:
        return ""
    return (
        f"It is a part of the profile now: {now}. Take it out here, and change it under Settings, Profile, or with "
        "watchroom profile; docs/profiles.md says how."
    )
