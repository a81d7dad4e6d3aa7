"""The pages of access with real-looking content, for `tests.web.preview`: the door, people, teams, roles.

Pure: from a time to pages.
"""

from datetime import datetime, timedelta

from watchroom.integrations.inviting import HandedOut
from watchroom.people.invitation import Invitation
from watchroom.people.role import DEEDS, ROLES, SAYS, Role
from watchroom.people.setup import STEPS, Step
from watchroom.web.access.account import AccountPage, SessionShown
from watchroom.web.access.audit import FILTERS, AuditPage, AuditRow
from watchroom.web.access.audit_words import AREA_WORDS
from watchroom.web.access.door import ForgottenPage, PasswordPage, SignInPage
from watchroom.web.access.invitation import InvitationPage
from watchroom.web.access.people import PeoplePage
from watchroom.web.access.person import PersonPage
from watchroom.web.access.person_view import PersonView
from watchroom.web.access.roles import RolesPage
from watchroom.web.access.teams import TeamShown, TeamsPage
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.patterns.examples import ANA, INES, PEOPLE, RAVI, TOMASZ, ExamplePeople
from watchroom.web.setup.page import SenderWaited, SetupPage
from watchroom.web.setup.standing import WORDS, Standing, StepShown

NAMES = ExamplePeople()
LINK = "https://watchroom.example.com/invitation/wr_inv_0123456789abcdef0123456789abcdef01234567"
ZONES = ("Asia/Kolkata", "Europe/Berlin", "UTC")
LONG = "w" * 200 + "@example.com"
WAITED = SenderWaited("", "curl https://watchroom.example.com/in/KEY", "- name: watchroom")


def person(
    ref: str, role: Role | None = "responder", *, state: str = "active", teams: tuple[str, ...] = ()
) -> PersonView:
    return PersonView(
        email=ref,
        address=ref,
        name=PEOPLE.get(ref, ref),
        time_zone="Europe/Berlin" if ref == ANA else "",
        state=state,  # type: ignore[arg-type]  # the preview's own words
        role=role,
        teams=list(teams),
        since=None,
    )


def sessions(now: datetime) -> list[SessionShown]:
    def one(id: str, browser: str, hours: int, *, current: bool = False) -> SessionShown:
        return SessionShown(
            id=id,
            began_at=now - timedelta(hours=hours),
            expires_at=now + timedelta(days=20),
            last_used_at=now - timedelta(minutes=hours),
            how="password",
            origin="203.0.113.7",
            browser=browser,
            current=current,
        )

    return [one("a", "Firefox on Linux", 2, current=True), one("b", "Safari on iPhone", 70)]


def invitations(now: datetime) -> list[Invitation]:
    def one(id: str, email: str, role: Role, days: int) -> Invitation:
        return Invitation(
            id=id,
            email=email,
            name="",
            role=role,
            teams=["payments"],
            by=f"person:{ANA}",
            made_at=now - timedelta(days=3),
            expires_at=now + timedelta(days=days),
            key="0",
        )

    return [one("1", "kim@example.com", "responder", 4), one("2", LONG, "reader", -1)]


def access_pages(visit: Visit, nobody: Visit, now: datetime) -> dict[str, str]:
    """Each page by its path."""
    everybody = [
        person(ANA, "admin", teams=("payments",)),
        person(RAVI, teams=("payments",)),
        person(TOMASZ, "reader"),
        person(INES, None, state="no_account"),
        person(LONG, state="deactivated"),
    ]
    roles = [(role, SAYS[role]) for role in ROLES]
    handed = HandedOut(
        email="kim@example.com", link=LINK, expires_at=now + timedelta(days=7), problem="The server is away."
    )
    plain = Visit(visit.me, visit.name, visit.csrf, visit.now)
    admin = Visit(visit.me, visit.name, visit.csrf, visit.now, admin=True)
    teams = [TeamShown("payments", (RAVI, TOMASZ), (TOMASZ,), ("checkout",)), TeamShown("shop", (ANA,), (), ())]
    choices = list(PEOPLE.items())

    def one(who: PersonView, visit: Visit, **more: object) -> PersonPage:
        return PersonPage(
            visit, who, ["payments", "shop"], roles, ZONES, "UTC", sessions(now), ["anas-laptop"], now, True, NAMES,
            **more,  # type: ignore[arg-type]  # what was done, or what is wrong
        )  # fmt: skip

    def own(**more: object) -> AccountPage:
        return AccountPage(
            visit, ANA, "admin", SAYS["admin"], now - timedelta(days=9), 12, sessions(now), "UTC", "Europe/Berlin", ZONES,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def stands(*done: str) -> Standing:
        steps = [
            StepShown(step=s, says=WORDS[s], state="done" if s in done else "open", found="payments") for s in STEPS
        ]
        return Standing(open=True, steps=steps)

    def setup(at: Step, *done: str, **more: object) -> str:
        page = SetupPage(admin, stands(*done), at, True, 12, [], WAITED, False, **more)  # type: ignore[arg-type]
        return render(page)

    acts = [
        AuditRow(now, "Invited kim@example.com as reader", "People", ANA, "web", "203.0.113.7", ""),
        AuditRow(now, LONG, "Restricted rooms", LONG, "web", "", "k7m2-9qxd"),
    ]
    areas, filters = list(AREA_WORDS.items()), dict.fromkeys(FILTERS, "")
    return {
        "/settings/audit": render(AuditPage(admin, acts, areas, NAMES, filters, older="/settings/audit?after=1")),
        "/settings/audit-none": render(AuditPage(admin, [], areas, NAMES, filters)),
        "/setup": setup("account"),
        "/setup-wrong": setup("account", problem="A password has at least 12 characters.", tried={"name": "Ana"}),
        "/setup-people": setup("people", "account", "team", handed=[handed]),
        "/setup-sender": setup("sender", "account", "people"),
        "/setup-ring": setup("ring", *STEPS),
        "/people": render(PeoplePage(plain, everybody, [], ["payments"], roles, NAMES)),
        "/people-admin": render(
            PeoplePage(admin, everybody, invitations(now), ["payments", "shop"], roles, NAMES, mails=True)
        ),
        "/people-invited": render(
            PeoplePage(
                admin, everybody, [], [], roles, NAMES, handed=[handed], problems=["ana has an account."], tried="ana"
            )
        ),
        "/people/person": render(one(person(RAVI, teams=("payments",)), admin)),
        "/people/person-plain": render(one(person(ANA, teams=("payments",)), plain)),
        "/people/person-link": render(one(person(RAVI), admin, handed=handed)),
        "/people/person-gone": render(one(person(LONG, state="deactivated"), admin, problem="That is not so.")),
        "/people/teams": render(TeamsPage(admin, teams, choices, ["checkout", "cart"], NAMES)),
        "/people/teams-plain": render(TeamsPage(plain, teams, choices, [], NAMES)),
        "/people/teams-empty": render(TeamsPage(admin, [], choices, [], NAMES, problem="A team has a member.")),
        "/people/roles": render(RolesPage(plain, roles, DEEDS)),
        "/account": render(own()),
        "/account-done": render(own(done="Your password is set.", problem="That is not so.")),
        "/sign-in": render(SignInPage(nobody)),
        "/sign-in-link": render(SignInPage(nobody, problem="That link was used already.", token="t")),
        "/sign-in-first": render(SignInPage(nobody, first=True)),
        "/sign-in-again": render(SignInPage(nobody, problem="These do not go together.", email=ANA, mails=True)),
        "/forgotten": render(ForgottenPage(nobody, True)),
        "/forgotten-asked": render(ForgottenPage(nobody, True, asked=True)),
        "/forgotten-no-mail": render(ForgottenPage(nobody, False, problem="Too often.")),
        "/password": render(PasswordPage(nobody, "t", ANA, 12, "It is short.")),
        "/password-over": render(PasswordPage(nobody, "", "", 12, "This link is over.")),
        "/invitation": render(InvitationPage(nobody, "t", ANA, "Ana", "Ravi", SAYS["responder"], 12)),
        "/invitation-over": render(InvitationPage(nobody, "", "", "", "", "", 12, "This invitation is over.")),
    }
