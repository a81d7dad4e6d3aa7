"""What each act of the audit log is called on its page: a sentence for each kind of fact, from what the fact says.

Called by the audit page. A test asks for a sentence for every kind that can stand there. Pure.
"""

from collections.abc import Callable, Mapping
from typing import Any

from watchroom.incident.audit import Area, AuditItem
from watchroom.web.html.render import People

AREA_WORDS: dict[Area, str] = {
    "sign_in": "Signing in",
    "people": "People",
    "teams": "Teams",
    "services": "Services",
    "categories": "Categories",
    "tokens": "Tokens",
    "senders": "Senders",
    "rules": "Rules and profile",
    "rooms": "Restricted rooms",
    "other": "Other",
}
_HOW = {"link": "by a link", "password": "by password", "invitation": "by an invitation", "setup": "at set-up"}
_WHY = {
    "signed_out": "signed out",
    "everywhere": "signed out everywhere",
    "too_many": "signed in once too often: the oldest ended",
    "password": "was signed out elsewhere by a new password",
    "deactivated": "was signed out by being deactivated",
    "setup": "went on under their own name",
}
Say = Callable[[Mapping[str, Any], str], str]
"""From what a fact says, and the name of whom it is about, to a sentence."""


def _several(data: Mapping[str, Any], name: str) -> str:
    return ", ".join(str(each) for each in data.get(name, [])) or "nobody"


SENTENCES: dict[str, Say] = {
    "session_opened": lambda d, who: f"{who} signed in {_HOW.get(d.get('how', ''), '')}",
    "sessions_ended": lambda d, who: f"{who} {_WHY.get(d.get('why', ''), 'was signed out')}",
    "sign_in_refused": lambda d, who: f"A wrong password for {who or 'an e-mail that is nobody’s'}",
    "sign_in_link_made": lambda d, who: (
        f"A link for {who} to {'set a password' if d.get('purpose') == 'password' else 'sign in'}"
        f"{', mailed' if d.get('mailed') else ''}"
    ),
    "password_set": lambda d, who: f"{who} set a password",
    "person_added": lambda d, who: f"Added {who}",
    "person_renamed": lambda d, who: f"{d.get('email')} is called {d.get('name')}",
    "person_time_zone_set": lambda d, who: f"{who} is in the time zone {d.get('time_zone') or 'of the install'}",
    "person_address_changed": lambda d, who: f"{who} signs in as {d.get('address')}",
    "person_invited": lambda d, who: (
        f"Invited {d.get('email')} as {d.get('role')}{', by mail' if d.get('mailed') else ''}"
    ),
    "invitation_renewed": lambda d, who: f"Invited {d.get('email')} again{', by mail' if d.get('mailed') else ''}",
    "invitation_revoked": lambda d, who: f"Revoked the invitation of {d.get('email')}",
    "invitation_accepted": lambda d, who: f"{who} came by their invitation",
    "account_opened": lambda d, who: f"{who} has an account, as {d.get('role')}",
    "role_given": lambda d, who: f"{who} is {d.get('role')}, was {d.get('before')}",
    "account_deactivated": lambda d, who: f"Deactivated {who}{': ' + d['reason'] if d.get('reason') else ''}",
    "account_reactivated": lambda d, who: f"Reactivated {who}",
    "team_composed": lambda d, who: (
        f"The team {d.get('team')}: {_several(d, 'members')}" if d.get("members") else f"Dissolved {d.get('team')}"
    ),
    "team_renamed": lambda d, who: f"The team {d.get('team')} is called {d.get('name')}",
    "service_defined": lambda d, who: f"The service {d.get('name')} depends on {_several(d, 'depends_on')}",
    "service_described": lambda d, who: f"The service {d.get('service')} depends on {_several(d, 'depends_on')}",
    "service_removed": lambda d, who: f"Removed the service {d.get('name')}",
    "category_defined": lambda d, who: (
        f"The category {d.get('name')}{', below ' + d['parent'] if d.get('parent') else ''}"
    ),
    "category_retired": lambda d, who: f"Retired the category {d.get('name')}",
    "category_restored": lambda d, who: f"The category {d.get('name')} is offered again",
    "category_merged": lambda d, who: f"Merged the category {d.get('name')} into {d.get('into')}",
    "token_created": lambda d, who: f"Made the token {d.get('name')}: {_several(d, 'scopes')}",
    "token_revoked": lambda d, who: f"Revoked the token {d.get('name')}",
    "source_created": lambda d, who: f"Made the sender {d.get('name')} ({d.get('kind')})",
    "source_key_renewed": lambda d, who: f"Another key for {d.get('name')}",
    "source_key_ended": lambda d, who: f"Ended the key before of {d.get('name')}",
    "source_disabled": lambda d, who: f"Disabled {d.get('name')}{': ' + d['reason'] if d.get('reason') else ''}",
    "source_enabled": lambda d, who: f"Enabled {d.get('name')}",
    "source_removed": lambda d, who: f"Removed {d.get('name')}",
    "source_expected": lambda d, who: f"Must be heard every {d.get('every_s')} s",
    "source_mapped": lambda d, who: "Changed the mapping",
    "grouping_rules_changed": lambda d, who: f"Changed the grouping rules, version {d.get('version')}",
    "profile_chosen": lambda d, who: f"Chose the profile {d.get('name')}",
    "profile_changed": lambda d, who: f"Changed the profile, version {d.get('version')}",
    "setup_begun": lambda d, who: "The set-up of a new install began",
    "setup_step_put_off": lambda d, who: f"Put off a part of the set-up: {d.get('step')}",
    "setup_call_tried": lambda d, who: f"A test call rang for {who}",
    "setup_ended": lambda d, who: "The set-up is over",
    "room_restricted": lambda d, who: "Restricted a room",
    "restriction_lifted": lambda d, who: "Lifted a restriction",
    "person_admitted": lambda d, who: "Let themself into a restricted room",
}


def sentence(item: AuditItem, people: People) -> str:
    """What was done, in a sentence. A kind that is not known here is named as it is."""
    email = str(item.data.get("email", ""))
    say = SENTENCES.get(item.kind)
    if say is None:
        return item.kind.replace("_", " ").capitalize()
    text = say(item.data, people.name(email) if email else "")
    return text[:1].upper() + text[1:]
