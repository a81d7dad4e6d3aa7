"""One ordinary incident as a person runs it in the page: from the verdict on a signal to a closed room.

Each step is what somebody at a screen does, by clicking and typing, and what must then stand there without a reload.
Used wide and narrow; the walk by keyboard has steps of its own.
"""

from difflib import unified_diff

from tests.browser.chromium import Browser
from tests.browser.install import Install

TRY = "Roll back checkout to v411"
THEORY, RULED_OUT = "v412 breaks UK addresses", "PayPort is slow"


def take_command(page: Browser) -> None:
    """Somebody commands."""
    page.reads("#role-incident_commander", "nobody")
    page.click("I take command", "#panel-ask")
    page.reads("#role-incident_commander", "You")


def rate(page: Browser) -> None:
    """Severity from impact and urgency."""
    page.click("Rate it", "#panel-strip")
    page.click("SEV 1: all customers, high urgency", "#do-rate")
    page.reads("#panel-strip", "SEV 1")


def investigate(page: Browser) -> None:
    """A message, two theories with evidence, one of them ruled out."""
    page.say("Looking. Is it all of the UK?")
    page.reads("#timeline", "Looking. Is it all of the UK?")
    for theory in (THEORY, RULED_OUT):
        page.click("Put up a theory", "#panel-theories")
        page.write("What could it be?", theory, "#do-theory")
        page.click("Put it up", "#do-theory")
        page.reads("#panel-theories", theory)
    page.click("Evidence", "#theory-H1")
    page.write("What did you see?", "The null postcode is only in v412", "#theory-H1")
    page.click("Speaks for it", "#theory-H1")
    page.reads("#theory-H1", "for The null postcode is only in v412")
    page.click("Rule out", "#theory-H2")
    page.write("What speaks so clearly against it?", "p99 normal since 18:57 while the UK stayed at zero", "#theory-H2")
    page.click("Rule it out", "#theory-H2")
    page.reads("#theory-H2", "ruled out", "p99 normal since 18:57")


def say_impact(page: Browser) -> None:
    """What customers feel."""
    page.click("What can customers not do?", "#panel-strip")
    page.write("In their words", "UK customers cannot pay after the address page", "#do-impact")
    page.write("About what share", "0.31", "#do-impact")
    page.click("Say it", "#do-impact")
    page.reads("#panel-strip", "UK customers cannot pay after the address page", "31 %")


def tell_customers(page: Browser) -> None:
    """An update that promises the next."""
    page.click("Write an update", "#panel-updates")
    page.click("customers", "#do-update")
    page.write("What can they not do?", "You may be unable to pay.", "#do-update")
    page.write("What are we doing?", "We are undoing a change.", "#do-update")
    page.click("30 min", "#do-update")
    page.click("Send it", "#do-update")
    page.reads("#told-customers", "You may be unable to pay.", "next")
    # The strip shows who waits next: what the profile asks for comes sooner than what was just promised.
    page.reads("#panel-strip", "update by profile, leadership")


def hand_over(page: Browser, to: str) -> None:
    """A role taken, and given on with a brief."""
    page.open_seat("technical_lead")
    page.click("I take it", "#role-technical_lead")
    page.reads("#role-technical_lead", "You")
    page.open_seat("technical_lead")
    page.write("Hand over to", to, "#role-technical_lead")
    page.write("Brief", "The roll-back is yours. Next look at 04:20.", "#role-technical_lead")
    page.click("Hand over", "#role-technical_lead")
    page.lacks("#role-technical_lead summary", "You")


def intervene(page: Browser) -> None:
    """Something tried, and what it did."""
    page.click("Propose a try", "#panel-interventions")
    page.write("What do you want to try?", TRY, "#do-try")
    page.write("What should be seen", "UK success above 0.95 by 04:10", "#do-try")
    page.write("The way back", "Redeploy v412", "#do-try")
    page.click("Propose it", "#do-try")
    page.click("Start", "#intervention-I1")
    page.reads("#intervention-I1", "running")
    page.write("What did you see?", "UK success 0.97", "#intervention-I1")
    page.click("Helped", "#intervention-I1")
    page.reads("#intervention-I1", "helped", "saw UK success 0.97")


def mitigate(page: Browser) -> None:
    """Customers hurt no longer."""
    page.click("Not mitigated", "#panel-strip")
    page.write("What stopped it?", "I1", "#do-mitigated")
    page.click("Mark it mitigated", "#do-mitigated")
    page.reads("#panel-closing", "Mitigated, not resolved")
    page.reads("#panel-strip", "Mitigated", "Not resolved")


def resolve_and_close(page: Browser) -> None:
    """Resolved, partly understood; closed, with a decision about the review."""
    page.click("Resolve", "#panel-closing")
    page.click("partly", "#do-resolve")
    page.write("What was it", "v412 sent a null postcode; why the tests passed is not known", "#do-resolve")
    page.write("Who goes on looking", "tomasz@demo.example", "#do-resolve")
    page.click("Resolve", "#do-resolve")
    page.reads("#panel-closing", "Resolved", "partly understood")
    page.click("Close", "#panel-closing")
    page.click("yes", "#do-close")
    page.write("Why, or why not?", "Nobody knows why the tests passed", "#do-close")
    page.write("Who holds it?", "ana@demo.example", "#do-close")
    page.click("Close it", "#do-close")
    page.reads("#panel-strip", "Closed")
    page.reads("#panel-closing", "Review by")


FACTS = (
    "incident_noticed", "incident_declared", "profile_adopted", "roles_proposed", "role_assigned", "severity_confirmed", "message_posted", "hypothesis_proposed",
    "hypothesis_proposed", "evidence_added", "hypothesis_ruled_out", "impact_stated", "update_posted", "role_assigned",
    "role_handed_over", "page_requested", "intervention_proposed", "intervention_started", "intervention_observed", "impact_mitigated",
    "incident_resolved", "incident_closed", "review_decided",
)  # fmt: skip
"""The kinds of facts that the whole course leaves, in its order, from the declaration on."""


def same_as_fresh(page: Browser, install: Install) -> None:
    """The page, as it came to be live, shows every event once and reads as it would if it were loaded now."""
    room = page.script("return document.getElementById('main').dataset.room")
    install_seqs = [event["seq"] for event in install.events(room)]
    page.until_entries(install_seqs)
    panels = page.script("return [...document.querySelectorAll('[id^=panel-]')].map((panel) => '#' + panel.id)")
    wanted = [*panels, "#timeline"]
    live = {css: page.settled(css) for css in wanted}
    page.go(page.path)
    fresh = {css: page.settled(css) for css in wanted}
    for css in wanted:
        # One element a line, so that a difference can be read.
        before, now = (html.replace("<", "\n<").splitlines() for html in (live[css], fresh[css]))
        assert before == now, "\n".join([css, *unified_diff(before, now, "live", "fresh", n=1, lineterm="")])
