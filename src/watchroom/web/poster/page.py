"""The poster over HTTP: a page with its choices, and the files.

Called by `routes`. Everybody who may read may take it. Writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get

from watchroom.incident import shipped
from watchroom.incident.profile import Profile
from watchroom.web.api.export import LACKS_HEADER
from watchroom.web.drawing.svg import MEDIA_TYPE, policy
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.template import render, template
from watchroom.web.http.reading import AnyRequest, caller_of, choice, flag, html, visit_of
from watchroom.web.poster.drawing import PAPERS
from watchroom.web.poster.making import making
from watchroom.web.poster.markdown import markdown
from watchroom.web.poster.sheet import Group, Sheet, sheet_of

MEDIA_TYPES = {"svg": MEDIA_TYPE, "pdf": "application/pdf", "md": "text/markdown"}
QUERY = ("profile", "paper", "blank", "people")
OWN = "own"


@dataclass(frozen=True)
class Choices:
    """What the poster is of."""

    profile: str = OWN
    """`own` for what the house goes by, or a shipped profile."""
    paper: str = "a3"
    blank: bool = False
    people: bool = False
    """Whether the teams and their people stand on it."""

    @property
    def query(self) -> str:
        """The same behind an address."""
        said = {"profile": self.profile, "paper": self.paper}
        said |= {name: "true" for name in ("blank", "people") if getattr(self, name)}
        return urlencode(said)


@template("pages/poster.html")
@dataclass(frozen=True)
class PosterPage:
    """`/poster`: the poster with its choices, and the files to take away."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    choices: Choices
    """What is chosen."""
    own: str
    """The title of what the house goes by."""
    available: Sequence[Profile]
    """The shipped profiles."""
    papers: Sequence[tuple[str, str]]
    """Papers: name, and what it is called."""
    words: str
    """The same as Markdown."""


def poster_page_of(visit: Visit, choices: Choices, own: Profile, sheet: Sheet) -> PosterPage:
    """The page with these choices."""
    available = [shipped.shipped(name) for name in shipped.NAMES]
    papers = [(name, paper.title) for name, paper in PAPERS.items()]
    return PosterPage(visit, choices, own.title, available, papers, markdown(sheet))


def _choices(request: AnyRequest) -> Choices:
    """What is asked for. Raises Malformed."""
    return Choices(
        profile=choice(request, "profile", (OWN, *shipped.NAMES)) or OWN,
        paper=choice(request, "paper", tuple(PAPERS)) or "a3",
        blank=flag(request, "blank"),
        people=flag(request, "people"),
    )


async def _sheet(house: House, choices: Choices) -> Sheet:
    await house.profiles.look()
    profile = house.profiles.now.profile if choices.profile == OWN else shipped.shipped(choices.profile)
    groups: list[Group] = []
    if choices.people:
        await house.teams.look()
        groups = [
            Group(team.name, tuple(house.directory.name(person) for person in team.members))
            for team in house.teams.all()
        ]
    return sheet_of(profile, groups, blank=choices.blank)


async def _file(request: AnyRequest, form: str) -> Response[bytes]:
    caller_of(request, "read")
    house, choices = house_of(request), _choices(request)
    sheet, paper = await _sheet(house, choices), PAPERS[choices.paper]
    headers = {"Cache-Control": "no-store"}
    if form == "pdf":
        async with house.exports.pdfs:
            made = await making(sheet, paper, form, house.settings.pdf_s)
        headers["Content-Disposition"] = 'inline; filename="poster.pdf"'
    else:
        made = await making(sheet, paper, form, house.settings.pdf_s)
    if form == "svg":
        headers["Content-Security-Policy"] = policy(dark=False)
    if made.lacks:
        headers[LACKS_HEADER] = made.lacks
    return Response(made.content, media_type=MEDIA_TYPES[form], headers=headers)


@get("/poster", opt={"query": QUERY})
async def poster_page(request: AnyRequest) -> Response[str]:
    """The poster: how the house runs incidents, on one sheet; of its own profile or a shipped one, filled or blank."""
    caller_of(request, "read")
    house, choices = house_of(request), _choices(request)
    sheet = await _sheet(house, choices)
    return html(render(poster_page_of(visit_of(request), choices, house.profiles.now.profile, sheet)))


@get("/poster.svg", opt={"query": QUERY})
async def poster_svg(request: AnyRequest) -> Response[bytes]:
    """The poster as an SVG with its typeface in it, in its size on paper."""
    return await _file(request, "svg")


@get("/poster.pdf", opt={"query": QUERY})
async def poster_pdf(request: AnyRequest) -> Response[bytes]:
    """The poster as a PDF of one page, A3 or US tabloid; 503 when it cannot be made within the setting `pdf_s`.

    When it lacks a font, the header `Watchroom-Lacks-Fonts` says for which scripts, and what to install.
    """
    return await _file(request, "pdf")


@get("/poster.md", opt={"query": QUERY})
async def poster_md(request: AnyRequest) -> Response[bytes]:
    """The poster's words as Markdown, to be kept in a wiki."""
    return await _file(request, "md")
